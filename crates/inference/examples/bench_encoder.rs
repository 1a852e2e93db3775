//! Encodes windows of up to 30 s with random weights, and prints the time of the quickest.
//!
//! ```sh
//! cargo run --release --package watchme-inference --example bench_encoder -- [f32|half|int8] [THREADS] [WINDOWS] [SECONDS]
//! ```

#![allow(clippy::print_stdout, reason = "it prints what it measures")]

use std::error::Error;
use std::num::NonZeroUsize;
use std::time::{Duration, Instant};

use watchme_inference::{AudioContext, Encoder, EncoderShape, Precision, WrongLength};

/// Whisper base.
const SHAPE: EncoderShape = EncoderShape { width: 512, layers: 6, mel_bands: 80 };

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let precision = match arguments.next().as_deref() {
        Some("f32") => Precision::F32,
        Some("int8") => Precision::Int8,
        _ => Precision::Half,
    };
    let threads = arguments.next().map_or(Ok(NonZeroUsize::MIN), |it| it.parse())?;
    let windows = arguments.next().map_or(Ok(10), |it| it.parse::<u32>())?;
    let seconds = arguments.next().map_or(Ok(30), |it| it.parse::<usize>())?;
    let context = AudioContext::holding(seconds * 100);

    let mut random = fastrand::Rng::with_seed(1);
    let mut tensors = |name: &str, take: &mut dyn FnMut(&[f32])| -> Result<(), WrongLength> {
        let count = SHAPE.tensor_len(name).unwrap_or(0);
        take(&(0..count).map(|_| random.f32() - 0.5).collect::<Vec<f32>>());
        Ok(())
    };
    let encoder = Encoder::new(SHAPE, precision, threads, &mut tensors)?;
    let mel = vec![0.1; SHAPE.mel_bands * context.frames()];
    let mut output = vec![0.0; encoder.output_len(context)];
    let mut quickest = Duration::MAX;
    for _ in 0..windows {
        let started = Instant::now();
        encoder.encode(context, &mel, &mut output)?;
        quickest = quickest.min(started.elapsed());
    }
    println!("{}, {threads} threads: {:.3} s", encoder.kernel(), quickest.as_secs_f64());
    Ok(())
}
