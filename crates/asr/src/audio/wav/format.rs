//! Parses the `fmt ` chunk of a WAV file.

use symphonia::core::codecs::audio::AudioCodecId;
use symphonia::core::codecs::audio::well_known::{
    CODEC_ID_ADPCM_IMA_WAV, CODEC_ID_ADPCM_MS, CODEC_ID_PCM_ALAW, CODEC_ID_PCM_F32BE,
    CODEC_ID_PCM_F32LE, CODEC_ID_PCM_F64BE, CODEC_ID_PCM_F64LE, CODEC_ID_PCM_MULAW,
    CODEC_ID_PCM_S16BE, CODEC_ID_PCM_S16LE, CODEC_ID_PCM_S24BE, CODEC_ID_PCM_S24LE,
    CODEC_ID_PCM_S32BE, CODEC_ID_PCM_S32LE, CODEC_ID_PCM_U8,
};

use super::super::peek::Order;

/// Longest `fmt ` chunk that is read: 18 bytes and the extension of EXTENSIBLE (22) or ADPCM (32).
pub(super) const MAX_BYTES: usize = 64;

/// Shortest chunk: without the bits of a sample, which are 8 then.
const MIN_BYTES: usize = 14;

/// Format tags (mmreg.h).
const PCM: u16 = 0x0001;
const ADPCM_MS: u16 = 0x0002;
const FLOAT: u16 = 0x0003;
const ALAW: u16 = 0x0006;
const MULAW: u16 = 0x0007;
const ADPCM_IMA: u16 = 0x0011;
const EXTENSIBLE: u16 = 0xFFFE;

/// Tags of MPEG audio, whose frames are in the `data` chunk: layers I and II, layer III, and AAC in ADTS.
const MPEG: [u16; 4] = [0x0050, 0x0055, 0x00FF, 0x1600];

/// Tags that are not supported, for an error that names them.
const FOREIGN: [(u16, &str); 22] = [
    (0x0005, "IBM CVSD"),
    (0x0010, "OKI ADPCM"),
    (0x0014, "G.723 ADPCM"),
    (0x0022, "TrueSpeech"),
    (0x0031, "GSM 6.10"),
    (0x0040, "G.721 ADPCM"),
    (0x0042, "G.723.1"),
    (0x0045, "G.726 ADPCM"),
    (0x0057, "AMR"),
    (0x0058, "AMR"),
    (0x0064, "G.726 ADPCM"),
    (0x0065, "G.722 ADPCM"),
    (0x0083, "G.729"),
    (0x028F, "G.722 ADPCM"),
    (0x0160, "Windows Media Audio"),
    (0x0161, "Windows Media Audio"),
    (0x0162, "Windows Media Audio"),
    (0x0163, "Windows Media Audio"),
    (0x0270, "ATRAC3"),
    (0x2000, "AC-3"),
    (0x2001, "DTS"),
    (0xA109, "Speex"),
];

/// Format of a `data` chunk.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Format {
    /// Blocks of samples.
    Blocks(Blocks),
    /// Frames of MPEG audio or AAC.
    Mpeg,
}

/// Samples in blocks of equal length. A block of PCM is one sample of each channel.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::audio) struct Blocks {
    pub(in crate::audio) codec: AudioCodecId,
    pub(in crate::audio) rate: u32,
    pub(in crate::audio) channels: u16,
    /// Speaker mask; 0 if the header has none.
    pub(in crate::audio) speakers: u32,
    /// Bytes of a block.
    pub(in crate::audio) bytes: u32,
    /// Samples of each channel in a block.
    pub(in crate::audio) frames: u32,
}

/// Reason why a format is not supported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Refusal {
    /// The chunk is damaged.
    Broken(&'static str),
    /// The format has this name.
    Foreign(String),
}

/// Parses the chunk. It may have any length from 14 bytes on, whatever its format tag requires.
pub(super) fn parse_format(chunk: &[u8], order: Order) -> Result<Format, Refusal> {
    if chunk.len() < MIN_BYTES {
        return Err(Refusal::Broken("its format is cut off"));
    }
    let tag = match order.u16(chunk, 0) {
        // The first two bytes of the GUID are the tag. Without one the samples are PCM.
        EXTENSIBLE => match order.u16(chunk, 24) {
            0 => PCM,
            tag => tag,
        },
        tag => tag,
    };
    if MPEG.contains(&tag) {
        return Ok(Format::Mpeg);
    }
    let (channels, rate) = (order.u16(chunk, 2), order.u32(chunk, 4));
    let (align, bits) = (order.u16(chunk, 12), order.u16(chunk, 14));
    let bits = if chunk.len() < 16 { 8 } else { bits };
    if channels == 0 {
        return Err(Refusal::Broken("it has no channels"));
    }
    let is_extensible = order.u16(chunk, 0) == EXTENSIBLE;
    let speakers = if is_extensible { order.u32(chunk, 20) } else { 0 };
    let blocks = |codec, bytes: u32, frames| {
        Ok(Format::Blocks(Blocks { codec, rate, channels, speakers, bytes, frames }))
    };
    let samples = |codec, width| blocks(codec, u32::from(channels) * width, 1);
    match tag {
        PCM => {
            let width = sample_width(bits, align, channels);
            let codec = pcm_codec(width, order).ok_or_else(|| unsupported_width("PCM", bits))?;
            samples(codec, width)
        }
        FLOAT => match (bits, order) {
            (32, Order::Little) => samples(CODEC_ID_PCM_F32LE, 4),
            (32, Order::Big) => samples(CODEC_ID_PCM_F32BE, 4),
            (64, Order::Little) => samples(CODEC_ID_PCM_F64LE, 8),
            (64, Order::Big) => samples(CODEC_ID_PCM_F64BE, 8),
            _ => Err(unsupported_width("floating point", bits)),
        },
        ALAW => samples(CODEC_ID_PCM_ALAW, 1),
        MULAW => samples(CODEC_ID_PCM_MULAW, 1),
        ADPCM_MS | ADPCM_IMA if bits != 4 || channels > 2 => {
            Err(Refusal::Foreign(format!("ADPCM of {bits} bits and {channels} channels")))
        }
        ADPCM_MS | ADPCM_IMA => {
            let (codec, header, first) = match tag {
                ADPCM_MS => (CODEC_ID_ADPCM_MS, 7, 2),
                _ => (CODEC_ID_ADPCM_IMA_WAV, 4, 1),
            };
            // Two samples in a byte, after the header of each channel, which has the first samples.
            let nibbles = u32::from(align).checked_sub(header * u32::from(channels));
            let frames = nibbles.map(|bytes| bytes * 2 / u32::from(channels) + first);
            let frames = frames.ok_or(Refusal::Broken("its blocks are too short"))?;
            blocks(codec, u32::from(align), frames)
        }
        tag => {
            let known = FOREIGN.iter().find(|(known, _)| *known == tag);
            let name = known.map_or_else(|| format!("format {tag:#06x}"), |it| it.1.to_owned());
            Err(Refusal::Foreign(name))
        }
    }
}

/// Parses the same chunk in another container. `None` unless it describes blocks.
pub(in crate::audio) fn read_format(chunk: &[u8], order: Order) -> Option<Blocks> {
    match parse_format(chunk, order) {
        Ok(Format::Blocks(blocks)) => Some(blocks),
        Ok(Format::Mpeg) | Err(_) => None,
    }
}

/// Bytes of a PCM sample. Samples of 12 or 20 valid bits are left-aligned in whole bytes: as many as the
/// block alignment states if that is plausible, else as few as hold the bits.
fn sample_width(bits: u16, align: u16, channels: u16) -> u32 {
    let least = bits.div_ceil(8);
    let stated = align / channels;
    let is_sensible = align.is_multiple_of(channels) && (least.max(1)..=4).contains(&stated);
    u32::from(if is_sensible { stated } else { least })
}

fn pcm_codec(width: u32, order: Order) -> Option<AudioCodecId> {
    Some(match (width, order) {
        (1, _) => CODEC_ID_PCM_U8,
        (2, Order::Little) => CODEC_ID_PCM_S16LE,
        (2, Order::Big) => CODEC_ID_PCM_S16BE,
        (3, Order::Little) => CODEC_ID_PCM_S24LE,
        (3, Order::Big) => CODEC_ID_PCM_S24BE,
        (4, Order::Little) => CODEC_ID_PCM_S32LE,
        (4, Order::Big) => CODEC_ID_PCM_S32BE,
        _ => return None,
    })
}

fn unsupported_width(what: &str, bits: u16) -> Refusal {
    Refusal::Foreign(format!("{what} of {bits} bits"))
}
