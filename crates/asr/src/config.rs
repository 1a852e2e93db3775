//! The settings of the transcriber.

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::time::Duration;

use crate::models::{ModelLibrary, ModelSpec, Numbers};

/// The settings of a [`crate::WhisperTranscriber`].
#[derive(Debug, Clone)]
pub struct Config {
    /// The models that callers may ask for, each name once.
    pub models: Vec<ModelSpec>,
    /// Where their files are.
    pub library: ModelLibrary,
    /// How many threads compute. `None`: as many as are fastest, which are all that this process may
    /// use at once, by its affinity and its CPU quota, unless [`Self::tuning_file`] tells otherwise.
    /// There are never more than these.
    pub threads: Option<NonZeroUsize>,
    /// Where it is remembered how many threads are fastest. With the first load of each model they
    /// are compared for at most about two seconds, unless [`Self::threads`] are set. `None`: nothing
    /// is compared.
    pub tuning_file: Option<PathBuf>,
    /// How exactly the encoder multiplies.
    pub precision: Precision,
    /// The engine is to take no more memory than this, in bytes. `None`: what the machine and its
    /// control groups leave.
    pub memory_limit_bytes: Option<u64>,
    /// How long a recording may take.
    pub time_limit: TimeLimit,
    /// Where finished windows of a recording are kept until its text is saved, so that a crash costs
    /// one window. `None`: nowhere.
    pub checkpoint_dir: Option<PathBuf>,
}

impl Config {
    /// These models, with the default for everything else.
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
        }
    }
}

/// How exactly the encoder multiplies the weights of a file of 16 bits. Those of a quantised file
/// are multiplied in 8 bits, either way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Precision {
    /// In 16 bits where the processor does so faster. Where two tokens are nearly as likely, another
    /// one may win than with 32 bits.
    #[default]
    Fast,
    /// In 32 bits, for about twice the time of the encoder.
    Exact,
}

impl Precision {
    /// How weights that a file stores like this are multiplied here, if they are.
    pub(crate) fn of(self, numbers: Numbers) -> Option<watchme_inference::Precision> {
        use watchme_inference::Precision::{F32, Half, Int8};

        match (numbers, self) {
            (Numbers::Floats, Self::Fast) => Some(Half),
            (Numbers::Floats, Self::Exact) => Some(F32),
            // They are known no better.
            (Numbers::Quantised, _) => Some(Int8),
            (Numbers::Foreign, _) => None,
        }
    }
}

/// How long a recording may take, once its turn has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TimeLimit {
    /// A recording of any length may take this long.
    pub at_least: Duration,
    /// Each second of its audio may take this many seconds.
    pub per_audio_second: u32,
}

impl Default for TimeLimit {
    /// 10 minutes, or 20 times the length of the audio: the base model on two cores needs less
    /// than its length, so that only a stuck recording is given up.
    fn default() -> Self {
        Self { at_least: Duration::from_mins(10), per_audio_second: 20 }
    }
}

impl TimeLimit {
    /// The limit for that much audio.
    #[must_use]
    pub fn of(&self, audio: Duration) -> Duration {
        audio.saturating_mul(self.per_audio_second).max(self.at_least)
    }
}
