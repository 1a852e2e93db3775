//! Memory need of a model that whisper.cpp computes.

use super::STATES;
use crate::models::{AUDIO_CONTEXT, Architecture, TEXT_CONTEXT};

/// whisper.cpp rounds the lengths of its caches up to this.
const CACHE_STEP: u64 = 256;

/// The audio of one chunk in its forms (6 MB), the decoder and resampler before it (4 MB), the
/// vocabulary (8 MB), the descriptions of the four graphs and the input of the first (12 MB), and
/// memory that the allocator does not give back.
const FIXED_BYTES: u64 = 36_000_000;

/// Bytes of memory that transcribing with a model takes in whisper.cpp: its weights, and for each state
/// all buffers that whisper.cpp 1.8 allocates for it with flash attention, computed from the model's
/// shape as it does. Less becomes resident. The test compares this with the figures that whisper.cpp
/// itself reports.
pub(super) fn need_bytes(architecture: Architecture, weight_bytes: u64) -> u64 {
    let width = u64::from(architecture.width);
    let text_layers = u64::from(architecture.text_layers);
    let vocabulary = u64::from(architecture.vocabulary);
    let audio = u64::from(AUDIO_CONTEXT);
    let audio_padded = audio.next_multiple_of(CACHE_STEP);
    let text = u64::from(TEXT_CONTEXT);
    let text_padded = text.next_multiple_of(CACHE_STEP);

    // Keys and values as 16-bit floats: for each decoder layer those of the text and of the
    // audio, and once a padded copy of the audio's.
    let caches = 4 * width * (text_layers * (text_padded + audio_padded) + audio_padded);
    // Activations as 32-bit floats: 4 of the convolution, 7 of the encoder, 1 between the two.
    let encoder = 4 * audio * width * 12;
    // For each token of text a row of the vocabulary's logits and two activations.
    let decoder = 4 * text * (vocabulary + 2 * width);
    let state = caches + encoder + decoder;
    weight_bytes + STATES * state + FIXED_BYTES
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::memory::megabytes;
    use crate::models::find;

    /// Figures that whisper.cpp reports for a model of this shape, in MB: weights, the three caches, and
    /// the buffers of convolution, encoder, cross attention and decoder.
    const REPORTED: [(&str, [f64; 8]); 6] = [
        ("tiny", [77.11, 3.15, 9.44, 2.36, 13.21, 17.72, 3.89, 95.91]),
        ("base-q8_0", [81.18, 6.29, 18.87, 3.15, 16.28, 23.09, 4.66, 96.37]),
        ("base", [147.37, 6.29, 18.87, 3.15, 16.28, 23.09, 4.66, 96.37]),
        ("small", [487.01, 18.87, 56.62, 4.72, 22.42, 33.85, 6.20, 97.28]),
        ("medium", [1533.14, 50.33, 150.99, 6.29, 28.57, 44.60, 7.73, 98.20]),
        ("large-v3-turbo", [1623.92, 10.49, 31.46, 7.86, 36.15, 55.35, 9.27, 99.12]),
    ];

    #[test]
    fn the_need_is_what_the_engine_reports_and_a_little_more() {
        for (name, reported) in REPORTED {
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "MB")]
            let reported = reported.iter().sum::<f64>().round() as u64;
            let model = find(name).unwrap();
            let need = megabytes(need_bytes(model.architecture, model.size_bytes));
            assert!((reported + 20..reported + 40).contains(&need), "{name}: {need} of {reported}");
        }
    }
}
