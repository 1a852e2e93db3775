//! Codecs of plain samples, by their width and byte order, and their blocks.

use symphonia::core::codecs::audio::AudioCodecId;
use symphonia::core::codecs::audio::well_known::{
    CODEC_ID_ADPCM_IMA_QT, CODEC_ID_PCM_F32BE, CODEC_ID_PCM_F32LE, CODEC_ID_PCM_F64BE,
    CODEC_ID_PCM_F64LE, CODEC_ID_PCM_S8, CODEC_ID_PCM_S16BE, CODEC_ID_PCM_S16LE,
    CODEC_ID_PCM_S24BE, CODEC_ID_PCM_S24LE, CODEC_ID_PCM_S32BE, CODEC_ID_PCM_S32LE,
};

use super::peek::Order;
use super::wav::Blocks;

/// Bytes of a block of `QuickTime`'s IMA ADPCM for each channel, and its samples.
const IMA_BYTES: u32 = 34;
const IMA_FRAMES: u32 = 64;

/// Codec of signed integers of so many bits.
pub(super) fn integer(bits: u32, order: Order) -> Option<AudioCodecId> {
    Some(match (bits, order) {
        (8, _) => CODEC_ID_PCM_S8,
        (16, Order::Big) => CODEC_ID_PCM_S16BE,
        (16, Order::Little) => CODEC_ID_PCM_S16LE,
        (24, Order::Big) => CODEC_ID_PCM_S24BE,
        (24, Order::Little) => CODEC_ID_PCM_S24LE,
        (32, Order::Big) => CODEC_ID_PCM_S32BE,
        (32, Order::Little) => CODEC_ID_PCM_S32LE,
        _ => return None,
    })
}

/// Codec of floating-point numbers of so many bits.
pub(super) fn float(bits: u32, order: Order) -> Option<AudioCodecId> {
    Some(match (bits, order) {
        (32, Order::Big) => CODEC_ID_PCM_F32BE,
        (32, Order::Little) => CODEC_ID_PCM_F32LE,
        (64, Order::Big) => CODEC_ID_PCM_F64BE,
        (64, Order::Little) => CODEC_ID_PCM_F64LE,
        _ => return None,
    })
}

/// Describes the blocks of a codec: a sample of each channel, or many of `QuickTime`'s IMA ADPCM.
pub(super) fn blocks_of(codec: AudioCodecId, rate: u32, channels: u16) -> Blocks {
    let (width, frames) = match codec {
        CODEC_ID_ADPCM_IMA_QT => (IMA_BYTES, IMA_FRAMES),
        codec => (width_of(codec), 1),
    };
    Blocks { codec, rate, channels, speakers: 0, bytes: u32::from(channels) * width, frames }
}

/// Bytes of a sample.
fn width_of(codec: AudioCodecId) -> u32 {
    match codec {
        CODEC_ID_PCM_S16BE | CODEC_ID_PCM_S16LE => 2,
        CODEC_ID_PCM_S24BE | CODEC_ID_PCM_S24LE => 3,
        CODEC_ID_PCM_S32BE | CODEC_ID_PCM_S32LE | CODEC_ID_PCM_F32BE | CODEC_ID_PCM_F32LE => 4,
        CODEC_ID_PCM_F64BE | CODEC_ID_PCM_F64LE => 8,
        _ => 1,
    }
}
