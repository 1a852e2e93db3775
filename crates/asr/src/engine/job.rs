//! The jobs of the engine: one recording each, and the answer to it.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use tokio::sync::oneshot;
use watchme_core::{FetchedAudio, Language, ModelName, Progress, TranscribeError, Transcript};

use crate::checkpoint::Resumed;
use crate::config::TimeLimit;
use crate::measurement::Measurement;
use crate::models::{ModelLibrary, ModelSpec};
use crate::precision::Precision;
use crate::tuning::Tuning;

/// A recording to transcribe.
pub(crate) struct Job {
    pub(crate) audio: FetchedAudio,
    pub(crate) model: ModelSpec,
    pub(crate) language: Language,
    pub(crate) progress: Arc<dyn Progress>,
    /// Set once nobody waits for the answer any more.
    pub(crate) cancelled: Arc<AtomicBool>,
    pub(crate) span: tracing::Span,
    /// Runs what the listener does when the recording starts.
    pub(crate) runtime: tokio::runtime::Handle,
    pub(crate) answer: oneshot::Sender<Answer>,
}

/// Answer to a job.
pub(crate) type Answer = Result<Transcribed, TranscribeError>;

/// A transcribed recording.
pub(crate) struct Transcribed {
    pub(crate) transcript: Transcript,
    /// Its checkpoint on disk, if there is one.
    pub(crate) resumed: Option<Resumed>,
    pub(crate) measurement: Measurement,
}

/// Settings that are the same for all jobs.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    pub(crate) library: ModelLibrary,
    pub(crate) tuning: Tuning,
    pub(crate) precision: Precision,
    pub(crate) memory_limit_bytes: Option<u64>,
    pub(crate) time_limit: TimeLimit,
    pub(crate) checkpoint_dir: Option<PathBuf>,
    pub(crate) unload_after: Option<Duration>,
}

/// The model that is in memory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ResidentModel {
    pub(crate) name: ModelName,
    pub(crate) size_bytes: u64,
}

/// Error of all jobs after the engine's thread has ended.
pub(crate) fn thread_ended() -> TranscribeError {
    TranscribeError::Engine { reason: "its thread has ended, restart the program".to_owned() }
}
