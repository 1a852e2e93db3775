//! The order of things: select, claim, fetch, transcribe, save the text, mark the rows.

mod claiming;
mod execution;
mod observer;
mod progress;
mod run;
mod saving;
mod span;

pub use claiming::Claiming;
pub use observer::{Event, Observer};

use std::num::NonZeroUsize;
use std::sync::Arc;

use jiff::tz::TimeZone;

use crate::ports::{AudioSource, LedgerStore, Transcriber, TranscriptStore};

/// Backends of a pipeline.
#[derive(Debug, Clone)]
pub struct Ports {
    /// Source that recordings are fetched from.
    pub source: Arc<dyn AudioSource>,
    /// Engine that turns them into text.
    pub transcriber: Arc<dyn Transcriber>,
    /// Store that lists them and keeps their texts.
    pub store: Arc<dyn TranscriptStore>,
}

/// Choices that a pipeline leaves to its owner.
#[derive(Debug, Clone)]
pub struct Policy {
    /// Zone of the devices, for rows whose key and columns state no local time.
    pub zone: TimeZone,
    /// Text that is saved where nobody spoke. Readers of `vibe_whisper` expect the empty text.
    pub silence_text: String,
    /// Number of recordings that may lie fetched on disk while one is transcribed.
    pub prefetch: NonZeroUsize,
}

/// Turns recordings into text. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Pipeline {
    ports: Ports,
    policy: Arc<Policy>,
    claiming: Option<Claiming>,
    ledger: Option<Arc<dyn LedgerStore>>,
}

impl Pipeline {
    /// Makes a pipeline over `ports` that works alone: nobody else may transcribe the same
    /// recordings.
    #[must_use]
    pub fn new(ports: Ports, policy: Policy) -> Self {
        Self { ports, policy: Arc::new(policy), claiming: None, ledger: None }
    }

    /// Lets the pipeline claim each recording before it works on it, so that any number of
    /// pipelines may share one store. What it reads back of a day or a month then includes the
    /// progress of that work.
    #[must_use]
    pub fn claiming(self, how: Claiming) -> Self {
        Self { claiming: Some(how), ..self }
    }

    /// Lets the pipeline keep the transcript of each recording in a ledger.
    #[must_use]
    pub fn keeping(self, ledger: Arc<dyn LedgerStore>) -> Self {
        Self { ledger: Some(ledger), ..self }
    }

    /// Returns the backends, for checks.
    #[must_use]
    pub fn ports(&self) -> &Ports {
        &self.ports
    }

    pub(crate) fn policy(&self) -> &Policy {
        &self.policy
    }

    pub(crate) fn claims(&self) -> Option<&Claiming> {
        self.claiming.as_ref()
    }

    pub(crate) fn ledger_store(&self) -> Option<&Arc<dyn LedgerStore>> {
        self.ledger.as_ref()
    }
}
