//! What can go wrong at the ports, named by what the caller can do about it.
//!
//! `Display` tells this layer only and holds no secret; [`ErrorChain`] adds the causes.

use std::fmt;
use std::time::Duration;

use crate::{FailureKind, ObjectKey};

/// Any cause.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// Why a recording could not be fetched.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SourceError {
    /// There is no such object. Normal: a row outlives its audio.
    #[error("no object `{key}`")]
    Missing {
        /// The key that was asked for.
        key: ObjectKey,
    },
    /// The recording is larger than the limit. Raise the limit or leave it.
    #[error("the recording has {size_bytes} bytes, more than the limit of {limit_bytes}")]
    TooLarge {
        /// Its size, as far as it is known.
        size_bytes: u64,
        /// The limit.
        limit_bytes: u64,
    },
    /// The key cannot name an object of this source.
    #[error("the key cannot be used: {reason}")]
    InvalidKey {
        /// Why.
        reason: &'static str,
    },
    /// What arrived is not what was stored. Fetch it again.
    #[error("the download is damaged: {reason}")]
    Damaged {
        /// What differs.
        reason: String,
    },
    /// The source refuses us: every other recording will fail too. Mend the settings.
    #[error("the source refuses access: {reason}")]
    Denied {
        /// Why, and what to do.
        reason: String,
        /// What the source said.
        source: Option<BoxError>,
    },
    /// The source cannot be reached. Try again later.
    #[error("the source is unavailable")]
    Unavailable {
        /// What happened.
        source: BoxError,
    },
    /// The recording could not be written to the spool folder: no space or no permission there.
    #[error("cannot write to the spool folder: {reason}")]
    Spool {
        /// Why, and what to do.
        reason: String,
        /// What the operating system said.
        source: std::io::Error,
    },
}

/// Why a recording could not be transcribed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TranscribeError {
    /// The content is no audio we can read.
    #[error("unsupported audio: {reason}")]
    Unsupported {
        /// What it is, as far as it can be told.
        reason: String,
    },
    /// The content is audio, broken.
    #[error("damaged audio: {reason}")]
    Damaged {
        /// Where it breaks.
        reason: String,
    },
    /// The model cannot be used: unknown, absent, corrupt or too large for this machine.
    #[error("the model cannot be used: {reason}")]
    Model {
        /// Why, and what to do.
        reason: String,
    },
    /// The recording took far longer than its length allows.
    #[error("gave up after {} s", after.as_secs())]
    TimedOut {
        /// How long it was tried.
        after: Duration,
    },
    /// The caller gave up.
    #[error("cancelled")]
    Cancelled,
    /// The engine failed on this recording.
    #[error("the engine failed: {reason}")]
    Engine {
        /// What it said.
        reason: String,
    },
}

/// Why the store did not answer or did not write.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The store cannot be reached or is overloaded, after all retries. Try again later.
    #[error("{backend} is unavailable")]
    Unavailable {
        /// Which store.
        backend: &'static str,
        /// How long it asked us to wait.
        retry_after: Option<Duration>,
        /// What happened.
        source: BoxError,
    },
    /// The store refuses us or lacks a table or column: every other write will fail too.
    #[error("{backend} refuses the request: {reason}")]
    Denied {
        /// Which store.
        backend: &'static str,
        /// Why, and what to do.
        reason: String,
    },
    /// The store refuses this row. Other rows may pass.
    #[error("{backend} refuses the row: {reason}")]
    InvalidRow {
        /// Which store.
        backend: &'static str,
        /// Why.
        reason: String,
    },
    /// The write was accepted and changed nothing.
    #[error("{backend} accepted the write to `{table}` and changed no row: {reason}")]
    NotWritten {
        /// Which store.
        backend: &'static str,
        /// Which table.
        table: &'static str,
        /// The likely cause, and what to do.
        reason: &'static str,
    },
}

impl SourceError {
    /// What to call this in a report.
    #[must_use]
    pub fn kind(&self) -> FailureKind {
        match self {
            Self::Missing { .. } => FailureKind::Missing,
            Self::TooLarge { .. } => FailureKind::TooLarge,
            Self::InvalidKey { .. } => FailureKind::InvalidKey,
            Self::Damaged { .. } => FailureKind::DamagedDownload,
            Self::Denied { .. } => FailureKind::SourceDenied,
            Self::Unavailable { .. } => FailureKind::SourceUnavailable,
            Self::Spool { .. } => FailureKind::Spool,
        }
    }
}

impl TranscribeError {
    /// What to call this in a report.
    #[must_use]
    pub fn kind(&self) -> FailureKind {
        match self {
            Self::Unsupported { .. } => FailureKind::UnsupportedAudio,
            Self::Damaged { .. } => FailureKind::DamagedAudio,
            Self::Model { .. } => FailureKind::Model,
            Self::TimedOut { .. } => FailureKind::TimedOut,
            Self::Cancelled => FailureKind::Cancelled,
            Self::Engine { .. } => FailureKind::Engine,
        }
    }
}

impl StoreError {
    /// What to call this in a report.
    #[must_use]
    pub fn kind(&self) -> FailureKind {
        match self {
            Self::Unavailable { .. } => FailureKind::StoreUnavailable,
            Self::Denied { .. } => FailureKind::StoreDenied,
            Self::InvalidRow { .. } => FailureKind::RowRefused,
            Self::NotWritten { .. } => FailureKind::NotWritten,
        }
    }
}

/// An error with its causes, `outer: inner: innermost`, for a log line or a report.
pub struct ErrorChain<'a>(pub &'a (dyn std::error::Error + 'static));

impl fmt::Display for ErrorChain<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)?;
        let mut cause = self.0.source();
        while let Some(error) = cause {
            write!(f, ": {error}")?;
            cause = error.source();
        }
        Ok(())
    }
}
