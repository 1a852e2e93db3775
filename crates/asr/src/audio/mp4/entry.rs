//! Sample entry of a sound track: its codec, and the format of sound in blocks of constant length, as PCM and ADPCM.
//! The fields are those of `QuickTime File Format`, "Sound Sample Descriptions"; ffmpeg reads them likewise (`mov.c`).

use std::io::{self, Read, Seek};
use std::ops::Range;

use symphonia::core::codecs::audio::AudioCodecId;
use symphonia::core::codecs::audio::well_known::{
    CODEC_ID_ADPCM_IMA_QT, CODEC_ID_PCM_ALAW, CODEC_ID_PCM_MULAW, CODEC_ID_PCM_U8,
};

use super::super::pcm::{blocks_of, float, integer};
use super::super::peek::{Order, Peek};
use super::super::source::Patch;
use super::super::wav::{Blocks, read_format};
use super::boxes::{Mp4Box, find, list_boxes};
use super::within;

/// Flags of a description of the second version: floating point, big-endian, signed.
const FLOAT: u32 = 1;
const BIG_ENDIAN: u32 = 2;
const SIGNED: u32 = 4;

/// Sample entry.
#[derive(Debug, Default)]
pub(super) struct Entry {
    /// Name of the codec.
    pub(super) codec: [u8; 4],
    /// Format of the blocks, if they have a constant length.
    pub(super) blocks: Option<Blocks>,
    /// Replacement of bytes that the demuxer does not understand.
    pub(super) patch: Option<Patch>,
}

/// Fields of an entry that describe samples.
#[derive(Debug, Clone, Copy)]
struct Samples {
    rate: u32,
    channels: u16,
    bits: u32,
    flags: u32,
}

/// Reads the sample entry at the start of `entries`.
pub(super) fn read_entry<R: Read + Seek>(
    peek: &mut Peek<R>,
    entries: Range<u64>,
) -> io::Result<Entry> {
    let Some(entry) = list_boxes(peek, entries)?.into_iter().next() else {
        return Ok(Entry::default());
    };
    let head = peek.up_to(entry.contents.start, 64)?;
    let contents = within(&entry, peek.length());
    let (version, inner) = match Order::Big.u16(&head, 8) {
        0 => (0, 28),
        1 => (1, 44),
        2 => (2, 64),
        _ => return Ok(Entry { codec: entry.name, ..Entry::default() }),
    };
    let inner = contents.start.saturating_add(inner).min(contents.end)..contents.end;
    let samples = if version == 2 { read_second(&head) } else { read_first(&head) };
    let Some(samples) = samples else { return Ok(Entry { codec: entry.name, ..Entry::default() }) };
    let wave = find(peek, inner.clone(), &[b"wave"])?.map(|it| within(&it, peek.length()));
    let blocks = match &entry.name {
        [b'm', b's', 0, _] => match wave.clone() {
            Some(wave) => read_wav_format(peek, wave, entry.name)?,
            None => None,
        },
        b"ipcm" | b"fpcm" => read_iso_format(peek, inner.clone(), samples, entry.name)?,
        name => {
            let order = read_order(peek, wave.clone())?;
            codec_of(*name, samples, order, version).map(|codec| samples.blocks(codec))
        }
    };
    let patch = match wave {
        Some(wave) if entry.name == *b"alac" => unwrap_cookie(peek, wave)?,
        _ => None,
    };
    Ok(Entry { codec: entry.name, blocks, patch })
}

/// Reads the fields of the first two versions.
fn read_first(head: &[u8]) -> Option<Samples> {
    let (channels, bits) = (Order::Big.u16(head, 16), u32::from(Order::Big.u16(head, 18)));
    // 16.16 bits, of which no recorder uses the second half.
    let rate = u32::from(Order::Big.u16(head, 24));
    (rate > 0).then_some(Samples { rate, channels, bits, flags: 0 })
}

/// Reads the fields of the third version, which is numbered 2.
fn read_second(head: &[u8]) -> Option<Samples> {
    let rate = f64::from_bits(Order::Big.u64(head, 32));
    let is_whole = (1.0..1e9).contains(&rate);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "in range")]
    let rate = is_whole.then_some(rate as u32)?;
    let channels = u16::try_from(Order::Big.u32(head, 40)).ok()?;
    Some(Samples {
        rate,
        channels,
        bits: Order::Big.u32(head, 48),
        flags: Order::Big.u32(head, 52),
    })
}

impl Samples {
    fn blocks(self, codec: AudioCodecId) -> Blocks {
        blocks_of(codec, self.rate, self.channels)
    }
}

/// Codec of an entry with this name, if its blocks have a constant length.
fn codec_of(name: [u8; 4], samples: Samples, order: Order, version: u8) -> Option<AudioCodecId> {
    match &name {
        b"alaw" => Some(CODEC_ID_PCM_ALAW),
        b"ulaw" => Some(CODEC_ID_PCM_MULAW),
        b"ima4" if (1..=2).contains(&samples.channels) => Some(CODEC_ID_ADPCM_IMA_QT),
        b"raw " | b"NONE" if samples.bits == 8 => Some(CODEC_ID_PCM_U8),
        b"raw " | b"NONE" | b"twos" => integer(samples.bits, Order::Big),
        b"sowt" => integer(samples.bits, Order::Little),
        b"in24" => integer(24, order),
        b"in32" => integer(32, order),
        b"fl32" => float(32, order),
        b"fl64" => float(64, order),
        b"lpcm" if version == 2 => {
            let order = if samples.flags & BIG_ENDIAN != 0 { Order::Big } else { Order::Little };
            match samples.bits {
                bits if samples.flags & FLOAT != 0 => float(bits, order),
                8 if samples.flags & SIGNED == 0 => Some(CODEC_ID_PCM_U8),
                bits => integer(bits, order),
            }
        }
        _ => None,
    }
}

/// Reads the byte order of an `in24` and its like, which is big-endian unless `enda` says otherwise.
fn read_order<R: Read + Seek>(peek: &mut Peek<R>, wave: Option<Range<u64>>) -> io::Result<Order> {
    let Some(wave) = wave else { return Ok(Order::Big) };
    let Some(order) = find(peek, wave, &[b"enda"])? else { return Ok(Order::Big) };
    let body = peek.up_to(order.contents.start, 2)?;
    Ok(if Order::Big.u16(&body, 0) == 1 { Order::Little } else { Order::Big })
}

/// Reads the format of ADPCM that has the description of a WAV file.
fn read_wav_format<R: Read + Seek>(
    peek: &mut Peek<R>,
    wave: Range<u64>,
    name: [u8; 4],
) -> io::Result<Option<Blocks>> {
    let Some(format) = find(peek, wave, &[&name])? else { return Ok(None) };
    let length = usize::try_from(format.contents.end - format.contents.start).unwrap_or(usize::MAX);
    let bytes = peek.up_to(format.contents.start, length.min(64))?;
    Ok(read_format(&bytes, Order::Little))
}

/// Reads the format of PCM in MP4 (ISO/IEC 23003-5): `pcmC` has the byte order and the bits.
fn read_iso_format<R: Read + Seek>(
    peek: &mut Peek<R>,
    inner: Range<u64>,
    samples: Samples,
    name: [u8; 4],
) -> io::Result<Option<Blocks>> {
    let Some(config) = find(peek, inner, &[b"pcmC"])? else { return Ok(None) };
    let body = peek.up_to(config.contents.start, 6)?;
    let [_, _, _, _, flags, bits] = body[..] else { return Ok(None) };
    let order = if flags & 1 == 1 { Order::Little } else { Order::Big };
    let codec_of = if name == *b"fpcm" { float } else { integer };
    Ok(codec_of(u32::from(bits), order).map(|codec| samples.blocks(codec)))
}

/// Patch that shows the demuxer the configuration of ALAC, which `QuickTime` wraps in `wave`: what is before it
/// there becomes one free box.
fn unwrap_cookie<R: Read + Seek>(
    peek: &mut Peek<R>,
    wave: Range<u64>,
) -> io::Result<Option<Patch>> {
    let start = wave.start - Mp4Box::HEADER_BYTES;
    let Some(cookie) = find(peek, wave, &[b"alac"])? else { return Ok(None) };
    let passed = u32::try_from(cookie.at - start).unwrap_or_default();
    let bytes = [&passed.to_be_bytes()[..], b"free"].concat();
    Ok(Some(Patch { at: start, bytes }))
}
