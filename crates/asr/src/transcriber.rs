//! The transcriber of this machine: the port that the pipeline calls.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use tokio::sync::oneshot;
use tokio::task::spawn_blocking;
use watchme_core::{
    Check, ErrorChain, FetchedAudio, Kept, ModelName, Progress, TranscribeError, TranscribeOptions,
    Transcriber, Transcript,
};

use crate::checkpoint::Resumed;
use crate::config::Config;
use crate::engine::{Answer, Engine, Job, ResidentModel, Settings, Transcribed, thread_ended};
use crate::measurement::Measurement;
use crate::memory::{self, megabytes};
use crate::models::{ModelError, ModelLibrary, ModelOrigin, ModelSpec};
use crate::precision::Precision;
use crate::tuning::Tuning;

/// Transcribes with Whisper, on this machine's processor.
///
/// One recording is transcribed at a time, on a thread of its own; further calls wait for their turn.
/// The model is loaded with the first recording that asks for it, and kept until another one is asked
/// for, or nothing was to be transcribed for some time. The finished passes of a longer recording are kept in the folder of checkpoints until its text
/// is saved. Dropping the transcriber waits for the engine's current step, at most 10 s.
#[derive(Debug)]
pub struct WhisperTranscriber {
    models: Vec<ModelSpec>,
    library: ModelLibrary,
    precision: Precision,
    memory_limit_bytes: Option<u64>,
    tuning: Tuning,
    engine: Engine,
}

impl WhisperTranscriber {
    /// Starts the engine's thread. Loads nothing yet.
    ///
    /// # Errors
    /// [`TranscribeError::Model`] if no model is allowed or a name is given twice, and
    /// [`TranscribeError::Engine`] if the system gives no thread.
    pub fn new(config: Config) -> Result<Self, TranscribeError> {
        check_names(&config.models)?;
        let tuning = Tuning::new(config.threads, config.tuning_file);
        let settings = Settings {
            library: config.library.clone(),
            tuning: tuning.clone(),
            precision: config.precision,
            memory_limit_bytes: config.memory_limit_bytes,
            time_limit: config.time_limit,
            checkpoint_dir: config.checkpoint_dir,
            unload_after: config.unload_after,
        };
        let engine = Engine::start(settings).map_err(|error| TranscribeError::Engine {
            reason: format!("cannot start its thread: {error}"),
        })?;
        let Config { models, library, precision, memory_limit_bytes, .. } = config;
        Ok(Self { models, library, precision, memory_limit_bytes, tuning, engine })
    }

    /// Transcribes a recording and measures it. Without a progress: for benchmarks.
    ///
    /// # Errors
    /// As [`Transcriber::transcribe`].
    pub async fn measure(
        &self,
        audio: FetchedAudio,
        options: &TranscribeOptions,
    ) -> Result<(Transcript, Measurement), TranscribeError> {
        let transcribed = self.run(audio, options, Arc::new(())).await?;
        Ok((transcribed.transcript, transcribed.measurement))
    }

    /// Runs a job of the engine, which is cancelled if the future is dropped.
    async fn run(
        &self,
        audio: FetchedAudio,
        options: &TranscribeOptions,
        progress: Arc<dyn Progress>,
    ) -> Answer {
        let model = self.find_allowed(&options.model)?.clone();
        let cancelled = Arc::new(AtomicBool::new(false));
        let _cancel = CancelOnDrop(Arc::clone(&cancelled));
        let (answer, result) = oneshot::channel();
        let job = Job {
            audio,
            model,
            language: options.language.clone(),
            progress,
            cancelled,
            span: tracing::Span::current(),
            runtime: tokio::runtime::Handle::current(),
            answer,
        };
        self.engine.submit(job).await?;
        result.await.unwrap_or_else(|_| Err(thread_ended()))
    }

    fn find_allowed(&self, name: &ModelName) -> Result<&ModelSpec, TranscribeError> {
        self.models.iter().find(|spec| spec.name == *name).ok_or_else(|| {
            let allowed: Vec<String> =
                self.models.iter().map(|spec| format!("`{}`", spec.name)).collect();
            let allowed = allowed.join(", ");
            TranscribeError::Model { reason: format!("`{name}` is not allowed, use {allowed}") }
        })
    }
}

#[async_trait]
impl Transcriber for WhisperTranscriber {
    async fn transcribe(
        &self,
        audio: FetchedAudio,
        options: &TranscribeOptions,
        progress: Arc<dyn Progress>,
    ) -> Result<Transcript, TranscribeError> {
        let Transcribed { transcript, resumed, .. } =
            self.run(audio, options, Arc::clone(&progress)).await?;
        if let Some(resumed) = resumed
            && let Some(unwanted) = progress.transcribed(keep(resumed))
        {
            unwanted.forget().await;
        }
        Ok(transcript)
    }

    async fn check(&self) -> Vec<Check> {
        let (models, library) = (self.models.clone(), self.library.clone());
        let (limit, resident) = (self.memory_limit_bytes, self.engine.resident());
        let (tuning, precision) = (self.tuning.clone(), self.precision);
        let check_all = move || {
            // The loaded model is freed before another is loaded.
            let left = memory::left_bytes(limit)
                .map(|left| left.saturating_add(resident.as_ref().map_or(0, |it| it.size_bytes)));
            let resident = resident.as_ref();
            let check = |spec| check_model(spec, &library, &tuning, precision, left, resident);
            models.iter().map(check).collect()
        };
        spawn_blocking(check_all).await.unwrap_or_else(|error| {
            vec![Check::fail("models", error.to_string(), "report this as a fault of the program")]
        })
    }
}

/// Wraps the checkpoint, to be deleted once the text is saved.
fn keep(resumed: Resumed) -> Kept {
    Kept::new(async {
        if let Err(error) = spawn_blocking(|| resumed.done()).await {
            tracing::warn!(%error, "the checkpoint of a recording may be left behind");
        }
    })
}

/// Signals to the engine that nobody waits any more.
struct CancelOnDrop(Arc<AtomicBool>);

impl Drop for CancelOnDrop {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

fn check_names(models: &[ModelSpec]) -> Result<(), TranscribeError> {
    let refuse = |reason: String| Err(TranscribeError::Model { reason });
    if models.is_empty() {
        return refuse("no model is allowed, allow at least one".to_owned());
    }
    let mut names = BTreeSet::new();
    match models.iter().find(|spec| !names.insert(&spec.name)) {
        Some(spec) => refuse(format!("`{}` is allowed twice, name each model once", spec.name)),
        None => Ok(()),
    }
}

/// Checks that a model file is whole and fits into memory.
fn check_model(
    spec: &ModelSpec,
    library: &ModelLibrary,
    tuning: &Tuning,
    precision: Precision,
    left: Option<u64>,
    resident: Option<&ResidentModel>,
) -> Check {
    let subject = format!("model `{}`", spec.name);
    let verified = match library.verify(&spec.origin) {
        Ok(verified) => verified,
        Err(error) => {
            return Check::fail(subject, ErrorChain(&error).to_string(), advice(spec, &error));
        }
    };
    let need = verified.memory_need(precision);
    let size = megabytes(verified.size_bytes);
    let threads = tuning.known(&verified);
    let needed = megabytes(need.bytes(left));
    let facts = format!("{size} MB, whole, {threads}, needs {needed} MB of memory");
    if resident.is_some_and(|resident| resident.name == spec.name) {
        return Check::pass(subject, format!("{facts}, loaded"));
    }
    match left {
        None => Check::warn(
            subject,
            format!("{facts}, but how much memory is left is unknown"),
            "watch the memory of the machine",
        ),
        Some(left) => match memory::refusal(spec.name.as_str(), need, precision, left) {
            Some(finding) => Check::fail(subject, finding, "free memory, or allow a smaller model"),
            None => Check::pass(subject, format!("{facts} of {} MB left", megabytes(left))),
        },
    }
}

/// Returns what a person can do about a model file that cannot be used.
fn advice(spec: &ModelSpec, error: &ModelError) -> String {
    match (&spec.origin, error) {
        (_, ModelError::Io { path, .. }) => {
            format!("let the program read `{}`", path.display())
        }
        (ModelOrigin::Catalogue(model), ModelError::Absent { .. }) => {
            format!("run `watchme models pull {}`", model.name)
        }
        (ModelOrigin::Catalogue(model), _) => {
            format!("delete the file and run `watchme models pull {}`", model.name)
        }
        (ModelOrigin::File(path), ModelError::Absent { .. }) => {
            format!("put the file at `{}`, or correct the path", path.display())
        }
        (ModelOrigin::File(path), _) => {
            format!("replace `{}` by a whole ggml model of Whisper", path.display())
        }
    }
}
