//! The two reasons to stop decoding early: nobody wants the result, or it takes too long.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use watchme_core::TranscribeError;

/// Conditions under which a run stops early.
#[derive(Debug)]
pub(crate) struct Stop<'a> {
    /// Set once nobody wants the result any more.
    pub(crate) cancelled: &'a AtomicBool,
    /// End of the time that the run may take.
    pub(crate) deadline: Instant,
}

impl Stop<'_> {
    pub(crate) fn is_cancelled(&self) -> bool {
        self.cancelled.load(Ordering::Relaxed)
    }

    pub(crate) fn is_late(&self) -> bool {
        Instant::now() >= self.deadline
    }

    /// Fails once the run has to stop, always with `Cancelled`: only the caller, who set the
    /// deadline, can say that it has passed and after how long.
    pub(super) fn check(&self) -> Result<(), TranscribeError> {
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
