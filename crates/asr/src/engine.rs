//! The engine's own thread: one model, one recording at a time.

mod ahead;
mod attempt;
mod characters;
mod clock;
#[cfg(test)]
mod exactness;
mod ffi;
mod ggml;
mod loaded;
mod meter;
mod native;
mod network;
mod notes;
mod pass;
mod passage;
mod passes;
mod quality;
mod recording;
mod reel;
mod rules;
mod softmax;
mod stop;
mod text;
mod vocabulary;

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use std::{io, thread};

use tokio::sync::{mpsc, oneshot};
use watchme_core::{
    ErrorChain, FetchedAudio, Language, ModelName, Progress, TranscribeError, Transcript,
};

use self::ggml::Ggml;
use self::loaded::Loaded;
use self::network::Network;
use self::notes::Notebook;
use self::recording::Recording;
use crate::checkpoint::{Checkpoints, Resumed};
use crate::config::{Precision, TimeLimit};
use crate::memory::{self, megabytes};
use crate::models::{ModelLibrary, ModelOrigin, ModelSpec, sha256};
use crate::tuning::Tuning;

/// Jobs that wait inside the engine; callers beyond that wait outside.
const WAITING_JOBS: usize = 1;

/// How long the end of the engine is waited for: the longest step of the largest model.
const SHUTDOWN: Duration = Duration::from_secs(10);

/// A recording to transcribe.
pub(crate) struct Job {
    pub(crate) audio: FetchedAudio,
    pub(crate) model: ModelSpec,
    pub(crate) language: Language,
    pub(crate) progress: Arc<dyn Progress>,
    /// Set when nobody waits for the answer any more.
    pub(crate) cancelled: Arc<AtomicBool>,
    pub(crate) span: tracing::Span,
    /// Runs what the listener does when the recording starts.
    pub(crate) runtime: tokio::runtime::Handle,
    pub(crate) answer: oneshot::Sender<Answer>,
}

/// The transcript, and what is on disk of it.
pub(crate) type Answer = Result<(Transcript, Option<Resumed>), TranscribeError>;

/// How the engine works.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    pub(crate) library: ModelLibrary,
    pub(crate) tuning: Tuning,
    pub(crate) precision: Precision,
    pub(crate) memory_limit_bytes: Option<u64>,
    pub(crate) time_limit: TimeLimit,
    pub(crate) checkpoint_dir: Option<PathBuf>,
}

/// The model that is in memory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Resident {
    pub(crate) name: ModelName,
    pub(crate) size_bytes: u64,
}

/// The thread, seen from outside.
#[derive(Debug)]
pub(crate) struct Engine {
    /// `None` once it is to end.
    jobs: Option<mpsc::Sender<Job>>,
    resident: Arc<Mutex<Option<Resident>>>,
    ended: Mutex<std::sync::mpsc::Receiver<()>>,
}

impl Engine {
    pub(crate) fn start(settings: Settings) -> io::Result<Self> {
        ffi::log_to_tracing();
        let (jobs, waiting) = mpsc::channel(WAITING_JOBS);
        let (end, ended) = std::sync::mpsc::channel();
        let resident: Arc<Mutex<Option<Resident>>> = Arc::default();
        let resident_of_worker = Arc::clone(&resident);
        let worker = Worker {
            settings,
            loaded: None,
            model_checksum: None,
            checkpoints: None,
            resident: resident_of_worker,
        };
        thread::Builder::new().name("whisper".to_owned()).spawn(move || {
            worker.run(waiting);
            // Nobody may be left to tell.
            let _ = end.send(());
        })?;
        Ok(Self { jobs: Some(jobs), resident, ended: Mutex::new(ended) })
    }

    /// Waits until the engine takes the job.
    pub(crate) async fn submit(&self, job: Job) -> Result<(), TranscribeError> {
        match &self.jobs {
            Some(jobs) => jobs.send(job).await.map_err(|_| ended()),
            None => Err(ended()),
        }
    }

    /// The model that is in memory, if any.
    pub(crate) fn resident(&self) -> Option<Resident> {
        self.resident.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Drop for Engine {
    /// Waits for the engine's current step: a process that ends while C++ threads compute crashes
    /// on its way out.
    fn drop(&mut self) {
        self.jobs = None;
        let ended = self.ended.get_mut().unwrap_or_else(PoisonError::into_inner);
        if ended.recv_timeout(SHUTDOWN).is_err() {
            tracing::warn!("the engine is still busy and is left behind");
        }
    }
}

/// The answer where the thread is gone.
pub(crate) fn ended() -> TranscribeError {
    TranscribeError::Engine { reason: "its thread has ended, restart the program".to_owned() }
}

struct Worker {
    settings: Settings,
    loaded: Option<Loaded>,
    /// The SHA-256 of its file, where it is needed and can be had.
    model_checksum: Option<String>,
    /// Opened with the first recording: a program that hears none makes no folder.
    checkpoints: Option<Checkpoints>,
    resident: Arc<Mutex<Option<Resident>>>,
}

impl Worker {
    fn run(mut self, mut waiting: mpsc::Receiver<Job>) {
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
        // Waited for: from here on the recording may end the process.
        job.runtime.block_on(job.progress.starting());
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
            parameters: notes::parameters(language, encoder),
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
        let (path, architecture) = (&verified.path, verified.architecture);
        let threads = tuning.known(&verified).count;
        let need = verified.memory_need(*precision);
        if let Some(left) = left
            && let Some(reason) = memory::refusal(spec.name.as_str(), need, *precision, left)
        {
            return Err(TranscribeError::Model { reason });
        }
        let native = match need.here(left) {
            Some(_) => native::load(path, architecture, *precision, threads),
            None => None,
        };
        let network: Box<dyn Network> = match native {
            Some(native) => Box::new(native),
            None => Box::new(Ggml::load(path, threads)?),
        };
        let mut loaded = Loaded::new(name, path, architecture, network)?;
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
