//! The limit on the length of a recording, and the sounds that tests are made of.

pub(super) mod sounds;

use super::*;

#[test]
fn a_recording_without_end_is_given_up_after_a_day() {
    let day = 24 * 3600 * u64::from(SAMPLE_RATE);
    assert_eq!(start_after(day - 16).unwrap(), Duration::from_millis(24 * 3_600_000 - 1));
    let error = TranscribeError::from(start_after(day).unwrap_err());
    assert!(matches!(error, TranscribeError::Unsupported { .. }), "{error}");
    assert!(error.to_string().contains("longer than 24 hours"), "{error}");
}
