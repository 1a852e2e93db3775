//! Whisper's network on the processor's widest instructions: mel spectrogram, encoder and decoder.
//!
//! Nearly all of the time of a transcription is spent in the encoder, and nearly all of that in products
//! of matrices whose shapes never change. So the weights are packed once as the instructions want them,
//! the activations of a few rows stay in the cache through half a layer, and attention never writes its
//! scores to memory. The result is the model's, at the precision of the kernels.
//!
#![doc = include_str!("../README.md")]
#![allow(
    clippy::inline_always,
    reason = "only what is inlined is compiled for the processor, see `AttentionKernel::vectorize`"
)]
#![cfg_attr(
    test,
    allow(
        clippy::cast_possible_truncation,
        clippy::cast_possible_wrap,
        clippy::cast_precision_loss,
        clippy::float_cmp,
        reason = "numbers of tests are small, and known to the last digit"
    )
)]

mod audio_context;
mod decoder;
mod encoder;
mod float;
pub mod ggml;
mod kernel;
mod layer_norm;
mod mel;
mod packed_matrix;
mod quantise;
mod row_matrix;
mod shape;
mod strips;
mod tensors;
mod vad;

pub use audio_context::AudioContext;
pub use decoder::{DecodeError, Decoder, MAX_HYPOTHESES};
pub use encoder::Encoder;
pub use kernel::Instructions;
pub use mel::MelSpectrogram;
pub use shape::{DecoderShape, EncoderShape, Precision, WrongLength};
pub use tensors::Tensors;
pub use vad::{VAD_FRAME, VoiceDetector};
