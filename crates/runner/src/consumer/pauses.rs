//! Pauses between attempts: after a failed receive, and for a message that another worker has.

use std::time::Duration;

use watchme_core::rules::Backoff;

/// The first pause after a failed receive. The queue's client has already retried by then.
const FIRST_PAUSE: Duration = Duration::from_secs(1);

/// The longest pause after a failed receive, and so the longest delay once the queue is back.
const LONGEST_PAUSE: Duration = Duration::from_mins(1);

/// The longest doubled delay for a message that another worker has. With ten receives before a
/// queue treats a message as poison, the delays add up to more than an hour.
const LONGEST_BUSY: Duration = Duration::from_mins(15);

/// Pauses between receives.
const PAUSES: Backoff = Backoff::doubling(FIRST_PAUSE, LONGEST_PAUSE);

/// Returns the pause before a receive, after `failed` failed ones in a row.
pub(super) fn pause_after(failed: u32) -> Duration {
    if failed == 0 { Duration::ZERO } else { PAUSES.pause(failed, fastrand::f64()) }
}

/// Returns the delay for a message that another worker has, at its `received`th delivery.
pub(super) fn busy_delay(delay: Duration, received: u32) -> Duration {
    let longest = LONGEST_BUSY.max(delay);
    Backoff { jitter: 0.0, ..Backoff::doubling(delay, longest) }.pause(received, 0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_the_longest() {
        assert_eq!(pause_after(0), Duration::ZERO);
        let longest = [1, 2, 3, 6, 7, 40].map(|failed| (failed, PAUSES.pause(failed, 0.0)));
        assert_eq!(longest.map(|(_, pause)| pause.as_secs()), [1, 2, 4, 32, 60, 60]);
        for (failed, longest) in longest {
            assert!((longest / 2..=longest).contains(&pause_after(failed)), "{failed}");
        }
    }

    #[test]
    fn a_busy_message_is_left_alone_ever_longer() {
        let minute = Duration::from_mins(1);
        let delays = [0, 1, 2, 3, 4, 5, 40].map(|received| busy_delay(minute, received).as_secs());
        assert_eq!(delays, [60, 60, 120, 240, 480, 900, 900]);
        let hour = Duration::from_hours(1);
        assert_eq!(busy_delay(hour, 3), hour);
    }
}
