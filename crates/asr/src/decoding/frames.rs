//! Frames of the mel spectrogram: Whisper counts audio in steps of 10 ms.

use std::borrow::Cow;

/// Samples from one frame to the next: 10 ms. `HOP_LENGTH` of [openai-whisper].
///
/// [openai-whisper]: https://github.com/openai/whisper/blob/main/whisper/audio.py
pub(super) const HOP_LENGTH: usize = 160;

/// Samples under each Fourier transform: 25 ms. `N_FFT` of openai-whisper.
const N_FFT: usize = 400;

/// Frames that the encoder takes at once: 30 s. `N_FRAMES` of openai-whisper.
pub(super) const ENCODER_FRAMES: usize = 3000;

/// Fewest samples that the network is given: 1 s. Whisper does badly on less, and the spectrogram
/// of very short audio reads beyond its end.
const MIN_SAMPLES: usize = 16_000;

/// Number of frames of the spectrogram of the [padded](pad) samples, as whisper.cpp counts them.
pub(super) fn frame_count(samples: usize) -> usize {
    1 + samples.max(MIN_SAMPLES).saturating_sub(N_FFT / 2) / HOP_LENGTH
}

/// Appends silence to audio that is too short for the network.
pub(super) fn pad(samples: &[f32]) -> Cow<'_, [f32]> {
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
        assert_eq!(pad(&[1.0]).len(), 16_000);
        assert!(matches!(pad(&vec![0.0; 16_000]), Cow::Borrowed(_)));
    }

    #[test]
    fn there_is_a_frame_for_each_10_ms_but_the_last() {
        for (samples, expected) in [(1, 99), (16_000, 99), (16_040, 100), (28 * 16_000, 2799)] {
            assert_eq!(frame_count(samples), expected, "{samples}");
        }
    }
}
