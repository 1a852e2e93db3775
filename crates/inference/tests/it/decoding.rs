//! The decoder against the same arithmetic written down plainly.

use std::num::NonZeroUsize;

use watchme_inference::decoder::{DecodeError, Decoder, Shape};
use watchme_inference::{Precision, WrongLength};

use crate::{difference, numbers, reference};

const SHAPE: Shape = Shape { width: 192, layers: 2, vocabulary: 101 };

const TOKENS: [u32; 7] = [7, 100, 0, 51, 52, 7, 7];

fn tensor(name: &str) -> Vec<f32> {
    numbers(name, SHAPE.numbers(name).unwrap(), SHAPE.width)
}

fn heard(seed: u64) -> Vec<f32> {
    let mut random = fastrand::Rng::with_seed(seed);
    (0..1500 * SHAPE.width).map(|_| random.f32() * 3.0 - 1.5).collect()
}

/// `None` where this processor has no kernel.
fn decoder(precision: Precision, threads: usize) -> Option<Decoder> {
    let threads = NonZeroUsize::new(threads).unwrap();
    let mut tensors = |name: &str, take: &mut dyn FnMut(&[f32])| -> Result<(), WrongLength> {
        tensor(name).chunks(96).for_each(take);
        Ok(())
    };
    Decoder::new(SHAPE, precision, threads, &mut tensors).unwrap()
}

#[test]
fn it_computes_what_is_written_down() {
    let heard = heard(1);
    let expected: Vec<Vec<f32>> =
        (1..=7).map(|end| reference::decode(SHAPE, tensor, &heard, &TOKENS[..end])).collect();
    let size = difference(&expected[6], &[0.0; 101]);
    let cases =
        [(Precision::ThirtyTwo, 2e-3), (Precision::Sixteen, 0.01), (Precision::Eight, 0.05)];
    for (precision, allowed) in cases {
        for threads in [1, 2, 3, 9] {
            let Some(mut decoder) = decoder(precision, threads) else { return };
            for _ in 0..2 {
                decoder.listen(&heard).unwrap();
                // A prompt, then token by token, then all anew.
                for range in [0..3, 3..4, 4..5, 5..7, 0..7, 1..2, 2..5] {
                    let found = decoder.write(&TOKENS[range.clone()], range.start).unwrap();
                    let difference = difference(found, &expected[range.end - 1]) / size;
                    assert!(
                        difference < allowed,
                        "{precision:?} {threads} {range:?}: {difference}"
                    );
                }
            }
        }
    }
}

#[test]
fn the_number_of_threads_changes_nothing_and_can_change() {
    let Some(mut decoder) = decoder(Precision::Sixteen, 1) else { return };
    let heard = heard(2);
    decoder.listen(&heard).unwrap();
    let expected = decoder.write(&TOKENS, 0).unwrap().to_vec();
    for threads in [2, 3, 1] {
        decoder.set_threads(NonZeroUsize::new(threads).unwrap());
        decoder.listen(&heard).unwrap();
        assert!(decoder.write(&TOKENS, 0).unwrap() == expected, "{threads} threads");
    }
}

#[test]
fn what_it_does_not_hold_is_refused_and_harms_nothing() {
    let Some(mut decoder) = decoder(Precision::Sixteen, 2) else { return };
    let heard = heard(3);
    assert_eq!(decoder.listen(&heard[1..]), Err(DecodeError::Tokens));
    decoder.listen(&heard).unwrap();
    let expected = decoder.write(&TOKENS, 0).unwrap().to_vec();
    let cases: [(&[u32], usize); 4] = [(&[], 0), (&[101], 0), (&[1, 2], 447), (&[1], usize::MAX)];
    for (tokens, past) in cases {
        assert_eq!(decoder.write(tokens, past), Err(DecodeError::Tokens));
    }
    assert!(decoder.write(&TOKENS, 0).unwrap() == expected);
    assert_eq!(decoder.write(&[1], 447).map(<[f32]>::len), Ok(101));
}

#[test]
fn a_tensor_that_does_not_fit_is_named() {
    let mut cut = |name: &str, take: &mut dyn FnMut(&[f32])| -> Result<(), WrongLength> {
        let numbers = tensor(name);
        take(&numbers[..numbers.len() - 32 * usize::from(name.ends_with("1.mlp.2.weight"))]);
        Ok(())
    };
    if Decoder::need_bytes(SHAPE, Precision::Sixteen).is_some() {
        let error =
            Decoder::new(SHAPE, Precision::Sixteen, NonZeroUsize::MIN, &mut cut).unwrap_err();
        assert_eq!(
            error.to_string(),
            "`decoder.blocks.1.mlp.2.weight` has 147424 numbers in place of 147456"
        );
    }
}
