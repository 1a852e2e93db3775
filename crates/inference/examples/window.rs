//! Encodes windows of 30 s with random weights, and tells what the quickest took.
//!
//! ```sh
//! cargo run --release --package watchme-inference --example window -- [thirty-two|sixteen|eight] [THREADS] [WINDOWS]
//! ```

#![allow(clippy::print_stdout, reason = "it tells what it measures")]

use std::error::Error;
use std::num::NonZeroUsize;
use std::time::{Duration, Instant};

use watchme_inference::{Encoder, Precision, Shape, WrongLength};

/// Whisper base.
const SHAPE: Shape = Shape { width: 512, layers: 6, bands: 80 };

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let precision = match arguments.next().as_deref() {
        Some("thirty-two") => Precision::ThirtyTwo,
        Some("eight") => Precision::Eight,
        _ => Precision::Sixteen,
    };
    let threads = arguments.next().map_or(Ok(NonZeroUsize::MIN), |it| it.parse())?;
    let windows = arguments.next().map_or(Ok(10), |it| it.parse::<u32>())?;

    let mut random = fastrand::Rng::with_seed(1);
    let mut numbers = |count| -> Vec<f32> { (0..count).map(|_| random.f32() - 0.5).collect() };
    let tensor = |name: &str| Ok::<_, WrongLength>(numbers(SHAPE.numbers(name).unwrap_or(0)));
    let Some(encoder) = Encoder::new(SHAPE, precision, tensor)? else {
        println!("no kernel for this processor");
        return Ok(());
    };
    let spectrum = vec![0.1; SHAPE.bands * 3000];
    let mut rows = vec![0.0; encoder.row_numbers()];
    let mut quickest = Duration::MAX;
    for _ in 0..windows {
        let started = Instant::now();
        encoder.encode(&spectrum, &mut rows, threads)?;
        quickest = quickest.min(started.elapsed());
    }
    println!("{}, {threads} threads: {:.3} s", encoder.kernel(), quickest.as_secs_f64());
    Ok(())
}
