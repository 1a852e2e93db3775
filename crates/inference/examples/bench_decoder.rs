//! Decodes with random weights, and prints the time that a window's audio, a prompt and a token of some hypotheses take.
//!
//! ```sh
//! cargo run --release --package watchme-inference --example bench_decoder -- THREADS [half|int8] [SECONDS]
//! ```

#![allow(clippy::print_stdout, reason = "it prints what it measures")]

use std::error::Error;
use std::num::NonZeroUsize;
use std::time::{Duration, Instant};

use watchme_inference::{
    AudioContext, DecodeError, Decoder, DecoderShape, MAX_HYPOTHESES, Precision, WrongLength,
};

/// Tokens that are decoded for one measurement.
const TOKENS: u8 = 20;

/// Whisper base.
const SHAPE: DecoderShape = DecoderShape { width: 512, layers: 6, vocabulary: 51_865 };

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let threads: NonZeroUsize = arguments.next().ok_or("THREADS is missing")?.parse()?;
    let precision = match arguments.next().as_deref() {
        Some("int8") => Precision::Int8,
        _ => Precision::Half,
    };
    let seconds = arguments.next().map_or(Ok(30), |it| it.parse::<usize>())?;
    let context = AudioContext::holding(seconds * 100);
    let mut random = fastrand::Rng::with_seed(1);
    let mut tensors = |name: &str, take: &mut dyn FnMut(&[f32])| -> Result<(), WrongLength> {
        let count = SHAPE.tensor_len(name).unwrap_or(0);
        take(&(0..count).map(|_| (random.f32() - 0.5) / 16.0).collect::<Vec<f32>>());
        Ok(())
    };
    let mut decoder = Decoder::new(SHAPE, precision, threads, &mut tensors)?;
    let numbers = (0_u8..100).map(|at| f32::from(at) / 100.0).cycle();
    let encoder_output: Vec<f32> = numbers.take(context.positions() * SHAPE.width).collect();
    let mut quickest = Times::default();
    for _ in 0..10 {
        quickest.audio.take(|| decoder.set_audio(context, &encoder_output))?;
        quickest.prompt.take(|| decoder.forward(&[1, 2, 3], 0).map(drop))?;
        for (hypotheses, time) in (1..).zip(&mut quickest.tokens) {
            decoder.forward(&[1, 2, 3], 0)?;
            decoder.forward_beam(&vec![4; hypotheses], &vec![0; hypotheses], 3)?;
            let parents: Vec<usize> = (0..hypotheses).collect();
            let tokens = vec![4; hypotheses];
            time.take(|| {
                (4..4 + TOKENS).try_for_each(|past| {
                    decoder.forward_beam(&tokens, &parents, past.into()).map(drop)
                })
            })?;
        }
    }
    println!(
        "{threads} threads: audio {}, prompt of 3 {}",
        quickest.audio.each(1),
        quickest.prompt.each(1)
    );
    for (hypotheses, time) in (1..).zip(&quickest.tokens) {
        println!("a token of {hypotheses} hypotheses: {}", time.each(TOKENS));
    }
    Ok(())
}

/// Shortest times.
#[derive(Default)]
struct Times {
    audio: Quickest,
    prompt: Quickest,
    /// By the number of hypotheses, from 1 on.
    tokens: [Quickest; MAX_HYPOTHESES],
}

#[derive(Default)]
struct Quickest(Option<Duration>);

impl Quickest {
    fn take(&mut self, work: impl FnOnce() -> Result<(), DecodeError>) -> Result<(), DecodeError> {
        let started = Instant::now();
        work()?;
        let time = started.elapsed();
        self.0 = Some(self.0.map_or(time, |quickest| quickest.min(time)));
        Ok(())
    }

    fn each(&self, count: u8) -> String {
        let each = self.0.unwrap_or_default() / u32::from(count);
        format!("{:.2} ms", each.as_secs_f64() * 1000.0)
    }
}
