//! Whisper's audio encoder on the processor's widest instructions.
//!
//! Nearly all of the time of a transcription is spent in the encoder, and nearly all of that in
//! products of matrices whose shapes never change. So the weights are laid out once as the
//! instructions want them, half a layer at a time stays in the cache, and attention never writes
//! its scores to memory. The result is that of the model, at the precision of its kernel.

mod attention;
mod block;
mod convolution;
mod float;
mod kernel;
mod matrix;
mod model;
mod norm;
mod strips;

pub use model::{Encoder, Precision, Shape, WrongLength};
