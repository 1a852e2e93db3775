//! The engine's thread: keeps one model loaded while there is work, and runs one job after the other.

use std::any::Any;
use std::num::NonZeroUsize;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use tokio::runtime::Runtime;
use tokio::sync::mpsc;
use tokio::time::timeout;
use watchme_core::{ErrorChain, Language, TranscribeError};

use super::finished_passes::{self, ModelCheckpoints};
use super::job::{Answer, Job, ResidentModel, Settings, Transcribed, thread_ended};
use super::recording::{Finished, Recording};
use crate::checkpoint::Checkpoints;
use crate::decoding::Model;
use crate::measurement::Measurement;
use crate::memory::{self, megabytes};
use crate::models::{ModelOrigin, ModelSpec, sha256};

/// State of the thread.
pub(super) struct Worker {
    settings: Settings,
    model: Option<Model>,
    /// Threads of the loaded model.
    threads: NonZeroUsize,
    /// SHA-256 of the model's file, if checkpoints need it and the file can be read.
    model_checksum: Option<String>,
    /// Opened with the first recording: a program that transcribes none creates no folder.
    checkpoints: Option<Checkpoints>,
    /// Shared with the handle.
    resident: Arc<Mutex<Option<ResidentModel>>>,
}

impl Worker {
    pub(super) fn new(settings: Settings, resident: Arc<Mutex<Option<ResidentModel>>>) -> Self {
        Self {
            settings,
            model: None,
            threads: NonZeroUsize::MIN,
            model_checksum: None,
            checkpoints: None,
            resident,
        }
    }

    /// Runs jobs until there can be no more. Waits for them by `clock`.
    pub(super) fn run(mut self, mut waiting: mpsc::Receiver<Job>, clock: &Runtime) {
        while let Some(job) = clock.block_on(self.next_job(&mut waiting)) {
            if job.cancelled.load(Ordering::Relaxed) {
                continue;
            }
            let work = || job.span.in_scope(|| self.transcribe(&job));
            let result = catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|panic| {
                // The panic may have left the model in any state.
                self.unload();
                Err(panicked(panic.as_ref()))
            });
            let Job { audio, answer, .. } = job;
            // The file is deleted before the caller gets the result.
            drop(audio);
            // A caller that has left does not want the answer.
            let _ = answer.send(result);
        }
    }

    /// Waits for the next job, and unloads the model if none comes for too long. `None` if there can be
    /// no more.
    async fn next_job(&mut self, waiting: &mut mpsc::Receiver<Job>) -> Option<Job> {
        if let (Some(model), Some(idle)) = (&self.model, self.settings.unload_after) {
            if let Ok(job) = timeout(idle, waiting.recv()).await {
                return job;
            }
            tracing::info!(model = %model.name(), "the idle model is unloaded");
            self.unload();
        }
        waiting.recv().await
    }

    fn transcribe(&mut self, job: &Job) -> Answer {
        self.ensure_loaded(&job.model)?;
        // Waited for: from here on the recording may end the process.
        job.runtime.block_on(job.progress.starting());
        let checkpoints = self.checkpoints_for(&job.language);
        let recording = Recording {
            audio: &job.audio,
            language: &job.language,
            progress: job.progress.as_ref(),
            cancelled: &job.cancelled,
            time_limit: self.settings.time_limit,
            checkpoints,
        };
        let model = self.model.as_mut().ok_or_else(thread_ended)?;
        let Finished { transcript, resumed, times } = recording.transcribe(model)?;
        let measurement = Measurement { kernel: model.kernel(), threads: self.threads, times };
        Ok(Transcribed { transcript, resumed, measurement })
    }

    /// Loads the model if another or none is loaded. The other one is freed first, because there
    /// is memory for one.
    fn ensure_loaded(&mut self, spec: &ModelSpec) -> Result<(), TranscribeError> {
        if self.model.as_ref().is_none_or(|model| *model.name() != spec.name) {
            self.unload();
            let (model, threads) = self.load(spec)?;
            (self.model, self.threads) = (Some(model), threads);
            self.model_checksum = match (&self.settings.checkpoint_dir, &spec.origin) {
                (None, _) => None,
                (Some(_), ModelOrigin::Catalogue(model)) => Some(model.sha256.to_owned()),
                (Some(_), ModelOrigin::File(path)) => sha256(path).ok(),
            };
        }
        Ok(())
    }

    /// Returns the checkpoints of recordings in this language, if there are to be any.
    fn checkpoints_for(&mut self, language: &Language) -> Option<ModelCheckpoints> {
        let folder = self.settings.checkpoint_dir.as_ref()?;
        let kernel = self.model.as_ref()?.kernel();
        let checkpoints = self.checkpoints.get_or_insert_with(|| Checkpoints::open(folder.clone()));
        Some(ModelCheckpoints {
            checkpoints: checkpoints.clone(),
            model_checksum: self.model_checksum.clone()?,
            parameters: finished_passes::parameters(language, kernel),
        })
    }

    fn load(&mut self, spec: &ModelSpec) -> Result<(Model, NonZeroUsize), TranscribeError> {
        let Settings { library, tuning, precision, memory_limit_bytes, .. } = &self.settings;
        let started = Instant::now();
        let verified = library
            .verify(&spec.origin)
            .map_err(|error| TranscribeError::Model { reason: ErrorChain(&error).to_string() })?;
        let left = memory::left_bytes(*memory_limit_bytes);
        if left.is_none() {
            tracing::warn!(model = %spec.name, "loading the model without knowing what memory is left");
        }
        let threads = tuning.known(&verified).count;
        let need = verified.memory_need(*precision);
        if let Some(left) = left
            && let Some(reason) = memory::refusal(spec.name.as_str(), need, *precision, left)
        {
            return Err(TranscribeError::Model { reason });
        }
        let implementation = need.implementation(left);
        let mut model =
            Model::load(spec.name.clone(), &verified, *precision, threads, implementation)?;
        let seconds = started.elapsed().as_secs_f32();
        let threads = tuning.find(&verified, |threads| {
            model.set_threads(threads);
            model.time_encoder().ok()
        });
        model.set_threads(threads.count);
        tracing::info!(
            model = %spec.name,
            seconds,
            %threads,
            states = memory::STATES,
            encoder = model.kernel(),
            needed_mb = megabytes(need.bytes(left)),
            left_mb = left.map(megabytes),
            "model loaded"
        );
        let resident = ResidentModel { name: spec.name.clone(), size_bytes: verified.size_bytes };
        self.set_resident(Some(resident));
        Ok((model, threads.count))
    }

    fn unload(&mut self) {
        self.model = None;
        self.model_checksum = None;
        self.set_resident(None);
    }

    fn set_resident(&self, resident: Option<ResidentModel>) {
        *self.resident.lock().unwrap_or_else(PoisonError::into_inner) = resident;
    }
}

fn panicked(panic: &(dyn Any + Send)) -> TranscribeError {
    let text = panic.downcast_ref::<&str>().copied();
    let text = text.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    TranscribeError::Engine { reason: format!("it panicked: {}", text.unwrap_or("no message")) }
}

#[cfg(test)]
mod tests;
