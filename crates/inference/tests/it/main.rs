//! The encoder against the same arithmetic written down plainly, on every kernel of this processor.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on panics")]

mod decoding;
mod reference;
mod vad;

use std::num::NonZeroUsize;

use watchme_inference::{
    AudioContext, Encoder, EncoderShape, Instructions, Precision, WrongLength,
};

const SHAPE: EncoderShape = EncoderShape { width: 128, layers: 2, mel_bands: 80 };

/// Random numbers as large as those of a trained model, so that sums neither vanish nor explode.
pub(crate) fn numbers(name: &str, length: usize, width: usize) -> Vec<f32> {
    let mut random = fastrand::Rng::with_seed(name.bytes().map(u64::from).sum());
    let spread = match name.rsplit_once('.').unwrap() {
        (_, "weight") if length > 4 * width => 0.15,
        _ => 0.5,
    };
    let centre = if length == width && name.ends_with("weight") { 1.0 } else { 0.0 };
    (0..length).map(|_| centre + spread * (random.f32() * 2.0 - 1.0)).collect()
}

fn tensor(name: &str) -> Vec<f32> {
    numbers(name, SHAPE.tensor_len(name).unwrap(), SHAPE.width)
}

fn mel(context: AudioContext) -> Vec<f32> {
    let mut random = fastrand::Rng::with_seed(7);
    (0..SHAPE.mel_bands * context.frames()).map(|_| random.f32() * 2.5 - 1.0).collect()
}

/// Chooses between the sizes to test with, and smaller ones of the same kind under emulation, which takes
/// a hundred times as long (`script/test-arm64`).
pub(crate) fn sizes<'a>(all: &'a [usize], emulated: &'a [usize]) -> &'a [usize] {
    if std::env::var_os("WATCHME_EMULATED").is_some() { emulated } else { all }
}

fn threads(threads: usize) -> NonZeroUsize {
    NonZeroUsize::new(threads).unwrap()
}

fn encoder(instructions: Instructions, precision: Precision) -> Encoder {
    let mut tensors = |name: &str, take: &mut dyn FnMut(&[f32])| -> Result<(), WrongLength> {
        take(&tensor(name));
        Ok(())
    };
    Encoder::with_instructions(instructions, SHAPE, precision, threads(2), &mut tensors).unwrap()
}

fn encode(encoder: &Encoder, context: AudioContext) -> Vec<f32> {
    let mut output = vec![f32::NAN; encoder.output_len(context)];
    encoder.encode(context, &mel(context), &mut output).unwrap();
    output
}

/// Returns the root of the mean square of the difference, for rows of size 1.
pub(crate) fn difference(found: &[f32], expected: &[f32]) -> f32 {
    assert_eq!(found.len(), expected.len());
    let squares: f64 = found
        .iter()
        .zip(expected)
        .map(|(found, expected)| f64::from(found - expected).powi(2))
        .sum();
    #[expect(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "few digits")]
    let difference = (squares / found.len() as f64).sqrt() as f32;
    difference
}

#[test]
fn it_computes_what_is_written_down() {
    // All 30 s, a single strip, a part of a block, a block and a strip, and 11 s.
    for &frames in sizes(&[3000, 24, 150, 200, 1100], &[24, 200]) {
        let context = AudioContext::holding(frames);
        let expected = reference::encode(SHAPE, tensor, &mel(context));
        for instructions in Instructions::available() {
            for (precision, allowed) in
                [(Precision::F32, 1e-4), (Precision::Half, 0.02), (Precision::Int8, 0.03)]
            {
                let encoder = encoder(instructions, precision);
                let difference = difference(&encode(&encoder, context), &expected);
                let name = format!("{precision:?} with {}, {frames}", encoder.kernel());
                assert!(difference < allowed, "{name}: {difference}");
            }
        }
    }
}

#[test]
fn the_fastest_instructions_are_chosen() {
    let tensors = |name: &str, take: &mut dyn FnMut(&[f32])| -> Result<(), WrongLength> {
        take(&tensor(name));
        Ok(())
    };
    for precision in [Precision::F32, Precision::Half, Precision::Int8] {
        let chosen = Encoder::new(SHAPE, precision, threads(1), &mut { tensors }).unwrap();
        assert_eq!(chosen.kernel(), encoder(Instructions::detect(), precision).kernel());
    }
}

#[test]
fn no_kernel_of_this_processor_is_forgotten() {
    let precisions = [Precision::F32, Precision::Half, Precision::Int8];
    let kernel = |precision| encoder(Instructions::detect(), precision).kernel();
    // Whoever knows the processor, as `script/test-arm64` does, knows what it must be computed with.
    if let Ok(expected) = std::env::var("WATCHME_EXPECTED_KERNELS") {
        assert_eq!(precisions.map(kernel).join(", "), expected);
    }
    // Every processor of these has instructions that are wider than what all of them have.
    assert!(Instructions::detect().is_accelerated() || !cfg!(target_arch = "aarch64"));
}

#[test]
fn the_number_of_threads_changes_nothing() {
    for instructions in Instructions::available() {
        let mut encoder = encoder(instructions, Precision::Half);
        for &frames in sizes(&[3000, 500], &[200]) {
            let context = AudioContext::holding(frames);
            encoder.set_threads(threads(1));
            let expected = encode(&encoder, context);
            for count in [2, 3, 40] {
                encoder.set_threads(threads(count));
                let found = encode(&encoder, context);
                assert!(found == expected, "{}, {count} threads", encoder.kernel());
            }
        }
    }
}

#[test]
fn a_tensor_or_buffer_that_does_not_fit_is_named() {
    let mut cut = |name: &str, take: &mut dyn FnMut(&[f32])| -> Result<(), WrongLength> {
        let numbers = tensor(name);
        take(&numbers[..numbers.len() - usize::from(name.ends_with("1.mlp.0.bias"))]);
        Ok(())
    };
    let error = Encoder::new(SHAPE, Precision::Half, threads(1), &mut cut).unwrap_err();
    let expected = "`encoder.blocks.1.mlp.0.bias` has 511 numbers in place of 512";
    assert_eq!(error.to_string(), expected);

    let encoder = encoder(Instructions::detect(), Precision::Half);
    let context = AudioContext::FULL;
    let mut output = vec![0.0; encoder.output_len(context)];
    let error = encoder.encode(context, &[0.0; 80], &mut output).unwrap_err();
    assert_eq!((error.name.as_str(), error.expected, error.found), ("mel", 240_000, 80));
    let error = encoder.encode(context, &mel(context), &mut output[1..]).unwrap_err();
    assert_eq!(error.name, "output");
}
