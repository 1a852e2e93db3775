//! Attempts at one request, and the pauses between them.

use std::num::NonZeroU32;
use std::time::Duration;

use watchme_core::rules::Backoff;

/// Longest pause between two attempts. A throttled service asks for no more.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// Counts the attempts at one request. The SDK's own retries are off.
#[derive(Debug)]
pub struct Attempts {
    failed: u32,
    limit: NonZeroU32,
    backoff: Backoff,
}

impl Attempts {
    /// Allows `limit` attempts. The first pause takes at most `backoff`, each further one twice
    /// as long, up to 5 s.
    #[must_use]
    pub fn new(limit: NonZeroU32, backoff: Duration) -> Self {
        Self { failed: 0, limit, backoff: Backoff::doubling(backoff, LONGEST_PAUSE) }
    }

    /// Counts a failed attempt, and pauses before the next one. Returns false, without a pause,
    /// if that was the last.
    pub async fn pause(&mut self) -> bool {
        self.failed += 1;
        if self.failed >= self.limit.get() {
            return false;
        }
        tokio::time::sleep(self.backoff.pause(self.failed, fastrand::f64())).await;
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_the_longest() {
        let Attempts { backoff, .. } = Attempts::new(NonZeroU32::MIN, Duration::from_millis(400));
        let pauses = [1, 2, 3, 4, 5, 40].map(|failed| backoff.pause(failed, 0.0).as_millis());
        assert_eq!(pauses, [400, 800, 1600, 3200, 5000, 5000]);
    }

    #[tokio::test]
    async fn the_last_attempt_is_not_followed_by_a_pause() {
        let mut attempts = Attempts::new(NonZeroU32::new(3).unwrap(), Duration::ZERO);
        assert!(attempts.pause().await && attempts.pause().await);
        assert!(!attempts.pause().await);
    }
}
