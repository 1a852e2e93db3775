//! Reads the header of AIFF and AIFF-C files, also of those whose recorder lost power.

use std::io::{Read, Seek};

use symphonia::core::codecs::audio::well_known::{
    CODEC_ID_ADPCM_IMA_QT, CODEC_ID_PCM_ALAW, CODEC_ID_PCM_MULAW, CODEC_ID_PCM_U8,
};

use super::fault::Fault;
use super::pcm::{blocks_of, float, integer};
use super::peek::{Order, Peek};
use super::raw::Layout;
use super::wav::{Blocks, Chunks, Family};

/// Bytes before the samples: how far they are, and the length of their blocks.
const SOUND_HEADER: u64 = 8;

/// Reads the header.
pub(super) fn read_layout<R: Read + Seek>(peek: &mut Peek<R>) -> Result<Layout, Fault> {
    let broken = |reason: &str| Fault::Broken { container: "AIFF", reason: reason.to_owned() };
    let end = peek.length();
    // The outer chunk is like that of RIFX.
    let mut chunks = Chunks::new(peek, Family::Riff(Order::Big));
    let (mut blocks, mut sound) = (None, None);
    while let Some(chunk) = chunks.next().map_err(Fault::Unreadable)? {
        match &chunk.name {
            b"COMM" if blocks.is_none() => {
                let bytes = chunks.peek().up_to(chunk.start, 22).map_err(Fault::Unreadable)?;
                let is_plain = chunk.length.is_some_and(|length| length < 22);
                blocks = Some(parse_format(&bytes, is_plain)?);
            }
            b"SSND" if sound.is_none() => {
                let header = chunks.peek().up_to(chunk.start, 4).map_err(Fault::Unreadable)?;
                let skipped = SOUND_HEADER + u64::from(Order::Big.u32(&header, 0));
                let start = chunk.start.saturating_add(skipped);
                let there = end.saturating_sub(start);
                let length = match chunk.length.map(|length| length.saturating_sub(skipped)) {
                    // A recorder writes the length when it stops.
                    Some(0) if !chunks.are_chunks(start).map_err(Fault::Unreadable)? => there,
                    length => length.unwrap_or(there),
                };
                sound = Some((start..start + length.min(there), length));
            }
            _ => {}
        }
    }
    let (part, promised) = sound.ok_or_else(|| broken("it has no sound"))?;
    let blocks = blocks.ok_or_else(|| broken("it has no format"))?;
    Ok(Layout { container: "AIFF", blocks, parts: vec![part], promised })
}

/// Parses the `COMM` chunk.
fn parse_format(chunk: &[u8], is_plain: bool) -> Result<Blocks, Fault> {
    let (channels, bits) = (Order::Big.u16(chunk, 0), u32::from(Order::Big.u16(chunk, 6)));
    let compression = if is_plain { Some(b"NONE".as_slice()) } else { chunk.get(18..22) };
    // Samples of 12 or 20 bits are left-aligned in whole bytes.
    let whole = bits.next_multiple_of(8);
    let codec = match compression {
        Some(b"NONE" | b"twos") => integer(whole, Order::Big),
        Some(b"sowt") => integer(whole, Order::Little),
        Some(b"in24") => integer(24, Order::Big),
        Some(b"in32") => integer(32, Order::Big),
        Some(b"fl32" | b"FL32") => float(32, Order::Big),
        Some(b"fl64" | b"FL64") => float(64, Order::Big),
        Some(b"raw ") if whole == 8 => Some(CODEC_ID_PCM_U8),
        Some(b"alaw" | b"ALAW") => Some(CODEC_ID_PCM_ALAW),
        Some(b"ulaw" | b"ULAW") => Some(CODEC_ID_PCM_MULAW),
        Some(b"ima4") if (1..=2).contains(&channels) => Some(CODEC_ID_ADPCM_IMA_QT),
        _ => None,
    };
    let codec = codec.ok_or_else(|| {
        let name = String::from_utf8_lossy(compression.unwrap_or_default()).into_owned();
        let reason = format!("it is `{}` of {bits} bits", name.escape_debug());
        Fault::Unsupported { container: "AIFF", reason }
    })?;
    Ok(blocks_of(codec, extended(chunk, 8), channels))
}

/// Reads a floating-point number of 80 bits as a whole one, or 0 if it is none.
fn extended(bytes: &[u8], at: usize) -> u32 {
    let exponent = Order::Big.u16(bytes, at);
    let mantissa = Order::Big.u64(bytes, at + 2);
    let shift = (16_383 + 63_u16).checked_sub(exponent).map(u32::from);
    let whole = shift.and_then(|shift| mantissa.checked_shr(shift)).unwrap_or_default();
    u32::try_from(whole).unwrap_or_default()
}
