//! Selects the checkpoints to delete.

use std::time::{Duration, SystemTime};

/// Age after which a recording is never resumed: its row was given up, or it was deleted. A
/// quarantined recording is looked at within days.
const MAX_AGE: Duration = Duration::from_hours(7 * 24);

/// Most recordings that wait to be resumed. A process transcribes one recording at a time, so only
/// crashes and shutdowns add to them.
const MAX_FILES: usize = 64;

/// Extension of the checkpoint files.
pub(super) const EXTENSION: &str = "windows";

/// True for the name of a checkpoint file: a SHA-256 in hexadecimal digits and [`EXTENSION`].
pub(super) fn is_checkpoint(name: &str) -> bool {
    name.strip_suffix(EXTENSION).and_then(|name| name.strip_suffix('.')).is_some_and(|digest| {
        digest.len() == 64 && digest.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
    })
}

/// Selects the files to delete by the time of their last pass: old ones, and the oldest if there are
/// too many. A time in the future, as after a clock was set back, counts as young.
pub(super) fn select_stale<T>(mut files: Vec<(SystemTime, T)>, now: SystemTime) -> Vec<T> {
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
        let mut stale = select_stale(files, now);
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
    fn a_time_in_the_future_is_young() {
        let now = SystemTime::UNIX_EPOCH;
        assert!(select_stale(vec![(now + Duration::from_secs(100 * DAY), ())], now).is_empty());
    }

    #[test]
    fn only_names_of_checkpoints_are_swept() {
        let digest = "0123456789abcdef".repeat(4);
        assert!(is_checkpoint(&format!("{digest}.windows")));
        for other in [
            digest.clone(),
            format!("{digest}.windows.bak"),
            format!("{}.windows", &digest[1..]),
            format!("{}.windows", digest.to_uppercase()),
            format!("{digest}windows"),
            "ggml-base.bin".to_owned(),
            ".windows".to_owned(),
        ] {
            assert!(!is_checkpoint(&other), "{other}");
        }
    }
}
