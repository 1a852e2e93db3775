//! The composition root: builds backends from settings, and a pipeline from backends.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use watchme_core::{
    AnnouncementQueue, AudioSource, BoxError, Check, ClaimStore, Claiming, CompletionSink,
    DeviceId, Ledger, LedgerStore, LocalDate, ModelName, ObjectKey, Pipeline, Policy, Ports,
    QueueError, StoreError, TranscribeOptions, TranscriptStore,
};
use watchme_queue_sqs::QueueUrl;
use watchme_storage::{
    AwsCredentials, FolderConfig, FolderSource, S3Config, S3Source, S3Timeouts, Uploads,
};
use watchme_store_sqlite::SqliteStore;
use watchme_store_supabase::SupabaseStore;

use crate::engine::Engine;
use crate::import::{self, ImportError, Imported};
use crate::nearby::{self, Unknown};
use crate::settings::{S3Settings, Settings, SourceSettings, StoreSettings};
use crate::{checks, owner, queues};

/// A pipeline over the backends that the settings name, with everything else that frontends need.
#[derive(Debug, Clone)]
pub struct App {
    settings: Arc<Settings>,
    engine: Engine,
    pipeline: Pipeline,
    claims: Arc<dyn ClaimStore>,
    ledger: Arc<dyn LedgerStore>,
    /// The store, if it is the embedded one.
    embedded: Option<SqliteStore>,
}

/// Reason why a backend could not be set up.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    /// The store.
    #[error("the store cannot be used")]
    Store(#[source] BoxError),
    /// The source of the recordings.
    #[error("the source of the recordings cannot be used")]
    Source(#[source] BoxError),
    /// The engine.
    #[error("the engine cannot be used")]
    Engine(#[source] BoxError),
}

impl App {
    /// Sets up the backends. Creates the embedded store's file if it is missing. Opens no socket
    /// and loads no model.
    pub async fn build(settings: Settings) -> Result<Self, SetupError> {
        let engine = Engine::new(&settings.speech)?;
        let Database { store, claims, ledger, embedded } = open_store(&settings.store).await?;
        let source = connect_source(&settings).await?;
        let policy = Policy {
            zone: settings.speech.zone.clone(),
            silence_text: settings.speech.silence_text.clone(),
            prefetch: settings.prefetch,
        };
        let transcriber = engine.transcriber();
        let pipeline = Pipeline::new(Ports { source, transcriber, store }, policy);
        let pipeline = pipeline.keeping(ledger.clone());
        Ok(Self { settings: Arc::new(settings), engine, pipeline, claims, ledger, embedded })
    }

    /// The pipeline, without claims: [`Pipeline::claiming`] lets it share the store.
    #[must_use]
    pub fn pipeline(&self) -> &Pipeline {
        &self.pipeline
    }

    /// The speech engine.
    #[must_use]
    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    /// The claims of the store.
    #[must_use]
    pub fn claims(&self) -> &Arc<dyn ClaimStore> {
        &self.claims
    }

    /// The ledger of the store, over the recordings and texts of the pipeline.
    #[must_use]
    pub fn ledger(&self) -> Ledger {
        Ledger::new(self.pipeline.clone(), self.ledger.clone())
    }

    /// Claiming under an owner name that is unique to this call.
    #[must_use]
    pub fn claiming(&self) -> Claiming {
        let work = &self.settings.work;
        Claiming {
            store: self.claims.clone(),
            owner: owner::name(),
            lease: work.lease,
            quarantine: work.quarantine.clone(),
        }
    }

    /// The queue that announces recordings: `url`, or else the one in the settings, if any.
    pub async fn announcements(
        &self,
        url: Option<QueueUrl>,
    ) -> Result<Option<Arc<dyn AnnouncementQueue>>, QueueError> {
        match url.or_else(|| self.settings.work.queue.clone()) {
            Some(url) => Ok(Some(queues::announcements(url, &self.settings).await?)),
            None => Ok(None),
        }
    }

    /// The queue that receives completions, if there is one.
    pub async fn completions(&self) -> Result<Option<Arc<dyn CompletionSink>>, QueueError> {
        match self.settings.work.completed_queue.clone() {
            Some(url) => Ok(Some(queues::completions(url, &self.settings).await?)),
            None => Ok(None),
        }
    }

    /// The settings that it was built from.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Default model and language.
    #[must_use]
    pub fn options(&self) -> &TranscribeOptions {
        &self.settings.speech.options
    }

    /// Names of the models that callers may ask for. The first is the default.
    pub fn models(&self) -> impl Iterator<Item = &ModelName> {
        self.settings.speech.models.iter().map(|model| &model.name)
    }

    /// The folder for recordings that callers send. Deletes files that killed processes left there.
    pub async fn uploads(&self) -> Uploads {
        let uploads = Uploads::new(self.settings.spool_dir.clone(), self.settings.max_audio_bytes);
        uploads.sweep().await;
        uploads
    }

    /// Checks store, source, models, memory, spool folder, time zone and queues. Changes no row,
    /// receives no message and loads no model.
    pub async fn checks(&self) -> Vec<Check> {
        let mut checks = checks::surroundings(&self.settings, self.pipeline.ports()).await;
        checks.extend(checks::queues(&self.settings).await);
        checks
    }

    /// Adds a pending row to the embedded store for each recording below `root` without one.
    pub async fn import(&self, root: &Path) -> Result<Imported, ImportError> {
        let (root, folder) = (root.to_owned(), root.to_owned());
        let found = tokio::task::spawn_blocking(move || import::find(&root)).await;
        let stopped =
            |error| ImportError::Folder { path: folder, source: std::io::Error::other(error) };
        self.register(found.map_err(stopped)??).await
    }

    /// Copies the recordings of one device and day from `folder`, where they are named `HH-MM`, to
    /// the folder that recordings are fetched from, and adds a pending row for each.
    pub async fn import_day(
        &self,
        device: &DeviceId,
        date: LocalDate,
        folder: &Path,
    ) -> Result<Imported, ImportError> {
        let SourceSettings::Folder { root } = &self.settings.source else {
            return Err(ImportError::Bucket);
        };
        if self.embedded.is_none() {
            return Err(ImportError::NotEmbedded);
        }
        let (root, device, from) = (root.clone(), device.clone(), folder.to_owned());
        let copying = move || import::copy_day(&from, &device, date, &root);
        let copied = tokio::task::spawn_blocking(copying).await;
        let copied = copied.map_err(|error| ImportError::Folder {
            path: folder.to_owned(),
            source: std::io::Error::other(error),
        })??;
        let mut imported = self.register(copied.keys).await?;
        imported.found += copied.unnamed.len();
        imported.unnamed.extend(copied.unnamed);
        Ok(imported)
    }

    /// Finds out whether a device or one of its days is unknown, and what may have been meant.
    /// `None` if the day has a recording or a text.
    pub async fn find_unknown(
        &self,
        device: &DeviceId,
        date: LocalDate,
    ) -> Result<Option<Unknown>, StoreError> {
        let store = &*self.pipeline.ports().store;
        nearby::find_unknown(store, &*self.claims, device, date, &self.settings.speech.zone).await
    }

    /// Adds a pending row to the embedded store for each of `keys` without one, even if the object
    /// does not exist.
    pub async fn register(&self, keys: BTreeSet<ObjectKey>) -> Result<Imported, ImportError> {
        let store = self.embedded.as_ref().ok_or(ImportError::NotEmbedded)?;
        Ok(import::register(store, keys, &self.settings.speech.zone).await?)
    }
}

/// The ports of one store, and the store itself if it is the embedded one.
struct Database {
    store: Arc<dyn TranscriptStore>,
    claims: Arc<dyn ClaimStore>,
    ledger: Arc<dyn LedgerStore>,
    embedded: Option<SqliteStore>,
}

impl Database {
    fn of(store: &(impl TranscriptStore + ClaimStore + LedgerStore + Clone)) -> Self {
        Self {
            store: Arc::new(store.clone()),
            claims: Arc::new(store.clone()),
            ledger: Arc::new(store.clone()),
            embedded: None,
        }
    }
}

async fn open_store(settings: &StoreSettings) -> Result<Database, SetupError> {
    match settings {
        StoreSettings::Sqlite { path } => {
            let config = watchme_store_sqlite::Config { path: path.clone() };
            let store = SqliteStore::open(&config).await;
            let store = store.map_err(|error| SetupError::Store(error.into()))?;
            Ok(Database { embedded: Some(store.clone()), ..Database::of(&store) })
        }
        StoreSettings::Supabase { url, key } => {
            let config = watchme_store_supabase::Config::new(url.clone(), key.clone());
            let store = SupabaseStore::new(&config);
            let store = store.map_err(|error| SetupError::Store(error.into()))?;
            Ok(Database::of(&store))
        }
    }
}

async fn connect_source(settings: &Settings) -> Result<Arc<dyn AudioSource>, SetupError> {
    let max_bytes = settings.max_audio_bytes;
    match &settings.source {
        SourceSettings::Folder { root } => {
            Ok(Arc::new(FolderSource::new(FolderConfig { root: root.clone(), max_bytes })))
        }
        SourceSettings::S3(s3) => {
            // Boxed for its size: the SDK's futures are some ten kilobytes.
            let source = Box::pin(S3Source::connect(s3_config(s3, settings))).await;
            Ok(Arc::new(source.map_err(|error| SetupError::Source(error.into()))?))
        }
    }
}

/// Credentials of the AWS account that holds the bucket and the queues.
pub(crate) fn aws_credentials(s3: &S3Settings) -> AwsCredentials {
    match &s3.keys {
        Some(keys) => AwsCredentials::Static {
            access_key_id: keys.id.clone(),
            secret_access_key: keys.secret.clone(),
            session_token: keys.token.clone(),
        },
        None => AwsCredentials::DefaultChain { profile: s3.profile.clone() },
    }
}

fn s3_config(s3: &S3Settings, settings: &Settings) -> S3Config {
    S3Config {
        bucket: s3.bucket.clone(),
        region: Some(s3.region.clone()),
        endpoint: s3.endpoint.as_ref().map(ToString::to_string),
        credentials: aws_credentials(s3),
        max_bytes: settings.max_audio_bytes,
        spool_dir: settings.spool_dir.clone(),
        timeouts: S3Timeouts::default(),
        attempts: S3Config::DEFAULT_ATTEMPTS,
    }
}
