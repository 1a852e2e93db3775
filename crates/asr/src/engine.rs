//! Transcribes one recording at a time, on a thread of its own.

mod decode_ahead;
mod finished_passes;
mod job;
mod recording;
mod timing;
mod worker;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use std::{io, thread};

use tokio::runtime;
use tokio::sync::mpsc;
use watchme_core::TranscribeError;

pub(crate) use self::job::{Answer, Job, ResidentModel, Settings, Transcribed, thread_ended};
use self::worker::Worker;

/// Jobs that wait inside the engine; callers beyond that wait outside.
const WAITING_JOBS: usize = 1;

/// Time that the thread is given to end: the longest step of the largest model.
const SHUTDOWN: Duration = Duration::from_secs(10);

/// Handle of the thread.
#[derive(Debug)]
pub(crate) struct Engine {
    /// `None` once the thread is to end.
    jobs: Option<mpsc::Sender<Job>>,
    resident: Arc<Mutex<Option<ResidentModel>>>,
    ended: Mutex<std::sync::mpsc::Receiver<()>>,
}

impl Engine {
    /// Starts the thread. Loads no model yet.
    pub(crate) fn start(settings: Settings) -> io::Result<Self> {
        #[cfg(feature = "whisper-cpp")]
        crate::decoding::log_to_tracing();
        let (jobs, waiting) = mpsc::channel(WAITING_JOBS);
        let (end, ended) = std::sync::mpsc::channel();
        let resident = Arc::default();
        let worker = Worker::new(settings, Arc::clone(&resident));
        let clock = runtime::Builder::new_current_thread().enable_time().build()?;
        thread::Builder::new().name("whisper".to_owned()).spawn(move || {
            worker.run(waiting, &clock);
            // The handle may not exist any more.
            let _ = end.send(());
        })?;
        Ok(Self { jobs: Some(jobs), resident, ended: Mutex::new(ended) })
    }

    /// Waits until the engine takes the job.
    pub(crate) async fn submit(&self, job: Job) -> Result<(), TranscribeError> {
        match &self.jobs {
            Some(jobs) => jobs.send(job).await.map_err(|_| thread_ended()),
            None => Err(thread_ended()),
        }
    }

    /// Returns the model that is in memory, if any.
    pub(crate) fn resident(&self) -> Option<ResidentModel> {
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
