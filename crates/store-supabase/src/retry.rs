//! Rule for repeating a request.

use std::time::Duration;

use watchme_core::rules::Backoff;

use crate::answer::Class;

/// Longest wait of our own choice.
const LONGEST_BACKOFF: Duration = Duration::from_secs(20);

/// Limits on the repetition of requests.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Patience {
    pub(crate) attempts: u32,
    pub(crate) backoff: Duration,
    pub(crate) give_up_after: Duration,
}

impl Patience {
    /// Returns the wait before the next attempt; `None` to give up.
    ///
    /// `attempt` counts from 1, `elapsed` is the time since the first one began, `random` is in
    /// `0.0..1.0`. If the server asks for a longer wait than we have time for, we give up instead
    /// of asking again too early.
    pub(crate) fn wait(
        &self,
        class: Class,
        attempt: u32,
        elapsed: Duration,
        random: f64,
    ) -> Option<Duration> {
        if attempt >= self.attempts {
            return None;
        }
        let wait = match class {
            Class::RetryAfter(wait) => wait,
            Class::Retry => Backoff::doubling(self.backoff, LONGEST_BACKOFF).pause(attempt, random),
            Class::Fatal | Class::Row | Class::EndOfPages => return None,
        };
        (elapsed.saturating_add(wait) <= self.give_up_after).then_some(wait)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATIENCE: Patience = Patience {
        attempts: 5,
        backoff: Duration::from_millis(500),
        give_up_after: Duration::from_mins(1),
    };

    #[test]
    fn waits_double_and_a_random_half_is_left_out() {
        let wait = |attempt, random| PATIENCE.wait(Class::Retry, attempt, Duration::ZERO, random);
        let millis = |millis| Some(Duration::from_millis(millis));
        assert_eq!(wait(1, 0.0), millis(500));
        assert_eq!(wait(2, 0.0), millis(1000));
        assert_eq!(wait(3, 0.5), millis(1500));
        assert_eq!(wait(4, 1.0), millis(2000));
        assert_eq!(wait(5, 0.0), None, "that was the last attempt");
    }

    #[test]
    fn no_wait_is_longer_than_the_cap_and_none_overflows() {
        let patient = Patience { attempts: u32::MAX, ..PATIENCE };
        for attempt in [20, 33, u32::MAX - 1] {
            let wait = patient.wait(Class::Retry, attempt, Duration::ZERO, 0.0);
            assert_eq!(wait, Some(LONGEST_BACKOFF));
        }
    }

    #[test]
    fn the_server_is_waited_for_as_long_as_it_says_if_we_have_the_time() {
        let asked = |seconds, elapsed| {
            let class = Class::RetryAfter(Duration::from_secs(seconds));
            PATIENCE.wait(class, 1, Duration::from_secs(elapsed), 0.9)
        };
        assert_eq!(asked(7, 0), Some(Duration::from_secs(7)));
        assert_eq!(asked(60, 0), Some(Duration::from_mins(1)));
        assert_eq!(asked(61, 0), None);
        assert_eq!(asked(30, 31), None);
        assert_eq!(asked(u64::MAX, 1), None);
    }

    #[test]
    fn what_will_not_change_is_not_repeated() {
        for class in [Class::Fatal, Class::Row, Class::EndOfPages] {
            assert_eq!(PATIENCE.wait(class, 1, Duration::ZERO, 0.0), None);
        }
    }
}
