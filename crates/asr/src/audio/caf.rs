//! Reads the header of CAF files with samples in blocks of constant length, also of those whose recorder lost
//! power. Other codecs have a table of packets, which the demuxer reads.

use std::io::{Read, Seek};

use symphonia::core::codecs::audio::AudioCodecId;
use symphonia::core::codecs::audio::well_known::{
    CODEC_ID_ADPCM_IMA_QT, CODEC_ID_PCM_ALAW, CODEC_ID_PCM_MULAW,
};

use super::fault::Fault;
use super::pcm::{blocks_of, float, integer};
use super::peek::{Order, Peek};
use super::raw::Layout;
use super::wav::Blocks;

/// Bytes of the file's own header, and of that of a chunk.
const FILE_HEADER: u64 = 8;
const CHUNK_HEADER: u64 = 12;

/// Bytes before the samples, which count edits.
const SOUND_HEADER: u64 = 4;

/// Largest number of chunks.
const MAX_CHUNKS: u32 = 4096;

/// Flags of `lpcm`.
const FLOAT: u32 = 1;
const LITTLE_ENDIAN: u32 = 2;

/// Layout of channels by a mask of speakers, which are those of a WAV file.
const BY_MASK: u32 = 0x1_0000;

/// Reads the header. `None` if the codec has packets.
pub(super) fn read_layout<R: Read + Seek>(peek: &mut Peek<R>) -> Result<Option<Layout>, Fault> {
    let (end, mut at) = (peek.length(), FILE_HEADER);
    let (mut blocks, mut sound, mut speakers) = (None, None, 0);
    for _ in 0..MAX_CHUNKS {
        let head = peek.up_to(at, 44).map_err(Fault::Unreadable)?;
        if head.len() < 12 {
            break;
        }
        let (start, length) = (at + CHUNK_HEADER, Order::Big.u64(&head, 4));
        let length = Some(length).filter(|&length| length != u64::MAX);
        at = start.saturating_add(length.unwrap_or(u64::MAX));
        match &head[..4] {
            b"desc" => match parse_format(&head[12..]) {
                Some(format) => blocks = Some(format),
                None => return Ok(None),
            },
            b"chan" if Order::Big.u32(&head, 12) == BY_MASK => speakers = Order::Big.u32(&head, 16),
            b"data" if sound.is_none() => {
                let start = start + SOUND_HEADER;
                let there = end.saturating_sub(start);
                let length = length.map_or(0, |length| length.saturating_sub(SOUND_HEADER));
                let length = if length == 0 { there } else { length };
                sound = Some((start..start + length.min(there), length));
            }
            _ => {}
        }
    }
    let (Some(blocks), Some((part, promised))) = (blocks, sound) else { return Ok(None) };
    let blocks = Blocks { speakers, ..blocks };
    Ok(Some(Layout { container: "CAF", blocks, parts: vec![part], promised }))
}

/// Parses the `desc` chunk. `None` unless the codec has blocks of constant length.
fn parse_format(chunk: &[u8]) -> Option<Blocks> {
    let rate = f64::from_bits(Order::Big.u64(chunk, 0));
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "in range")]
    let rate = (1.0..1e9).contains(&rate).then_some(rate.round() as u32)?;
    let [flags, packet, _, channels, bits] =
        [12, 16, 20, 24, 28].map(|at| Order::Big.u32(chunk, at));
    let channels = u16::try_from(channels).ok().filter(|&channels| channels > 0)?;
    let order = if flags & LITTLE_ENDIAN == 0 { Order::Big } else { Order::Little };
    let codec: AudioCodecId = match chunk.get(8..12)? {
        b"lpcm" if flags & FLOAT != 0 => float(bits, order)?,
        // Fewer bits are left-aligned in the bytes of the packet.
        b"lpcm" => integer((packet / u32::from(channels)).saturating_mul(8), order)?,
        b"alaw" => CODEC_ID_PCM_ALAW,
        b"ulaw" => CODEC_ID_PCM_MULAW,
        b"ima4" if channels <= 2 => CODEC_ID_ADPCM_IMA_QT,
        _ => return None,
    };
    Some(blocks_of(codec, rate, channels))
}
