//! The wait after a failed attempt, and whether the attempt counts.

use std::time::Duration;

use crate::domain::FailureKind;

/// Wait before the second attempt. It doubles with each further one.
const FIRST_WAIT: Duration = Duration::from_secs(30);

/// Longest wait between two attempts: an upload that comes late is found within the hour.
const LONGEST_WAIT: Duration = Duration::from_hours(1);

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
/// `jitter` from 0 to 1 shortens the wait by up to a quarter: many workers that failed at once do
/// not come back at once.
#[must_use]
pub fn after_failure(kind: FailureKind, attempt: u32, jitter: f64) -> AfterFailure {
    let doublings = attempt.saturating_sub(1).min(16);
    let wait = FIRST_WAIT.saturating_mul(1 << doublings).min(LONGEST_WAIT);
    let wait = wait.mul_f64(1.0 - jitter.clamp(0.0, 1.0) / 4.0);
    match kind {
        FailureKind::Cancelled => AfterFailure::Release,
        FailureKind::Missing => AfterFailure::Retry(wait),
        kind if kind.halts_run() => AfterFailure::Retry(wait.min(FIRST_WAIT)),
        _ => AfterFailure::Count(wait),
    }
}
