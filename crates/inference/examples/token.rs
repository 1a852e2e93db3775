//! Times the decoder of a model with base's shape: what hearing a window takes, and what a token.
//!
//! ```sh
//! cargo run --release --package watchme-inference --example token -- THREADS [eight]
//! ```

#![allow(clippy::print_stdout, reason = "it tells what it measures")]

use std::error::Error;
use std::num::NonZeroUsize;
use std::time::Instant;

use watchme_inference::decoder::{Decoder, Shape};
use watchme_inference::{Precision, WrongLength};

const BASE: Shape = Shape { width: 512, layers: 6, vocabulary: 51_865 };

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let threads: NonZeroUsize = arguments.next().ok_or("THREADS is missing")?.parse()?;
    let precision = if arguments.next().is_some() { Precision::Eight } else { Precision::Sixteen };
    let mut random = fastrand::Rng::with_seed(1);
    let mut tensors = |name: &str, take: &mut dyn FnMut(&[f32])| -> Result<(), WrongLength> {
        let count = BASE.numbers(name).unwrap_or(0);
        take(&(0..count).map(|_| (random.f32() - 0.5) / 16.0).collect::<Vec<f32>>());
        Ok(())
    };
    let decoder = Decoder::new(BASE, precision, threads, &mut tensors)?;
    let mut decoder = decoder.ok_or("this processor has nothing that is worth it")?;
    let heard: Vec<f32> =
        (0_u8..100).map(|at| f32::from(at) / 100.0).cycle().take(1500 * BASE.width).collect();
    let mut quickest = [f64::INFINITY; 3];
    for _ in 0..10 {
        let started = Instant::now();
        decoder.listen(&heard)?;
        quickest[0] = quickest[0].min(started.elapsed().as_secs_f64());
        let started = Instant::now();
        decoder.write(&[1, 2, 3], 0)?;
        quickest[1] = quickest[1].min(started.elapsed().as_secs_f64());
        let started = Instant::now();
        for past in 3..23 {
            decoder.write(&[4], past)?;
        }
        quickest[2] = quickest[2].min(started.elapsed().as_secs_f64() / 20.0);
    }
    let [listen, prompt, token] = quickest.map(|seconds| seconds * 1000.0);
    println!(
        "{threads} threads: window {listen:.1} ms, prompt of 3 {prompt:.2} ms, token {token:.2} ms"
    );
    Ok(())
}
