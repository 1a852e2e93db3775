//! The port that recordings are fetched from.

use std::fmt;

use async_trait::async_trait;

use crate::domain::{BoxError, Check, FailureKind, FetchedAudio, ObjectKey};

/// A place that recordings are fetched from.
#[async_trait]
pub trait AudioSource: fmt::Debug + Send + Sync + 'static {
    /// Fetches one recording to a file, byte for byte as it was stored; length and checksum are
    /// verified where the source has them. The file is deleted when the returned value is dropped,
    /// and a failed or dropped call leaves none behind.
    ///
    /// An absent object is [`SourceError::Missing`], and only that is. Retries and timeouts are
    /// inside.
    async fn fetch(&self, key: &ObjectKey) -> Result<FetchedAudio, SourceError>;

    /// Checks that the source can be used, without changing anything.
    async fn check(&self) -> Vec<Check>;
}

/// Reason a recording could not be fetched, named by what the caller can do about it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SourceError {
    /// There is no such object. Normal: a row outlives its audio.
    #[error("no object `{key}`")]
    Missing {
        /// Key that was asked for.
        key: ObjectKey,
    },
    /// The recording is larger than the limit. Raise the limit or skip the recording.
    #[error("the recording has {size_bytes} bytes, more than the limit of {limit_bytes}")]
    TooLarge {
        /// Size of the recording, as far as it is known.
        size_bytes: u64,
        /// Largest size that is allowed.
        limit_bytes: u64,
    },
    /// The key cannot name an object of this source.
    #[error("the key cannot be used: {reason}")]
    InvalidKey {
        /// Cause.
        reason: &'static str,
    },
    /// The bytes that arrived are not those that were stored. Fetch them again.
    #[error("the download is damaged: {reason}")]
    Damaged {
        /// Difference that was found.
        reason: String,
    },
    /// The source refuses us: every other recording will fail too. Correct the settings.
    #[error("the source refuses access: {reason}")]
    Denied {
        /// Cause, and advice.
        reason: String,
        /// Answer of the source.
        source: Option<BoxError>,
    },
    /// The source cannot be reached. Try again later.
    #[error("the source is unavailable")]
    Unavailable {
        /// Cause.
        source: BoxError,
    },
    /// The recording could not be written to the spool folder: no space or no permission there.
    #[error("cannot write to the spool folder: {reason}")]
    Spool {
        /// Cause, and advice.
        reason: String,
        /// Error of the operating system.
        source: std::io::Error,
    },
}

impl SourceError {
    /// Returns the class of this error in a report.
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
