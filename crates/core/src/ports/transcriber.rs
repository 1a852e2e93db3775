//! The port that turns recordings into text.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

use super::kept::Kept;
use crate::domain::{Check, FailureKind, FetchedAudio, TranscribeOptions, Transcript};

/// An engine that turns a recording into text.
#[async_trait]
pub trait Transcriber: fmt::Debug + Send + Sync + 'static {
    /// Transcribes one recording, in memory that does not grow with its length.
    ///
    /// Any content ends in a transcript or an error: silence is a transcript without segments.
    /// `progress` is reported in order, and its start is waited for. Dropping the future cancels the work within one step of the
    /// engine. Calls beyond the machine's capacity wait for their turn.
    async fn transcribe(
        &self,
        audio: FetchedAudio,
        options: &TranscribeOptions,
        progress: Arc<dyn Progress>,
    ) -> Result<Transcript, TranscribeError>;

    /// Checks that the models can be used, without loading one.
    async fn check(&self) -> Vec<Check>;
}

/// Listener to the progress of one transcription. Called from a worker thread; must not block.
#[async_trait]
pub trait Progress: Send + Sync {
    /// Reports that it is this recording's turn. Unlike the rest it may take a while: the engine
    /// waits, so that a recording that ends the process is known before.
    async fn starting(&self) {}

    /// Reports that `done` of `total` is transcribed; `total` is `None` where the container does
    /// not state it.
    fn advanced(&self, done: Duration, total: Option<Duration>);

    /// Reports that all of it is transcribed. `kept` holds the work until the text is saved: a
    /// listener that saves the text takes it, and forgets it after that. A `kept` that is given
    /// back is forgotten at once.
    fn transcribed(&self, kept: Kept) -> Option<Kept> {
        Some(kept)
    }
}

/// Ignores the progress.
impl Progress for () {
    fn advanced(&self, _done: Duration, _total: Option<Duration>) {}
}

/// Reason a recording could not be transcribed, named by what the caller can do about it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TranscribeError {
    /// The content is no audio that we can read.
    #[error("unsupported audio: {reason}")]
    Unsupported {
        /// Description of the content, as far as it is recognised.
        reason: String,
    },
    /// The content is broken audio.
    #[error("damaged audio: {reason}")]
    Damaged {
        /// Place where it breaks.
        reason: String,
    },
    /// The model cannot be used: unknown, absent, corrupt or too large for this machine.
    #[error("the model cannot be used: {reason}")]
    Model {
        /// Cause, and advice.
        reason: String,
    },
    /// The recording took far longer than its length allows.
    #[error("gave up after {} s", after.as_secs())]
    TimedOut {
        /// Time after which it was given up.
        after: Duration,
    },
    /// The caller gave up.
    #[error("cancelled")]
    Cancelled,
    /// The engine failed on this recording.
    #[error("the engine failed: {reason}")]
    Engine {
        /// Message of the engine.
        reason: String,
    },
}

impl TranscribeError {
    /// Returns the class of this error in a report.
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
