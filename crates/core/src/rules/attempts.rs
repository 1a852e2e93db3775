//! The wait after a failed attempt, and whether the attempt counts.

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
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AfterFailure {
    /// The attempt did not happen: give the recording back at once.
    Release,
    /// Try again after a while. Something other than the recording may be at fault, so the attempt
    /// does not count towards quarantine.
    Retry(Duration),
    /// Try again after a while, unless this was one time too many.
    Count(Duration),
}

/// Decides what follows the failure of attempt number `attempt`, from 1.
///
/// `random`, from 0 to 1, is the chance in the wait.
#[must_use]
pub fn after_failure(kind: FailureKind, attempt: u32, random: f64) -> AfterFailure {
    let wait = WAITS.pause(attempt, random);
    match kind {
        FailureKind::Cancelled => AfterFailure::Release,
        FailureKind::Missing => AfterFailure::Retry(wait),
        kind if kind.halts_run() => AfterFailure::Retry(wait.min(FIRST_WAIT)),
        _ => AfterFailure::Count(wait),
    }
}
