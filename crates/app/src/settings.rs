//! The settings as types: read from text once, checked as a whole, before the first socket.

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

/// Everything that can be set. Its `Debug` shows no secret.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Where recordings are listed and texts are kept.
    pub store: StoreSettings,
    /// Where audio is fetched from.
    pub source: SourceSettings,
    /// The folder for recordings that are fetched or sent by callers.
    pub spool_dir: PathBuf,
    /// The largest recording, in bytes.
    pub max_audio_bytes: u64,
    /// How many recordings may lie fetched while one is transcribed.
    pub prefetch: NonZeroUsize,
    /// What turns audio into text.
    pub speech: SpeechSettings,
    /// How recordings are claimed.
    pub work: WorkSettings,
    /// When recordings are taken up without being asked for.
    pub schedule: ScheduleSettings,
    /// What an hour of the machine costs.
    pub costs: CostSettings,
    /// How the service is reached.
    pub service: ServiceSettings,
    /// What is logged, and how.
    pub log: LogSettings,
    /// Findings that hinder nothing: names that no program reads.
    pub warnings: Vec<Problem>,
}

/// Where recordings are listed and texts are kept.
#[derive(Debug, Clone)]
pub enum StoreSettings {
    /// A Supabase project.
    Supabase {
        /// Its URL, without credentials.
        url: Url,
        /// Its key.
        key: SecretString,
    },
    /// One file.
    Sqlite {
        /// Which.
        path: PathBuf,
    },
}

/// Where audio is fetched from.
#[derive(Debug, Clone)]
pub enum SourceSettings {
    /// A bucket.
    S3(S3Settings),
    /// A folder that stands for one.
    Folder {
        /// Which.
        root: PathBuf,
    },
}

/// A bucket and how it is reached.
#[derive(Debug, Clone)]
pub struct S3Settings {
    /// Its name.
    pub bucket: String,
    /// The region asked first.
    pub region: String,
    /// Another S3 service than Amazon's.
    pub endpoint: Option<Url>,
    /// Fixed keys; `None`: the default chain of AWS finds them.
    pub keys: Option<S3Keys>,
    /// The profile of the default chain.
    pub profile: Option<String>,
}

/// Fixed keys.
#[derive(Debug, Clone)]
pub struct S3Keys {
    /// The access key.
    pub id: String,
    /// Its secret.
    pub secret: SecretString,
    /// The session token of temporary keys.
    pub token: Option<SecretString>,
}

/// What turns audio into text.
#[derive(Debug, Clone)]
pub struct SpeechSettings {
    /// The allowed models, at least one; the first is the default.
    pub models: Vec<ModelSpec>,
    /// Where model files are. Empty where no folder of the user is known, and none is needed.
    pub model_dir: PathBuf,
    /// Where models are downloaded from, if not from the catalogue's source.
    pub mirror: Option<Url>,
    /// The default model and language.
    pub options: TranscribeOptions,
    /// The zone of the devices.
    pub zone: TimeZone,
    /// What is saved where nobody spoke.
    pub silence_text: String,
    /// Threads of the engine; `None`: as many as are fastest here.
    pub threads: Option<NonZeroUsize>,
    /// Where it is remembered how many are.
    pub tuning_file: Option<PathBuf>,
    /// How exactly the encoder multiplies.
    pub precision: Precision,
    /// How much memory a model may need; `None`: what the machine has left.
    pub memory_limit_bytes: Option<u64>,
    /// Where finished windows of long recordings are kept until their text is saved.
    pub checkpoint_dir: Option<PathBuf>,
}

/// How recordings are claimed.
#[derive(Debug, Clone)]
pub struct WorkSettings {
    /// How long a claim outlives its process.
    pub lease: Duration,
    /// What happens to a recording that was tried too often.
    pub quarantine: Quarantine,
    /// How long a finished text waits for a store that cannot be reached.
    pub patience: Duration,
    /// How often an idle worker looks for new recordings.
    pub poll: Duration,
    /// The queue that announces recordings.
    pub queue: Option<QueueUrl>,
    /// The queue that is told of completions.
    pub completed_queue: Option<QueueUrl>,
}

/// What an hour of the machine costs.
#[derive(Debug, Clone, PartialEq)]
pub struct CostSettings {
    /// The price; `None`: it is not known.
    pub hourly_price: Option<f64>,
    /// Its currency.
    pub currency: String,
}

/// How a command line reaches a service that runs already.
#[derive(Debug, Clone)]
pub struct ClientSettings {
    /// Its URL.
    pub server: Url,
    /// The key of this caller.
    pub api_key: Option<SecretString>,
}

/// What is logged, and how.
#[derive(Debug, Clone)]
pub struct LogSettings {
    /// Levels by module.
    pub filter: String,
    /// How a line is written.
    pub format: LogFormat,
    /// Where spans are sent; `None`: nowhere.
    pub spans: Option<SpanSettings>,
}

/// Where spans are sent.
#[derive(Debug, Clone)]
pub struct SpanSettings {
    /// Takes OTLP over HTTP, as protobuf.
    pub endpoint: Url,
    /// What each request has besides, keys mostly.
    pub headers: HashMap<String, SecretString>,
    /// What this process is called there.
    pub service: String,
}

/// How a log line is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object on each line.
    Json,
}

impl Settings {
    /// Reads and checks everything. The error has every problem there is.
    pub fn parse(environment: &Environment) -> Result<Self, SettingsError> {
        let folders = Folders::of(environment);
        let mut reader = Reader::new(environment);

        let store = backends::store(&mut reader, &folders);
        let source = backends::source(&mut reader, &folders);
        let max_audio = reader.value(&var::MAX_AUDIO_MB, parse::mebibytes);
        let prefetch = reader.value(&var::PREFETCH, parse::count);
        let speech = speech::speech(&mut reader, &folders);
        let work = work::work(&mut reader);
        let schedule = schedule::schedule(&mut reader);
        let costs = costs::costs(&mut reader);
        let service = service::service(&mut reader);
        let log = log::log(&mut reader);
        let warnings = reader.unknown_names();

        // Each part is absent only where it noted a problem.
        let settings = || {
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
        let settings = settings();
        match (settings, reader.into_problems()) {
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
    /// Reads and checks what concerns speech alone, for work without a store.
    pub fn parse(environment: &Environment) -> Result<Self, SettingsError> {
        part(environment, |reader| speech::speech(reader, &Folders::of(environment)))
    }
}

impl ClientSettings {
    /// Reads and checks what concerns the way to a service alone.
    pub fn parse(environment: &Environment) -> Result<Self, SettingsError> {
        part(environment, client::client)
    }
}

impl LogSettings {
    /// Reads and checks what concerns the log alone.
    pub fn parse(environment: &Environment) -> Result<Self, SettingsError> {
        part(environment, log::log)
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
