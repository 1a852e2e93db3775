//! Pauses between attempts that grow with each failure.

use std::time::Duration;

/// A pause for each failure, longer each time up to a limit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Backoff {
    /// Pause after the first failure.
    pub first: Duration,
    /// Factor by which each further pause is longer.
    pub factor: u32,
    /// Longest pause.
    pub longest: Duration,
    /// Share of each pause that is left to chance, from 0 to 1: callers that failed together
    /// should not come back together.
    pub jitter: f64,
}

impl Backoff {
    /// Doubles from `first` up to `longest`, with up to half of each pause left out by chance.
    #[must_use]
    pub const fn doubling(first: Duration, longest: Duration) -> Self {
        Self { first, factor: 2, longest, jitter: 0.5 }
    }

    /// Returns the pause after `failures` failures in a row, counted from 1.
    ///
    /// `random`, from 0 to 1, is how much of the jitter is taken off the pause.
    #[must_use]
    pub fn pause(&self, failures: u32, random: f64) -> Duration {
        let growth = self.factor.saturating_pow(failures.saturating_sub(1));
        let pause = self.first.saturating_mul(growth).min(self.longest);
        pause.saturating_sub(pause.mul_f64(self.jitter * random.clamp(0.0, 1.0)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);
    const MINUTE: Duration = Duration::from_mins(1);

    #[test]
    fn pauses_grow_by_the_factor_up_to_the_longest() {
        let doubling = Backoff::doubling(SECOND, MINUTE);
        let quadrupling = Backoff { factor: 4, ..doubling };
        let longer_at_first = Backoff { first: MINUTE, longest: SECOND, ..doubling };
        let endless = Backoff { longest: Duration::MAX, ..doubling };
        let table: [(Backoff, [u64; 7]); 4] = [
            (doubling, [1, 1, 2, 4, 32, 60, 60]),
            (quadrupling, [1, 1, 4, 16, 60, 60, 60]),
            (longer_at_first, [1; 7]),
            (endless, [1, 1, 2, 4, 32, 64, u64::from(u32::MAX)]),
        ];
        for (backoff, expected) in table {
            let pauses =
                [0, 1, 2, 3, 6, 7, u32::MAX].map(|failures| backoff.pause(failures, 0.0).as_secs());
            assert_eq!(pauses, expected, "{backoff:?}");
        }
    }

    #[test]
    fn chance_shortens_a_pause_by_no_more_than_its_jitter() {
        for (jitter, random, expected) in [
            (0.0, 1.0, 60_000),
            (0.25, 0.0, 60_000),
            (0.25, 1.0, 45_000),
            (0.5, 0.5, 45_000),
            (0.5, 1.0, 30_000),
            (0.5, 7.0, 30_000),
            (0.5, -7.0, 60_000),
            (1.0, 1.0, 0),
        ] {
            let backoff = Backoff { jitter, ..Backoff::doubling(MINUTE, MINUTE) };
            assert_eq!(backoff.pause(1, random).as_millis(), expected, "{jitter} {random}");
        }
    }
}
