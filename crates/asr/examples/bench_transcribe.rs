//! Transcribes recordings several times, and prints the shortest time of each. Its stages are logged.
//!
//! ```sh
//! cargo run --release --package watchme-asr --example bench_transcribe -- MODEL LANGUAGE THREADS TIMES RECORDING...
//! ```

#![allow(clippy::print_stdout, reason = "it prints its measurements")]

use std::error::Error;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use watchme_asr::{Config, ModelLibrary, WhisperTranscriber};
use watchme_core::{FetchedAudio, TranscribeOptions, Transcriber as _};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let mut argument = |name| arguments.next().ok_or(format!("{name} is missing"));
    let (model, language) = (argument("MODEL")?, argument("LANGUAGE")?);
    let (threads, times) = (argument("THREADS")?, argument("TIMES")?);
    tracing_subscriber::fmt()
        .with_max_level(tracing::Level::DEBUG)
        .with_writer(std::io::stderr)
        .init();

    let library = ModelLibrary::new(PathBuf::new(), None);
    let mut config = Config::new(vec![format!("it={model}").parse()?], library);
    config.threads = Some(threads.parse::<NonZeroUsize>()?);
    let engine = WhisperTranscriber::new(config)?;
    let options = TranscribeOptions { model: "it".parse()?, language: language.parse()? };
    let times: u32 = times.parse()?;
    for file in arguments {
        let path = Path::new(&file);
        let mut quickest = f64::INFINITY;
        let mut text = String::new();
        for _ in 0..times {
            let audio = FetchedAudio::new(path.to_owned(), path.metadata()?.len(), ());
            let started = Instant::now();
            let transcript = engine.transcribe(audio, &options, Arc::new(())).await?;
            quickest = quickest.min(started.elapsed().as_secs_f64());
            text = transcript.segments.iter().map(|segment| segment.text.as_str()).collect();
        }
        println!("{file}\t{quickest:.3} s\t{text}");
    }
    Ok(())
}
