//! Whisper's network on the processor's widest instructions: spectrum, encoder and decoder.
//!
//! Nearly all of the time of a transcription is spent in the encoder, and nearly all of that in
//! products of matrices whose shapes never change. So the weights are laid out once as the
//! instructions want them, half a layer at a time stays in the cache, and attention never writes
//! its scores to memory. The result is that of the model, at the precision of its kernel.

#![allow(
    clippy::inline_always,
    reason = "only what is inlined is compiled for the processor, see `Kernel::vectorize`"
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
#![cfg_attr(
    not(target_arch = "x86_64"),
    allow(dead_code, reason = "no other processor has a kernel here")
)]

mod attention;
mod block;
mod convolution;
pub mod decoder;
mod float;
mod kernel;
mod matrix;
mod model;
mod network;
mod norm;
#[cfg(target_arch = "x86_64")]
mod rows;
mod spectrum;
mod strips;

pub use model::{Encoder, Precision, Shape, WrongLength};
pub use spectrum::Spectrum;
