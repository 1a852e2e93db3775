//! Reads the header of AU files: six numbers before the samples.

use std::io::{Read, Seek};

use symphonia::core::codecs::audio::well_known::{
    CODEC_ID_PCM_ALAW, CODEC_ID_PCM_F32BE, CODEC_ID_PCM_F64BE, CODEC_ID_PCM_MULAW, CODEC_ID_PCM_S8,
    CODEC_ID_PCM_S16BE, CODEC_ID_PCM_S24BE, CODEC_ID_PCM_S32BE,
};

use super::fault::Fault;
use super::peek::{Order, Peek};
use super::raw::Layout;
use super::wav::Blocks;

/// Lengths that were unknown when the header was written.
const UNKNOWN: [u32; 2] = [0, u32::MAX];

/// Reads the header.
pub(super) fn read_layout<R: Read + Seek>(peek: &mut Peek<R>) -> Result<Layout, Fault> {
    let header = peek.up_to(0, 24).map_err(Fault::Unreadable)?;
    let number = |index: usize| Order::Big.u32(&header, 4 * index);
    let (start, length, encoding) = (u64::from(number(1)), number(2), number(3));
    let (codec, width) = match encoding {
        1 => (CODEC_ID_PCM_MULAW, 1),
        2 => (CODEC_ID_PCM_S8, 1),
        3 => (CODEC_ID_PCM_S16BE, 2),
        4 => (CODEC_ID_PCM_S24BE, 3),
        5 => (CODEC_ID_PCM_S32BE, 4),
        6 => (CODEC_ID_PCM_F32BE, 4),
        7 => (CODEC_ID_PCM_F64BE, 8),
        27 => (CODEC_ID_PCM_ALAW, 1),
        _ => {
            let reason = format!("its encoding is number {encoding}");
            return Err(Fault::Unsupported { container: "AU", reason });
        }
    };
    let channels = u16::try_from(number(5)).unwrap_or(u16::MAX);
    let there = peek.length().saturating_sub(start);
    let promised = if UNKNOWN.contains(&length) { there } else { u64::from(length) };
    let bytes = u32::from(channels) * width;
    let blocks = Blocks { codec, rate: number(4), channels, speakers: 0, bytes, frames: 1 };
    let part = start..start + promised.min(there);
    Ok(Layout { container: "AU", blocks, parts: vec![part], promised })
}
