//! Tracks of plain samples that the demuxer does not know: bytes, and whatever has the description of a WAV
//! file. It is shown another codec, and the decoder gets what is found here.

use std::io::{self, Read, Seek};
use std::ops::Range;

use symphonia::core::codecs::audio::well_known::CODEC_ID_PCM_U8;

use super::super::peek::{Order, Peek};
use super::super::source::Patch;
use super::super::wav::{Blocks, read_format};
use super::{Element, read_element};

const TRACK: u32 = 0xAE;
const NUMBER: u32 = 0xD7;
const CODEC: u32 = 0x86;
const CODEC_PRIVATE: u32 = 0x63A2;
const AUDIO: u32 = 0xE1;
const RATE: u32 = 0xB5;
const CHANNELS: u32 = 0x9F;
const BITS: u32 = 0x6264;

/// Codec with the description of a WAV file, and one of as many letters that the demuxer passes on unread.
const WAV: &[u8] = b"A_MS/ACM";
const SHOWN: &[u8; 8] = b"A_TRUEHD";

/// Largest number of elements beside each other.
const MAX_ELEMENTS: u32 = 1024;

/// Track of plain samples.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::audio) struct PlainTrack {
    pub(in crate::audio) number: u32,
    pub(in crate::audio) blocks: Blocks,
    /// Patch for the demuxer.
    pub(super) patch: Patch,
}

/// Reads the tracks of plain samples in a range of the file.
pub(super) fn read_plain_tracks<R: Read + Seek>(
    peek: &mut Peek<R>,
    within: Range<u64>,
) -> io::Result<Vec<PlainTrack>> {
    let mut tracks = Vec::new();
    for (id, contents) in list(peek, within)? {
        if id == TRACK {
            tracks.extend(read_track(peek, contents)?);
        }
    }
    Ok(tracks)
}

fn read_track<R: Read + Seek>(
    peek: &mut Peek<R>,
    within: Range<u64>,
) -> io::Result<Option<PlainTrack>> {
    let (mut number, mut codec, mut codec_at) = (0, Vec::new(), 0);
    let (mut private, mut audio) = (Vec::new(), Vec::new());
    for (id, contents) in list(peek, within)? {
        match id {
            NUMBER => number = read_number(peek, &contents)?,
            CODEC => (codec, codec_at) = (read_bytes(peek, &contents)?, contents.start),
            CODEC_PRIVATE => private = read_bytes(peek, &contents)?,
            AUDIO => audio = list(peek, contents)?,
            _ => {}
        }
    }
    if codec == WAV {
        let patch = Patch { at: codec_at, bytes: SHOWN.to_vec() };
        // Blocks of more than a sample have no length here: a packet has only a time.
        let blocks = read_format(&private, Order::Little).filter(|blocks| blocks.frames == 1);
        return Ok(blocks.map(|blocks| PlainTrack { number, blocks, patch }));
    }
    let field = |id| audio.iter().find(|it| it.0 == id).map(|it| it.1.clone());
    let Some(bits) = field(BITS).filter(|_| codec.starts_with(b"A_PCM/INT/")) else {
        return Ok(None);
    };
    let is_byte = bits.end.saturating_sub(bits.start) == 1 && read_number(peek, &bits)? == 8;
    let rate = field(RATE).map(|rate| read_rate(peek, &rate)).transpose()?;
    let channels = field(CHANNELS).map(|channels| read_number(peek, &channels)).transpose()?;
    let channels = u16::try_from(channels.unwrap_or(1)).unwrap_or_default();
    let blocks = Blocks {
        codec: CODEC_ID_PCM_U8,
        rate: rate.unwrap_or(8000),
        channels,
        speakers: 0,
        bytes: channels.into(),
        frames: 1,
    };
    let patch = Patch { at: bits.start, bytes: vec![16] };
    Ok(is_byte.then_some(PlainTrack { number, blocks, patch }))
}

/// Lists the elements in a range, up to the first that is damaged.
fn list<R: Read + Seek>(
    peek: &mut Peek<R>,
    within: Range<u64>,
) -> io::Result<Vec<(u32, Range<u64>)>> {
    let (mut elements, mut at) = (Vec::new(), within.start);
    for _ in 0..MAX_ELEMENTS {
        let element = if at < within.end { read_element(peek, at)? } else { None };
        let Some(Element { id, header, length: Some(length), .. }) = element else { break };
        let start = at.saturating_add(header);
        at = start.saturating_add(length);
        elements.push((id, start..at.min(within.end)));
    }
    Ok(elements)
}

fn read_bytes<R: Read + Seek>(peek: &mut Peek<R>, contents: &Range<u64>) -> io::Result<Vec<u8>> {
    peek.up_to(contents.start, contents.end.saturating_sub(contents.start).min(64) as usize)
}

/// Reads an integer, or 0 where it has more than 32 bits.
fn read_number<R: Read + Seek>(peek: &mut Peek<R>, contents: &Range<u64>) -> io::Result<u32> {
    let bytes = read_bytes(peek, contents)?;
    let number = bytes.iter().take(8).fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
    Ok(u32::try_from(number).unwrap_or_default())
}

/// Reads a floating-point number as a whole one.
fn read_rate<R: Read + Seek>(peek: &mut Peek<R>, contents: &Range<u64>) -> io::Result<u32> {
    let bytes = read_bytes(peek, contents)?;
    let rate = match bytes.len() {
        4 => f64::from(f32::from_bits(Order::Big.u32(&bytes, 0))),
        _ => f64::from_bits(Order::Big.u64(&bytes, 0)),
    };
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "in range")]
    Ok(if (1.0..1e9).contains(&rate) { rate.round() as u32 } else { 0 })
}
