//! Settings as types: parsed from text once and checked as a whole, before any connection.

use std::collections::HashMap;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::time::Duration;

use jiff::tz::TimeZone;
use secrecy::SecretString;
use url::Url;
use watchme_core::{Quarantine, TranscribeOptions};
use watchme_queue_sqs::QueueUrl;

use crate::environment::Environment;
use crate::folders::Folders;
use crate::models::{ModelSpec, Precision};
use crate::problem::{Problem, SettingsError};
use crate::reader::Reader;
use crate::variables as var;

mod backends;
mod client;
mod costs;

mod log;
mod parse;
mod schedule;
mod service;
mod speech;
mod webhooks;
mod work;

pub use schedule::ScheduleSettings;
pub use service::ServiceSettings;

pub use client::server_url as parse_server_url;
pub use parse::language as parse_language;

/// All settings. Its `Debug` shows no secret.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The store of recordings and texts.
    pub store: StoreSettings,
    /// The source of audio.
    pub source: SourceSettings,
    /// The folder for recordings that are fetched or sent by callers.
    pub spool_dir: PathBuf,
    /// Size limit of a recording, in bytes.
    pub max_audio_bytes: u64,
    /// Number of recordings that may be fetched ahead while one is transcribed.
    pub prefetch: NonZeroUsize,
    /// Speech recognition.
    pub speech: SpeechSettings,
    /// Claims and queues.
    pub work: WorkSettings,
    /// The schedule.
    pub schedule: ScheduleSettings,
    /// The price of the machine.
    pub costs: CostSettings,
    /// The HTTP service.
    pub service: ServiceSettings,
    /// Log and spans.
    pub log: LogSettings,
    /// Findings that do not prevent anything: unknown names, comments in values.
    pub warnings: Vec<Problem>,
}

/// The store of recordings and texts.
#[derive(Debug, Clone)]
pub enum StoreSettings {
    /// A Supabase project.
    Supabase {
        /// Its URL, without credentials.
        url: Url,
        /// Its key.
        key: SecretString,
    },
    /// A SQLite file.
    Sqlite {
        /// Path of the file.
        path: PathBuf,
    },
}

/// The source of audio.
#[derive(Debug, Clone)]
pub enum SourceSettings {
    /// A bucket.
    S3(S3Settings),
    /// A folder in place of a bucket.
    Folder {
        /// Path of the folder.
        root: PathBuf,
    },
}

/// A bucket and the way to reach it.
#[derive(Debug, Clone)]
pub struct S3Settings {
    /// Its name.
    pub bucket: String,
    /// The region to ask first.
    pub region: String,
    /// Endpoint of an S3 service other than Amazon's.
    pub endpoint: Option<Url>,
    /// Static keys. `None` to use AWS's default credential chain.
    pub keys: Option<S3Keys>,
    /// Profile for the default credential chain.
    pub profile: Option<String>,
}

/// Static AWS keys.
#[derive(Debug, Clone)]
pub struct S3Keys {
    /// The access key.
    pub id: String,
    /// Its secret.
    pub secret: SecretString,
    /// The session token of temporary keys.
    pub token: Option<SecretString>,
}

/// Speech recognition.
#[derive(Debug, Clone)]
pub struct SpeechSettings {
    /// The allowed models, at least one; the first is the default.
    pub models: Vec<ModelSpec>,
    /// Folder of model files. Empty if none is known and none is needed.
    pub model_dir: PathBuf,
    /// URL to download models from instead of the catalogue's source.
    pub mirror: Option<Url>,
    /// Default model and language.
    pub options: TranscribeOptions,
    /// Time zone of the devices.
    pub zone: TimeZone,
    /// Text saved for a recording without speech.
    pub silence_text: String,
    /// Number of the engine's threads. `None` for as many as are fastest.
    pub threads: Option<NonZeroUsize>,
    /// File that remembers the fastest number of threads.
    pub tuning_file: Option<PathBuf>,
    /// Precision of the encoder.
    pub precision: Precision,
    /// Memory limit of a model, in bytes. `None` for what the machine has left.
    pub memory_limit_bytes: Option<u64>,
    /// Folder of checkpoints. `None` to keep none.
    pub checkpoint_dir: Option<PathBuf>,
    /// Time without work after which the model is unloaded. `None` to keep it.
    pub unload_after: Option<Duration>,
}

/// Claims and queues.
#[derive(Debug, Clone)]
pub struct WorkSettings {
    /// Time for which a claim outlives its process.
    pub lease: Duration,
    /// Attempts and status of recordings that fail too often.
    pub quarantine: Quarantine,
    /// Time for which a finished text waits for a store that cannot be reached.
    pub patience: Duration,
    /// Interval at which an idle worker looks for new recordings.
    pub poll: Duration,
    /// The queue that announces recordings.
    pub queue: Option<QueueUrl>,
    /// The queue that receives completions.
    pub completed_queue: Option<QueueUrl>,
}

/// The price of the machine.
#[derive(Debug, Clone, PartialEq)]
pub struct CostSettings {
    /// Price per hour, if known.
    pub hourly_price: Option<f64>,
    /// Its currency.
    pub currency: String,
}

/// Access of the command line to a running service.
#[derive(Debug, Clone)]
pub struct ClientSettings {
    /// URL of the service.
    pub server: Url,
    /// Key of this caller.
    pub api_key: Option<SecretString>,
}

/// Log and spans.
#[derive(Debug, Clone)]
pub struct LogSettings {
    /// Levels by module.
    pub filter: String,
    /// Format of a line.
    pub format: LogFormat,
    /// Destination of spans. `None` to send none.
    pub spans: Option<SpanSettings>,
}

/// Destination of spans.
#[derive(Debug, Clone)]
pub struct SpanSettings {
    /// Endpoint for OTLP over HTTP, as protobuf.
    pub endpoint: Url,
    /// Additional headers of each request, usually keys.
    pub headers: HashMap<String, SecretString>,
    /// Service name of this process.
    pub service: String,
}

/// Format of a log line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object on each line.
    Json,
}

impl Settings {
    /// Parses and checks all settings. The error has every problem.
    pub fn parse(environment: &Environment) -> Result<Self, SettingsError> {
        let folders = Folders::of(environment);
        let mut reader = Reader::new(environment);

        let store = backends::read_store(&mut reader, &folders);
        let source = backends::read_source(&mut reader, &folders);
        let max_audio = reader.value(&var::MAX_AUDIO_MB, parse::mebibytes);
        let prefetch = reader.value(&var::PREFETCH, parse::count);
        let speech = speech::read(&mut reader, &folders);
        let work = work::read(&mut reader);
        let schedule = schedule::read(&mut reader);
        let costs = costs::read(&mut reader);
        let service = service::read(&mut reader);
        let log = log::read(&mut reader);
        let mut warnings = reader.unknown_names();
        warnings.extend(reader.comments_in_values());

        // A part is `None` only if it has recorded a problem.
        let combine = || {
            Some(Self {
                store: store?,
                source: source?,
                spool_dir: folders.spool(),
                max_audio_bytes: max_audio?.get(),
                prefetch: prefetch?,
                speech: speech?,
                work: work?,
                schedule: schedule?,
                costs: costs?,
                service: service?,
                log: log?,
                warnings,
            })
        };
        match (combine(), reader.into_problems()) {
            (Some(settings), problems) if problems.is_empty() => Ok(settings),
            (_, problems) => Err(SettingsError::new(problems)),
        }
    }

    /// Describes the store and the source of recordings, a line each, without secrets.
    #[must_use]
    pub fn describe(&self) -> [String; 2] {
        let store = match &self.store {
            StoreSettings::Supabase { url, .. } => format!("store: Supabase at {url}"),
            StoreSettings::Sqlite { path } => format!("store: SQLite in {}", path.display()),
        };
        let source = match &self.source {
            SourceSettings::S3(s3) => format!("source: S3 bucket {} in {}", s3.bucket, s3.region),
            SourceSettings::Folder { root } => format!("source: folder {}", root.display()),
        };
        [store, source]
    }
}

impl SpeechSettings {
    /// Parses and checks the speech settings only, for work without a store.
    pub fn parse(environment: &Environment) -> Result<Self, SettingsError> {
        part(environment, |reader| speech::read(reader, &Folders::of(environment)))
    }
}

impl CostSettings {
    /// Parses and checks the price of the machine only.
    pub fn parse(environment: &Environment) -> Result<Self, SettingsError> {
        part(environment, costs::read)
    }
}

impl ClientSettings {
    /// Parses and checks the access to a service only.
    pub fn parse(environment: &Environment) -> Result<Self, SettingsError> {
        part(environment, client::read)
    }
}

impl LogSettings {
    /// Parses and checks the log settings only.
    pub fn parse(environment: &Environment) -> Result<Self, SettingsError> {
        part(environment, log::read)
    }
}

fn part<T>(
    environment: &Environment,
    read: impl FnOnce(&mut Reader<'_>) -> Option<T>,
) -> Result<T, SettingsError> {
    let mut reader = Reader::new(environment);
    let value = read(&mut reader);
    value.ok_or_else(|| SettingsError::new(reader.into_problems()))
}
