//! The voice activity detector, held against the probabilities of silero-vad 6.2.3 (its own weights,
//! computed with numpy from the package's `silero_vad_16k.safetensors`).

use std::path::Path;

use watchme_inference::{Instructions, VAD_FRAME, VoiceDetector};

/// Samples of one of the demo's recordings, 16-bit mono.
fn samples(name: &str) -> Vec<f32> {
    let recordings = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models/recordings");
    let wav = std::fs::read(recordings.join(format!("{name}.wav"))).unwrap();
    let data = wav[44..].as_chunks().0;
    data.iter().map(|&bytes| f32::from(i16::from_le_bytes(bytes)) / 32_768.0).collect()
}

fn reference(name: &str) -> Vec<f32> {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/silero");
    let text = std::fs::read_to_string(fixtures.join(format!("{name}.txt"))).unwrap();
    text.lines().map(|line| line.parse().unwrap()).collect()
}

/// Probabilities of samples that come in pieces of this length.
fn probabilities(detector: &mut VoiceDetector, samples: &[f32], piece: usize) -> Vec<f32> {
    let mut probabilities = Vec::new();
    for samples in samples.chunks(piece) {
        detector.push(samples, &mut probabilities);
    }
    detector.finish(&mut probabilities);
    probabilities
}

#[test]
fn probabilities_are_those_of_the_reference_on_every_kernel() {
    for name in ["ja-01", "en-01"] {
        let (samples, expected) = (samples(name), reference(name));
        assert_eq!(expected.len(), samples.len().div_ceil(VAD_FRAME));
        for instructions in Instructions::available() {
            let mut detector = VoiceDetector::with_instructions(instructions);
            for piece in [512, 15_872, usize::MAX] {
                let found = probabilities(&mut detector, &samples, piece);
                assert_eq!(found.len(), expected.len());
                let errors = found.iter().zip(&expected).map(|(one, other)| (one - other).abs());
                let worst = errors.fold(0.0, f32::max);
                assert!(worst < 1e-5, "{name} on {instructions:?}: off by {worst}");
            }
        }
    }
}

#[test]
fn nothing_has_no_probabilities_and_one_sample_has_one() {
    let mut detector = VoiceDetector::new();
    assert_eq!(probabilities(&mut detector, &[], 1), []);
    assert_eq!(probabilities(&mut detector, &[0.1], 1).len(), 1);
}
