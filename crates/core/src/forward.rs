//! Watches one transcription for a run: its progress goes on to the observer, its notes stay here.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crate::observer::{Event, Observer};
use crate::{Kept, ObjectKey, Progress};

/// Tells the observer of a run about the progress of one recording, and takes what the
/// transcriber keeps of it.
pub(crate) struct Forward {
    key: ObjectKey,
    to: Arc<dyn Observer>,
    kept: Mutex<Option<Kept>>,
}

impl Forward {
    pub(crate) fn new(key: ObjectKey, to: Arc<dyn Observer>) -> Self {
        Self { key, to, kept: Mutex::default() }
    }

    /// What the transcriber keeps until the text is saved.
    pub(crate) fn take_kept(&self) -> Option<Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl Progress for Forward {
    fn advanced(&self, done: Duration, total: Option<Duration>) {
        self.to.observe(Event::Progress { key: &self.key, done, total });
    }

    fn transcribed(&self, kept: Kept) -> Option<Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).replace(kept)
    }
}
