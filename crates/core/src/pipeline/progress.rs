//! The progress of one transcription: passed on to the observer of the run.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::observer::{Event, Observer};
use crate::domain::ObjectKey;
use crate::ports::{Kept, Progress};

/// Passes the progress of one recording on to the observer of a run, and takes the notes that the
/// transcriber keeps of it.
pub(super) struct RunProgress {
    key: ObjectKey,
    observer: Arc<dyn Observer>,
    kept: Mutex<Option<Kept>>,
}

impl RunProgress {
    pub(super) fn new(key: ObjectKey, observer: Arc<dyn Observer>) -> Self {
        Self { key, observer, kept: Mutex::default() }
    }

    /// Takes the notes that the transcriber keeps until the text is saved.
    pub(super) fn take_kept(&self) -> Option<Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl Progress for RunProgress {
    fn advanced(&self, done: Duration, total: Option<Duration>) {
        self.observer.observe(Event::Progress { key: &self.key, done, total });
    }

    fn transcribed(&self, kept: Kept) -> Option<Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).replace(kept)
    }
}
