//! Decodes with random weights, and prints the time that a window's audio, a prompt, a token and a token of each hypothesis take.
//!
//! ```sh
//! cargo run --release --package watchme-inference --example bench_decoder -- THREADS [half|int8] [SECONDS]
//! ```

#![allow(clippy::print_stdout, reason = "it prints what it measures")]

use std::error::Error;
use std::num::NonZeroUsize;
use std::time::Instant;

use watchme_inference::{
    AudioContext, Decoder, DecoderShape, MAX_HYPOTHESES, Precision, WrongLength,
};

/// Whisper base.
const SHAPE: DecoderShape = DecoderShape { width: 512, layers: 6, vocabulary: 51_865 };

/// One hypothesis ends, another is continued twice.
const PARENTS: [usize; MAX_HYPOTHESES] = [0, 0, 1, 2, 3];

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
    let mut quickest = [f64::INFINITY; 4];
    for _ in 0..10 {
        let started = Instant::now();
        decoder.set_audio(context, &encoder_output)?;
        quickest[0] = quickest[0].min(started.elapsed().as_secs_f64());
        let started = Instant::now();
        decoder.forward(&[1, 2, 3], 0)?;
        quickest[1] = quickest[1].min(started.elapsed().as_secs_f64());
        let started = Instant::now();
        for past in 3..23 {
            decoder.forward(&[4], past)?;
        }
        quickest[2] = quickest[2].min(started.elapsed().as_secs_f64() / 20.0);
        decoder.forward_beam(&[4; MAX_HYPOTHESES], &[0; MAX_HYPOTHESES], 3)?;
        let started = Instant::now();
        for past in 4..24 {
            decoder.forward_beam(&[4; MAX_HYPOTHESES], &PARENTS, past)?;
        }
        quickest[3] = quickest[3].min(started.elapsed().as_secs_f64() / 20.0);
    }
    let [audio, prompt, token, beam] = quickest.map(|seconds| seconds * 1000.0);
    println!(
        "{threads} threads: audio {audio:.1} ms, prompt of 3 {prompt:.2} ms, token {token:.2} ms, \
         {MAX_HYPOTHESES} hypotheses {beam:.2} ms"
    );
    Ok(())
}
