//! The network against the same arithmetic written down plainly.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on panics")]

mod decoding;
mod reference;

use std::num::NonZeroUsize;

use watchme_inference::{Encoder, Precision, Shape, WrongLength};

const SHAPE: Shape = Shape { width: 128, layers: 2, bands: 80 };

/// Weights and spectra as large as those of a trained model: sums neither vanish nor explode.
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
    numbers(name, SHAPE.numbers(name).unwrap(), SHAPE.width)
}

fn spectrum() -> Vec<f32> {
    let mut random = fastrand::Rng::with_seed(7);
    (0..SHAPE.bands * 3000).map(|_| random.f32() * 2.5 - 1.0).collect()
}

/// `None` where this processor has no kernel.
fn encoder(precision: Precision) -> Option<Encoder> {
    Encoder::new(SHAPE, precision, |name| Ok::<_, WrongLength>(tensor(name))).unwrap()
}

fn encode(encoder: &Encoder, threads: usize) -> Vec<f32> {
    let mut rows = vec![f32::NAN; encoder.row_numbers()];
    encoder.encode(&spectrum(), &mut rows, NonZeroUsize::new(threads).unwrap()).unwrap();
    rows
}

/// The root of the mean square of the difference, the rows being of size 1.
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
    let expected = reference::encode(SHAPE, tensor, &spectrum());
    let cases =
        [(Precision::ThirtyTwo, 1e-4), (Precision::Sixteen, 0.02), (Precision::Eight, 0.03)];
    for (precision, allowed) in cases {
        let Some(encoder) = encoder(precision) else { return };
        let difference = difference(&encode(&encoder, 2), &expected);
        assert!(difference < allowed, "{precision:?} with {}: {difference}", encoder.kernel());
    }
}

#[test]
fn the_number_of_threads_changes_nothing() {
    let Some(encoder) = encoder(Precision::Sixteen) else { return };
    let expected = encode(&encoder, 1);
    for threads in [2, 3, 40] {
        assert!(encode(&encoder, threads) == expected, "{threads} threads");
    }
}

#[test]
fn what_does_not_fit_is_named() {
    let cut = |name: &str| {
        let mut numbers = tensor(name);
        numbers.truncate(numbers.len() - usize::from(name.ends_with("1.mlp.0.bias")));
        Ok::<_, WrongLength>(numbers)
    };
    if Encoder::need_bytes(SHAPE, Precision::Sixteen).is_none() {
        return;
    }
    let error = Encoder::new(SHAPE, Precision::Sixteen, cut).unwrap_err();
    let expected = "`encoder.blocks.1.mlp.0.bias` has 511 numbers in place of 512";
    assert_eq!(error.to_string(), expected);

    let encoder = encoder(Precision::Sixteen).unwrap();
    let mut rows = vec![0.0; encoder.row_numbers()];
    let error = encoder.encode(&[0.0; 80], &mut rows, NonZeroUsize::MIN).unwrap_err();
    assert_eq!((error.name.as_str(), error.expected, error.found), ("spectrum", 240_000, 80));
    let error = encoder.encode(&spectrum(), &mut rows[1..], NonZeroUsize::MIN).unwrap_err();
    assert_eq!(error.name, "rows");
}
