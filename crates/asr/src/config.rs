//! The settings of the transcriber.

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::time::Duration;

use crate::models::{ModelLibrary, ModelSpec};
use crate::precision::Precision;

/// The settings of a [`crate::WhisperTranscriber`].
#[derive(Debug, Clone)]
pub struct Config {
    /// The models that callers may ask for, each name once.
    pub models: Vec<ModelSpec>,
    /// Folder with their files.
    pub library: ModelLibrary,
    /// Number of threads that compute. `None`: the fastest number according to [`Self::tuning_file`],
    /// or else all that this process may use at once, by its affinity and its CPU quota. Never more
    /// than these.
    pub threads: Option<NonZeroUsize>,
    /// File that remembers the fastest number of threads. They are compared with the first load of
    /// each model, for at most about two seconds, unless [`Self::threads`] are set. `None`: nothing is
    /// compared.
    pub tuning_file: Option<PathBuf>,
    /// Precision of the matrix products.
    pub precision: Precision,
    /// Most memory that the engine may take, in bytes. `None`: all that the machine and its control
    /// groups leave.
    pub memory_limit_bytes: Option<u64>,
    /// Time that a recording may take.
    pub time_limit: TimeLimit,
    /// Folder that keeps the finished passes of a recording until its text is saved, so that a crash
    /// costs one pass. `None`: nothing is kept.
    pub checkpoint_dir: Option<PathBuf>,
    /// Time without work after which the model is unloaded, until the next recording asks for it.
    /// `None`: it stays.
    pub unload_after: Option<Duration>,
}

/// Default of [`Config::unload_after`]: recordings of a worker follow each other within seconds, those of
/// a device every half hour.
const UNLOAD_AFTER: Duration = Duration::from_mins(10);

impl Config {
    /// Allows these models, with the default for everything else.
    #[must_use]
    pub fn new(models: Vec<ModelSpec>, library: ModelLibrary) -> Self {
        let time_limit = TimeLimit::default();
        Self {
            models,
            library,
            threads: None,
            tuning_file: None,
            precision: Precision::default(),
            memory_limit_bytes: None,
            time_limit,
            checkpoint_dir: None,
            unload_after: Some(UNLOAD_AFTER),
        }
    }
}

/// Time that a recording may take, once its turn has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TimeLimit {
    /// Time for a recording of any length.
    pub at_least: Duration,
    /// Seconds for each second of its audio.
    pub per_audio_second: u32,
}

impl Default for TimeLimit {
    /// 10 minutes, or 20 times the length of the audio: the base model on two cores needs less than its
    /// length, so that only a stuck recording is given up.
    fn default() -> Self {
        Self { at_least: Duration::from_mins(10), per_audio_second: 20 }
    }
}

impl TimeLimit {
    /// Returns the limit for that much audio.
    #[must_use]
    pub fn of(&self, audio: Duration) -> Duration {
        audio.saturating_mul(self.per_audio_second).max(self.at_least)
    }
}
