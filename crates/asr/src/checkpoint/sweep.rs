//! Which checkpoints are kept no longer.

use std::time::{Duration, SystemTime};

/// A recording that is not gone on with for so long never is: its row was given up, or it was
/// deleted. A quarantined recording is looked at within days.
const MAX_AGE: Duration = Duration::from_hours(7 * 24);

/// Recordings that wait to be gone on with, at most. One process hears one recording at a time,
/// so that only crashes and shutdowns add any.
const MAX_FILES: usize = 64;

/// What tells our files from others in the same folder.
pub(super) const EXTENSION: &str = "windows";

/// Whether a file has the name of a checkpoint.
pub(super) fn is_ours(name: &str) -> bool {
    name.strip_suffix(EXTENSION).and_then(|name| name.strip_suffix('.')).is_some_and(|digest| {
        digest.len() == 64 && digest.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
    })
}

/// Of files with the time of their last window, those to delete: the old ones, and the oldest of
/// too many. A time that lies ahead, as after a clock was set back, is young.
pub(super) fn stale<T>(mut files: Vec<(SystemTime, T)>, now: SystemTime) -> Vec<T> {
    files.sort_by_key(|&(written, _)| std::cmp::Reverse(written));
    let is_old = |written| now.duration_since(written).is_ok_and(|age| age > MAX_AGE);
    let numbered = files.into_iter().enumerate();
    let stale = numbered.filter(|(at, (written, _))| *at >= MAX_FILES || is_old(*written));
    stale.map(|(_, (_, file))| file).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: u64 = 24 * 3600;

    fn stale_of(ages: impl IntoIterator<Item = u64>) -> Vec<u64> {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1000 * DAY);
        let files = ages.into_iter().map(|age| (now - Duration::from_secs(age), age)).collect();
        let mut stale = stale(files, now);
        stale.sort_unstable();
        stale
    }

    #[test]
    fn the_old_and_the_oldest_of_too_many_go() {
        assert!(stale_of([]).is_empty());
        assert!(stale_of([0, DAY, 7 * DAY]).is_empty());
        assert_eq!(stale_of([7 * DAY + 1, DAY, 70 * DAY]), [7 * DAY + 1, 70 * DAY]);
        assert!(stale_of(0..64).is_empty());
        assert_eq!(stale_of((0..66).rev()), [64, 65]);
    }

    #[test]
    fn a_time_that_lies_ahead_is_young() {
        let now = SystemTime::UNIX_EPOCH;
        assert!(stale(vec![(now + Duration::from_secs(100 * DAY), ())], now).is_empty());
    }

    #[test]
    fn only_our_names_are_ours() {
        let digest = "0123456789abcdef".repeat(4);
        assert!(is_ours(&format!("{digest}.windows")));
        for other in [
            digest.clone(),
            format!("{digest}.windows.bak"),
            format!("{}.windows", &digest[1..]),
            format!("{}.windows", digest.to_uppercase()),
            format!("{digest}windows"),
            "ggml-base.bin".to_owned(),
            ".windows".to_owned(),
        ] {
            assert!(!is_ours(&other), "{other}");
        }
    }
}
