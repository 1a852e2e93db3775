//! The decoder against the same arithmetic written down plainly, on every kernel of this processor.

use watchme_inference::{
    AudioContext, DecodeError, Decoder, DecoderShape, Instructions, Precision, WrongLength,
};

use crate::{difference, numbers, reference, sizes, threads};

const SHAPE: DecoderShape = DecoderShape { width: 192, layers: 2, vocabulary: 101 };

/// Context of the audio: all 30 s, or 1 s under emulation.
fn context() -> AudioContext {
    AudioContext::holding(sizes(&[3000], &[100])[0])
}

const TOKENS: [u32; 7] = [7, 100, 0, 51, 52, 7, 7];

fn tensor(name: &str) -> Vec<f32> {
    numbers(name, SHAPE.tensor_len(name).unwrap(), SHAPE.width)
}

fn encoder_output(seed: u64) -> Vec<f32> {
    let mut random = fastrand::Rng::with_seed(seed);
    (0..context().positions() * SHAPE.width).map(|_| random.f32() * 3.0 - 1.5).collect()
}

fn decoder(instructions: Instructions, precision: Precision, count: usize) -> Decoder {
    let mut tensors = |name: &str, take: &mut dyn FnMut(&[f32])| -> Result<(), WrongLength> {
        tensor(name).chunks(96).for_each(take);
        Ok(())
    };
    Decoder::with_instructions(instructions, SHAPE, precision, threads(count), &mut tensors)
        .unwrap()
}

#[test]
fn it_computes_what_is_written_down() {
    let audio = encoder_output(1);
    let expected: Vec<Vec<f32>> =
        (1..=7).map(|end| reference::decode(SHAPE, tensor, &audio, &TOKENS[..end])).collect();
    let size = difference(&expected[6], &[0.0; 101]);
    let expect = |decoder: &mut Decoder, allowed: f32, name: &str| {
        for _ in 0..2 {
            decoder.set_audio(context(), &audio).unwrap();
            // A prompt, then token by token, then all again.
            for range in [0..3, 3..4, 4..5, 5..7, 0..7, 1..2, 2..5] {
                let logits = decoder.forward(&TOKENS[range.clone()], range.start).unwrap();
                let difference = difference(logits, &expected[range.end - 1]) / size;
                assert!(difference < allowed, "{name} {range:?}: {difference}");
            }
        }
    };
    for instructions in Instructions::available() {
        for (precision, allowed) in
            [(Precision::F32, 2e-3), (Precision::Half, 0.01), (Precision::Int8, 0.05)]
        {
            for &count in sizes(&[1, 2, 3, 9], &[2]) {
                let mut decoder = decoder(instructions, precision, count);
                let name = format!("{instructions:?} {precision:?} {count}");
                expect(&mut decoder, allowed, &name);
            }
        }
    }
}

#[test]
fn it_attends_to_as_much_audio_as_there_is() {
    for instructions in Instructions::available() {
        let mut decoder = decoder(instructions, Precision::F32, 2);
        // Less after more: what was cached behind the audio is not attended to.
        for &frames in sizes(&[3000, 24, 1000, 400], &[100, 24, 50]) {
            let (context, audio) = (AudioContext::holding(frames), encoder_output(5));
            let audio = &audio[..context.positions() * SHAPE.width];
            decoder.set_audio(context, audio).unwrap();
            let expected = reference::decode(SHAPE, tensor, audio, &TOKENS);
            let size = difference(&expected, &[0.0; 101]);
            let logits = decoder.forward(&TOKENS, 0).unwrap();
            let difference = difference(logits, &expected) / size;
            assert!(difference < 2e-3, "{instructions:?} {frames}: {difference}");
        }
    }
}

#[test]
fn the_number_of_threads_changes_nothing_and_can_change() {
    for instructions in Instructions::available() {
        let mut decoder = decoder(instructions, Precision::Half, 1);
        let audio = encoder_output(2);
        decoder.set_audio(context(), &audio).unwrap();
        let expected = decoder.forward(&TOKENS, 0).unwrap().to_vec();
        for count in [2, 3, 1] {
            decoder.set_threads(threads(count));
            decoder.set_audio(context(), &audio).unwrap();
            let logits = decoder.forward(&TOKENS, 0).unwrap();
            assert!(logits == expected, "{instructions:?}, {count} threads");
        }
    }
}

/// Tokens and parents of each step: one parent for all, swaps, more and fewer hypotheses.
const BEAM: [(&[u32], &[usize]); 6] = [
    (&[1, 2, 3], &[0, 0, 0]),
    (&[4, 5, 6], &[2, 1, 0]),
    (&[7, 8, 9, 10, 11], &[1, 1, 2, 0, 2]),
    (&[12, 13], &[4, 3]),
    (&[14, 15, 16], &[1, 0, 1]),
    (&[17], &[2]),
];

#[test]
fn hypotheses_are_continued_as_if_each_were_alone() {
    let (audio, prompt) = (encoder_output(4), &TOKENS[..3]);
    for instructions in Instructions::available() {
        for precision in [Precision::F32, Precision::Half, Precision::Int8] {
            for &count in sizes(&[1, 2, 3], &[2]) {
                let mut beam = decoder(instructions, precision, count);
                let mut alone = decoder(instructions, precision, 1);
                beam.set_audio(context(), &audio).unwrap();
                alone.set_audio(context(), &audio).unwrap();
                beam.forward(prompt, 0).unwrap();
                let mut texts = vec![prompt.to_vec()];
                for (tokens, parents) in BEAM.into_iter().take(sizes(&[6], &[3])[0]) {
                    let logits = beam.forward_beam(tokens, parents, texts[0].len()).unwrap();
                    let followed = parents.iter().zip(tokens);
                    texts = followed.map(|(&of, &by)| [&texts[of][..], &[by]].concat()).collect();
                    for (text, logits) in texts.iter().zip(logits.chunks(SHAPE.vocabulary)) {
                        let mut expected = Vec::new();
                        for (past, token) in text.iter().enumerate() {
                            expected = alone.forward(&[*token], past).unwrap().to_vec();
                        }
                        let difference = difference(logits, &expected);
                        assert!(difference < 1e-3, "{instructions:?} {count}: {difference}");
                    }
                }
                let again = beam.forward(prompt, 0).unwrap().to_vec();
                assert!(again == alone.forward(prompt, 0).unwrap(), "it starts afresh");
            }
        }
    }
}

#[test]
fn hypotheses_without_a_parent_are_refused_and_harm_nothing() {
    let mut decoder = decoder(Instructions::detect(), Precision::Half, 2);
    decoder.set_audio(context(), &encoder_output(3)).unwrap();
    decoder.forward(&TOKENS, 0).unwrap();
    let cases: [(&[u32], &[usize], usize); 6] = [
        (&[], &[], 7),
        (&[101], &[0], 7),
        (&[1], &[1], 7),
        (&[1, 2], &[0], 7),
        (&[1; 6], &[0; 6], 7),
        (&[1], &[0], 448),
    ];
    for (tokens, parents, past) in cases {
        assert_eq!(decoder.forward_beam(tokens, parents, past), Err(DecodeError::Tokens));
    }
    assert_eq!(decoder.forward_beam(&[1; 5], &[0; 5], 7).map(<[f32]>::len), Ok(505));
}

#[test]
fn what_does_not_fit_is_refused_and_harms_nothing() {
    let mut decoder = decoder(Instructions::detect(), Precision::Half, 2);
    let audio = encoder_output(3);
    let wrong = WrongLength {
        name: "encoder output".to_owned(),
        expected: audio.len(),
        found: audio.len() - 1,
    };
    assert_eq!(decoder.set_audio(context(), &audio[1..]), Err(DecodeError::EncoderOutput(wrong)));
    decoder.set_audio(context(), &audio).unwrap();
    let expected = decoder.forward(&TOKENS, 0).unwrap().to_vec();
    let cases: [(&[u32], usize); 4] = [(&[], 0), (&[101], 0), (&[1, 2], 447), (&[1], usize::MAX)];
    for (tokens, past) in cases {
        assert_eq!(decoder.forward(tokens, past), Err(DecodeError::Tokens));
    }
    assert!(decoder.forward(&TOKENS, 0).unwrap() == expected);
    assert_eq!(decoder.forward(&[1], 447).map(<[f32]>::len), Ok(101));
}

#[test]
fn a_tensor_that_does_not_fit_is_named() {
    let mut cut = |name: &str, take: &mut dyn FnMut(&[f32])| -> Result<(), WrongLength> {
        let numbers = tensor(name);
        take(&numbers[..numbers.len() - 32 * usize::from(name.ends_with("1.mlp.2.weight"))]);
        Ok(())
    };
    let error = Decoder::new(SHAPE, Precision::Half, threads(1), &mut cut).unwrap_err();
    assert_eq!(
        error.to_string(),
        "`decoder.blocks.1.mlp.2.weight` has 147424 numbers in place of 147456"
    );
}
