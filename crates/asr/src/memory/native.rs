//! Memory need of a model that is computed natively.

use std::num::NonZeroUsize;
use std::thread::available_parallelism;

use watchme_inference::{Decoder, Encoder, Precision};

use crate::models::Architecture;

/// The program, the audio of one window in its forms, the decoder and resampler before it, the
/// vocabulary, and memory that the allocator does not give back.
const FIXED_BYTES: u64 = 46_000_000;

/// Bytes of each thread for each number that a layer is wide: its scratch space, and memory that the
/// allocator keeps for it. Measured with `base`, 6 MB in 32 bits and less in 16.
const THREAD_BYTES: u64 = 10_000;

/// Bytes of memory that transcribing with a model takes, on a thread for each core.
pub(super) fn need_bytes(architecture: Architecture, precision: Precision) -> u64 {
    let encoder = Encoder::need_bytes(architecture.encoder_shape(), precision);
    let decoder = Decoder::need_bytes(architecture.decoder_shape(), precision);
    let threads = available_parallelism().map_or(1, NonZeroUsize::get) as u64;
    let threads = threads * u64::from(architecture.width) * THREAD_BYTES;
    encoder + decoder + threads + FIXED_BYTES
}
