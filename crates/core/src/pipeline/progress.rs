//! The progress of one transcription: passed on to the claim and to the observer of the run.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;

use super::claiming::Start;
use super::observer::{Event, Observer};
use crate::domain::ObjectKey;
use crate::ports::{Kept, Progress};

/// Passes the progress of one recording on to its claim and to the observer of a run, and takes
/// the notes that the transcriber keeps of it.
pub(super) struct RunProgress {
    key: ObjectKey,
    start: Option<Start>,
    observer: Arc<dyn Observer>,
    kept: Mutex<Option<Kept>>,
}

impl RunProgress {
    pub(super) fn new(key: ObjectKey, start: Option<Start>, observer: Arc<dyn Observer>) -> Self {
        Self { key, start, observer, kept: Mutex::default() }
    }

    /// Takes the notes that the transcriber keeps until the text is saved.
    pub(super) fn take_kept(&self) -> Option<Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

#[async_trait]
impl Progress for RunProgress {
    async fn starting(&self) {
        if let Some(start) = &self.start {
            start.mark().await;
        }
    }

    fn advanced(&self, done: Duration, total: Option<Duration>) {
        self.observer.observe(Event::Progress { key: &self.key, done, total });
    }

    fn transcribed(&self, kept: Kept) -> Option<Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).replace(kept)
    }
}
