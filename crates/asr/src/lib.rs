//! Speech recognition with Whisper: recordings of any common format in, text with times out.
//!
//! [`WhisperTranscriber`] is the [`watchme_core::Transcriber`] of this machine. A program makes a
//! [`ModelLibrary`] of the folder with the model files, and a [`Config`] of it with the models that callers
//! may ask for.
//!
//! ```
//! use std::path::Path;
//! use std::sync::Arc;
//!
//! use watchme_asr::{Config, ModelLibrary, WhisperTranscriber};
//! use watchme_core::{FetchedAudio, TranscribeOptions, Transcriber as _};
//!
//! #[tokio::main]
//! async fn main() -> Result<(), Box<dyn std::error::Error>> {
//!     // The models that callers may ask for: here a file, under the name `demo`.
//!     let models = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../models"));
//!     let model = format!("demo={}", models.join("ggml-synth-tiny.bin").display());
//!     let library = ModelLibrary::new(models.to_owned(), None);
//!     let transcriber = WhisperTranscriber::new(Config::new(vec![model.parse()?], library))?;
//!
//!     let path = models.join("recordings/en-02.wav");
//!     let size = path.metadata()?.len();
//!     let options = TranscribeOptions { model: "demo".parse()?, language: "en".parse()? };
//!     // The last argument takes reports of progress: `()` ignores them.
//!     let transcript =
//!         transcriber.transcribe(FetchedAudio::new(path, size, ()), &options, Arc::new(())).await?;
//!     assert_eq!(transcript.text(), "I had fish for dinner.");
//!     Ok(())
//! }
//! ```
//!
//! # Words
//!
//! | word | meaning | length |
//! |---|---|---|
//! | *frame* | one column of the mel spectrogram | 10 ms (160 samples) |
//! | *VAD frame* | audio that voice activity detection judges at once | 32 ms (512 samples) |
//! | *block* | numbers that the resampler or a ggml type counts in | not a time |
//! | *chunk* | audio that [`AudioStream`] decodes at once, and whose level is measured | 0.992 s (31 VAD frames) |
//! | *stretch* | speech in the recording without a long pause | any |
//! | *window* | stretches one after the other, as the audio side hands them to the decoder | about 15 s |
//! | *pass* | one run of the encoder, and the decoding of what it encoded | up to 30 s (3000 frames) |
//! | *attempt* | one run of the decoder over a pass, at one temperature | |
//! | *segment* | text with a start and an end, mostly a sentence | 20 ms to 30 s |
//! | *token* | a piece of text, a timestamp or a special mark, as the model counts | timestamps: steps of 20 ms |
//!
//! *Native* is everything that `watchme-inference` computes, as opposed to whisper.cpp.
//!
//! # whisper.cpp
//!
//! The feature `whisper-cpp`, on by default, adds whisper.cpp for what is not computed natively: weights of
//! types that no model is published in (k-quants), and 32-bit products that do not fit the memory. It takes a
//! C++ compiler. Where it computes ([`memory::needs_whisper_cpp`]), set `OMP_WAIT_POLICY=passive` for the
//! program: its threads otherwise spin while they wait, and collapse on shared cores.
//!
//! # Modules
//!
//! `audio` turns a file into windows of speech, `decoding` turns speech into segments with one model,
//! and `engine` runs both for one recording after the other, with [`checkpoint`]s. The decoding follows
//! [decoding.py] and [transcribe.py] of openai-whisper; each part names its model there.
//!
//! [decoding.py]: https://github.com/openai/whisper/blob/main/whisper/decoding.py
//! [transcribe.py]: https://github.com/openai/whisper/blob/main/whisper/transcribe.py

mod audio;
pub mod checkpoint;
mod config;
mod decoding;
mod engine;
mod measurement;
pub mod memory;
pub mod models;
mod precision;
mod transcriber;
mod tuning;

pub use audio::{AudioStream, Chunk};
pub use config::{Config, TimeLimit};
pub use measurement::{Measurement, Processor, StageTimes};
pub use models::{ModelLibrary, ModelSpec};
pub use precision::Precision;
pub use transcriber::WhisperTranscriber;
pub use tuning::processor;
