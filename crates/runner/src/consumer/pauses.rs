//! Pauses between attempts: after a failed receive, and for a message that another worker has.

use std::time::Duration;

/// The first pause after a failed receive. The queue's client has already retried by then.
const FIRST_PAUSE: Duration = Duration::from_secs(1);

/// The longest pause after a failed receive, and so the longest delay once the queue is back.
const LONGEST_PAUSE: Duration = Duration::from_mins(1);

/// The longest doubled delay for a message that another worker has. With ten receives before a
/// queue treats a message as poison, the delays add up to more than an hour.
const LONGEST_BUSY: Duration = Duration::from_mins(15);

/// Pause before a receive, after `failed` failed ones in a row.
pub(super) fn pause_after(failed: u32) -> Duration {
    // Many workers that failed together should not come back together.
    longest_pause_after(failed).mul_f64(0.5 + 0.5 * fastrand::f64())
}

/// Delay for a message that another worker has, at its `received`th delivery.
pub(super) fn busy_delay(delay: Duration, received: u32) -> Duration {
    let doubled = delay.saturating_mul(2_u32.saturating_pow(received.saturating_sub(1)));
    doubled.min(LONGEST_BUSY.max(delay))
}

fn longest_pause_after(failed: u32) -> Duration {
    match failed {
        0 => Duration::ZERO,
        _ => FIRST_PAUSE.saturating_mul(2_u32.saturating_pow(failed - 1)).min(LONGEST_PAUSE),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_the_longest() {
        let pauses = [0, 1, 2, 3, 6, 7, 40].map(|failed| longest_pause_after(failed).as_secs());
        assert_eq!(pauses, [0, 1, 2, 4, 32, 60, 60]);
        for failed in 0..10 {
            let longest = longest_pause_after(failed);
            assert!((longest / 2..=longest).contains(&pause_after(failed)));
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
