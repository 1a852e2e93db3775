//! The engine's own thread: one model, one recording at a time.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use tokio::sync::mpsc;
use watchme_core::{ErrorChain, Language, TranscribeError};

use super::finished_passes::{self, Notebook};
use super::job::{Answer, Job, Resident, Settings, ended};
use super::recording::Recording;
use crate::checkpoint::Checkpoints;
use crate::decoding::Loaded;
use crate::memory::{self, megabytes};
use crate::models::{ModelOrigin, ModelSpec, sha256};

/// The state of the thread.
pub(super) struct Worker {
    settings: Settings,
    loaded: Option<Loaded>,
    /// The SHA-256 of its file, where it is needed and can be had.
    model_checksum: Option<String>,
    /// Opened with the first recording: a program that hears none makes no folder.
    checkpoints: Option<Checkpoints>,
    resident: Arc<Mutex<Option<Resident>>>,
}

impl Worker {
    pub(super) fn new(settings: Settings, resident: Arc<Mutex<Option<Resident>>>) -> Self {
        Self { settings, loaded: None, model_checksum: None, checkpoints: None, resident }
    }

    pub(super) fn run(mut self, mut waiting: mpsc::Receiver<Job>) {
        while let Some(job) = waiting.blocking_recv() {
            if job.cancelled.load(Ordering::Relaxed) {
                continue;
            }
            let work = || job.span.in_scope(|| self.transcribe(&job));
            let result = catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|panic| {
                // What the panic left behind is not to be trusted.
                self.unload();
                Err(panicked(panic.as_ref()))
            });
            let Job { audio, answer, .. } = job;
            // The file is gone before the caller knows the result.
            drop(audio);
            // A caller that has left does not want the answer.
            let _ = answer.send(result);
        }
    }

    fn transcribe(&mut self, job: &Job) -> Answer {
        self.make_ready(&job.model)?;
        let notebook = self.notebook(&job.language);
        let recording = Recording {
            audio: &job.audio,
            language: &job.language,
            progress: job.progress.as_ref(),
            cancelled: &job.cancelled,
            time_limit: self.settings.time_limit,
            notebook,
        };
        recording.transcribe(self.loaded.as_mut().ok_or_else(ended)?)
    }

    /// Loads the model, unless it is. Another one is freed first: there is memory for one.
    fn make_ready(&mut self, spec: &ModelSpec) -> Result<(), TranscribeError> {
        if self.loaded.as_ref().is_none_or(|loaded| *loaded.name() != spec.name) {
            self.unload();
            self.loaded = Some(self.load(spec)?);
            self.model_checksum = match (&self.settings.checkpoint_dir, &spec.origin) {
                (None, _) => None,
                (Some(_), ModelOrigin::Catalogue(model)) => Some(model.sha256.to_owned()),
                (Some(_), ModelOrigin::File(path)) => sha256(path).ok(),
            };
        }
        Ok(())
    }

    /// Where the windows of a recording are noted, if they are.
    fn notebook(&mut self, language: &Language) -> Option<Notebook> {
        let folder = self.settings.checkpoint_dir.as_ref()?;
        let encoder = self.loaded.as_ref()?.kernel();
        let checkpoints = self.checkpoints.get_or_insert_with(|| Checkpoints::open(folder.clone()));
        Some(Notebook {
            checkpoints: checkpoints.clone(),
            model_checksum: self.model_checksum.clone()?,
            parameters: finished_passes::parameters(language, encoder),
        })
    }

    fn load(&mut self, spec: &ModelSpec) -> Result<Loaded, TranscribeError> {
        let Settings { library, tuning, precision, memory_limit_bytes, .. } = &self.settings;
        let started = Instant::now();
        let verified = library
            .verify(&spec.origin)
            .map_err(|error| TranscribeError::Model { reason: ErrorChain(&error).to_string() })?;
        let left = memory::left_bytes(*memory_limit_bytes);
        if left.is_none() {
            tracing::warn!(model = %spec.name, "loading the model without knowing what memory is left");
        }
        let name = spec.name.clone();
        let threads = tuning.known(&verified).count;
        let need = verified.memory_need(*precision);
        if let Some(left) = left
            && let Some(reason) = memory::refusal(spec.name.as_str(), need, *precision, left)
        {
            return Err(TranscribeError::Model { reason });
        }
        let is_native = need.native(left).is_some();
        let mut loaded = Loaded::load(name, &verified, *precision, threads, is_native)?;
        let seconds = started.elapsed().as_secs_f32();
        let threads = tuning.find(&verified, |threads| {
            loaded.set_threads(threads);
            loaded.time_encoder().ok()
        });
        loaded.set_threads(threads.count);
        tracing::info!(
            model = %spec.name,
            seconds,
            %threads,
            states = memory::STATES,
            encoder = loaded.kernel(),
            needed_mb = megabytes(need.bytes(left)),
            left_mb = left.map(megabytes),
            "model loaded"
        );
        let resident = Resident { name: spec.name.clone(), size_bytes: verified.size_bytes };
        self.set_resident(Some(resident));
        Ok(loaded)
    }

    fn unload(&mut self) {
        self.loaded = None;
        self.model_checksum = None;
        self.set_resident(None);
    }

    fn set_resident(&self, resident: Option<Resident>) {
        *self.resident.lock().unwrap_or_else(PoisonError::into_inner) = resident;
    }
}

fn panicked(panic: &(dyn Any + Send)) -> TranscribeError {
    let text = panic.downcast_ref::<&str>().copied();
    let text = text.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    TranscribeError::Engine { reason: format!("it panicked: {}", text.unwrap_or("no message")) }
}
