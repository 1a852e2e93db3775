//! What a model takes that is computed here, by crates/encoder.

use watchme_encoder::{Encoder, Precision, decoder::Decoder};

use crate::models::Architecture;

/// The audio of one window in its forms and what the decoder and resampler before it take, the
/// vocabulary, and what the allocator does not give back.
const FIXED_BYTES: u64 = 32_000_000;

/// How much memory transcribing with a model takes, in bytes. `None` where this processor has
/// nothing that is worth it.
pub(super) fn need_bytes(architecture: Architecture, precision: Precision) -> Option<u64> {
    let encoder = Encoder::need_bytes(architecture.encoder_shape(), precision)?;
    let decoder = Decoder::need_bytes(architecture.decoder_shape(), precision)?;
    Some(encoder + decoder + FIXED_BYTES)
}
