//! Transcribes one recording at a time on a thread of its own.

mod decode_ahead;
mod finished_passes;
mod job;
mod recording;
mod timing;
mod worker;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use std::{io, thread};

use tokio::sync::mpsc;
use watchme_core::TranscribeError;

pub(crate) use self::job::{Job, Resident, Settings, ended};
use self::worker::Worker;
use crate::decoding::log_to_tracing;

/// Jobs that wait inside the engine; callers beyond that wait outside.
const WAITING_JOBS: usize = 1;

/// How long the end of the engine is waited for: the longest step of the largest model.
const SHUTDOWN: Duration = Duration::from_secs(10);

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
        log_to_tracing();
        let (jobs, waiting) = mpsc::channel(WAITING_JOBS);
        let (end, ended) = std::sync::mpsc::channel();
        let resident: Arc<Mutex<Option<Resident>>> = Arc::default();
        let worker = Worker::new(settings, Arc::clone(&resident));
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
