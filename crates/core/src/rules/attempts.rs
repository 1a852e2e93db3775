//! The consequence of a failed attempt: a wait, and whether the attempt counts.

use std::time::Duration;

use super::Backoff;
use crate::domain::FailureKind;

/// Wait before the second attempt.
const FIRST_WAIT: Duration = Duration::from_secs(30);

/// Longest wait between two attempts: an upload that comes late is found within the hour.
const LONGEST_WAIT: Duration = Duration::from_hours(1);

/// Waits that double with each further attempt. Up to a quarter is left to chance: workers that
/// failed together do not come back together.
const WAITS: Backoff = Backoff { jitter: 0.25, ..Backoff::doubling(FIRST_WAIT, LONGEST_WAIT) };

/// Consequence of a failed attempt.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum AfterFailure {
    /// The attempt did not happen: give the recording back at once.
    Release,
    /// Try again after a wait that grows with all attempts. Something other than the recording may
    /// be at fault, so the attempt does not count towards quarantine.
    Retry(Backoff),
    /// Try again, unless this was one time too many. The wait grows with the attempts that count:
    /// those that were nobody's fault do not delay the next one.
    Count(Backoff),
}

/// Decides what follows a failed attempt.
#[must_use]
pub fn after_failure(kind: FailureKind) -> AfterFailure {
    match kind {
        FailureKind::Cancelled => AfterFailure::Release,
        FailureKind::Missing => AfterFailure::Retry(WAITS),
        kind if kind.halts_run() => AfterFailure::Retry(Backoff { longest: FIRST_WAIT, ..WAITS }),
        _ => AfterFailure::Count(WAITS),
    }
}
