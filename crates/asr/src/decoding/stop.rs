//! When a recording is not to be heard any further.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use watchme_core::TranscribeError;

/// When a run is to stop early.
#[derive(Debug)]
pub(crate) struct Stop<'a> {
    /// Set when nobody wants the result any more.
    pub(crate) cancelled: &'a AtomicBool,
    /// When it has taken too long.
    pub(crate) deadline: Instant,
}

impl Stop<'_> {
    pub(crate) fn is_cancelled(&self) -> bool {
        self.cancelled.load(Ordering::Relaxed)
    }

    pub(crate) fn is_late(&self) -> bool {
        Instant::now() >= self.deadline
    }

    /// Fails once the run is to stop. Who set the deadline tells why, and after how long.
    pub(crate) fn check(&self) -> Result<(), TranscribeError> {
        if self.is_cancelled() || self.is_late() {
            return Err(TranscribeError::Cancelled);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_run_stops_when_it_is_cancelled_or_late() {
        let cancelled = AtomicBool::new(false);
        let later = Instant::now() + Duration::from_hours(1);
        assert!(Stop { cancelled: &cancelled, deadline: later }.check().is_ok());
        assert!(Stop { cancelled: &cancelled, deadline: Instant::now() }.check().is_err());
        cancelled.store(true, Ordering::Relaxed);
        assert!(Stop { cancelled: &cancelled, deadline: later }.check().is_err());
    }
}
