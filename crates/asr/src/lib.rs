//! Speech recognition with Whisper: recordings of any common format in, text with times out.
//!
//! [`WhisperTranscriber`] is the [`watchme_core::Transcriber`] of this machine. A program calls
//! [`openmp::ensure_passive_waiting`] first in `main`, makes a [`ModelLibrary`] of the folder where
//! the model files are, and hands both to a [`Config`] with the models that callers may ask for.

mod audio;
pub mod checkpoint;
mod config;
mod decoding;
mod engine;
pub mod memory;
pub mod models;
pub mod openmp;
mod transcriber;
mod tuning;

pub use audio::{AudioStream, Chunk};
pub use config::{Config, Precision, TimeLimit};
pub use models::{ModelLibrary, ModelSpec};
pub use transcriber::WhisperTranscriber;
