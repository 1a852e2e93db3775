//! The memory guard: a model is loaded only where it fits.

mod cgroup;

use std::path::Path;

use sysinfo::{MemoryRefreshKind, RefreshKind, System};

use crate::models::{AUDIO_CONTEXT, Architecture, TEXT_CONTEXT, catalogue};

/// How many recordings are transcribed at once, each in a state of its own beside the weights. The
/// engine frees one before it makes another. Two on half the threads each are not faster than one on
/// all of them, and take twice the memory (benches/notes.md).
pub(crate) const STATES: u64 = 1;

/// whisper.cpp rounds the lengths of its caches up to this.
const CACHE_STEP: u64 = 256;

/// The audio of one chunk in its forms (6 MB), the decoder and resampler before it (4 MB), the
/// vocabulary (8 MB), the descriptions of the four graphs and the input of the first (12 MB), and
/// what the allocator does not give back.
const FIXED_BYTES: u64 = 36_000_000;

/// How much memory transcribing with a model takes, in bytes: its weights, and for each state all buffers that whisper.cpp 1.8
/// allocates for it with flash attention, computed as it does from the model's shape. What becomes
/// resident is less. The test holds this against what whisper.cpp itself reports.
#[must_use]
pub fn need_bytes(architecture: &Architecture, weight_bytes: u64) -> u64 {
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

/// Bytes of memory that this process may still take: what the machine has available, less where
/// a control group or `limit_bytes` says so. `None` where nothing is known.
#[must_use]
pub fn left_bytes(limit_bytes: Option<u64>) -> Option<u64> {
    let refresh = RefreshKind::nothing().with_memory(MemoryRefreshKind::nothing().with_ram());
    let machine = System::new_with_specifics(refresh).map(|system| system.available_memory());
    // Zero is how an unknown figure is reported.
    let machine = machine.ok().filter(|&bytes| bytes > 0);
    [machine, cgroup::left_bytes(Path::new("/")), limit_bytes].into_iter().flatten().min()
}

/// Why a model that needs `need_bytes` is not to be loaded where `left_bytes` are left, if so.
pub(crate) fn refusal(name: &str, need_bytes: u64, left_bytes: u64) -> Option<String> {
    if need_bytes <= left_bytes {
        return None;
    }
    let largest = catalogue().iter().rev().find(|model| model.memory_need_bytes() <= left_bytes);
    let advice = match largest {
        Some(model) => format!("the largest model that fits is `{}`", model.name),
        None => "no model fits, free memory or raise the limit".to_owned(),
    };
    let (need, left) = (megabytes(need_bytes), megabytes(left_bytes));
    Some(format!("`{name}` needs {need} MB of memory and {left} MB are left; {advice}"))
}

/// Bytes in whole megabytes of a million, rounded up.
pub(crate) fn megabytes(bytes: u64) -> u64 {
    bytes.div_ceil(1_000_000)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::find;

    /// What whisper.cpp reports for a model of this shape, in MB: weights, the three caches, and
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
            let need = megabytes(find(name).unwrap().memory_need_bytes());
            assert!((reported + 20..reported + 40).contains(&need), "{name}: {need} of {reported}");
        }
    }

    #[test]
    fn a_refusal_names_both_figures_and_the_largest_model_that_fits() {
        let need = |name: &str| find(name).unwrap().memory_need_bytes();
        assert_eq!(refusal("base", need("base"), need("base")), None);
        let cases = [
            (2_000_000_000, "2000 MB are left; the largest model that fits is `large-v3-turbo`"),
            (
                1_700_000_000,
                "1700 MB are left; the largest model that fits is `large-v3-turbo-q8_0`",
            ),
            (500_000_000, "500 MB are left; the largest model that fits is `base`"),
            (1_000_000, "1 MB are left; no model fits, free memory or raise the limit"),
        ];
        for (left, expected) in cases {
            let expected = format!("`large-v3` needs 3665 MB of memory and {expected}");
            assert_eq!(refusal("large-v3", need("large-v3"), left), Some(expected));
        }
    }

    #[test]
    fn the_limit_given_is_never_exceeded() {
        assert_eq!(left_bytes(Some(1000)), Some(1000));
        assert!(left_bytes(None).is_some_and(|left| left > 1000));
    }
}
