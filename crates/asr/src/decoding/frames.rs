//! Frames of the mel spectrogram, of 10 ms each.

use std::borrow::Cow;

/// A second: less is heard badly, and the spectrum reads beyond the end of very short audio.
const MIN_SAMPLES: usize = 16_000;

/// Samples from one frame of the spectrum to the next, and those that one is made of.
pub(super) const HOP: usize = 160;
const SPREAD: usize = 400;

/// The frames that the encoder sees.
pub(super) const CHUNK: usize = 3000;

/// How many frames of the spectrum whisper.cpp counts for so many samples.
pub(super) fn frames(samples: usize) -> usize {
    1 + samples.saturating_sub(SPREAD / 2) / HOP
}

/// The same, with silence behind what is too short.
pub(super) fn padded(samples: &[f32]) -> Cow<'_, [f32]> {
    if samples.len() >= MIN_SAMPLES {
        return samples.into();
    }
    let mut padded = samples.to_vec();
    padded.resize(MIN_SAMPLES, 0.0);
    padded.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn audio_shorter_than_a_second_is_padded_to_one() {
        assert_eq!(padded(&[1.0]).len(), 16_000);
        assert!(matches!(padded(&vec![0.0; 16_000]), Cow::Borrowed(_)));
    }

    #[test]
    fn there_is_a_frame_for_each_10_ms_but_the_last() {
        for (samples, expected) in [(16_000, 99), (16_040, 100), (28 * 16_000, 2799)] {
            assert_eq!(frames(samples), expected, "{samples}");
        }
    }
}
