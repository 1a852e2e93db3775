//! Headers of the frames of MPEG audio and of AAC in ADTS.

use symphonia::core::codecs::audio::AudioCodecId;
use symphonia::core::codecs::audio::well_known::{
    CODEC_ID_AAC, CODEC_ID_MP1, CODEC_ID_MP2, CODEC_ID_MP3,
};

/// Bytes that are enough for any header.
pub(super) const HEADER_BYTES: usize = 8;

/// Bit rates in kbit/s: of MPEG-1 layers I, II and III, then of MPEG-2 layer I and layers II and III.
const RATES: [[u16; 15]; 5] = [
    [0, 32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448],
    [0, 32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384],
    [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320],
    [0, 32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256],
    [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160],
];

/// Sample rates of AAC by their index (ISO/IEC 14496-3, table 1.18).
const AAC_RATES: [u32; 13] = [
    96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8_000,
    7_350,
];

/// One frame, as its header has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Frame {
    pub(super) kind: Kind,
    /// Length in bytes, including the header.
    pub(super) bytes: u32,
    /// Bytes before the packet. In ADTS the header is not part of it.
    pub(super) header_bytes: u32,
    /// Samples of each channel.
    pub(super) samples: u32,
    /// Offset after the side information of layer III, where a Xing header may be.
    pub(super) side_info: usize,
}

/// Properties that all frames of a stream share.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Kind {
    pub(super) codec: AudioCodecId,
    pub(super) rate: u32,
    pub(super) channels: u8,
    /// Version of MPEG audio, or profile of AAC.
    pub(super) version: u8,
}

impl Kind {
    /// Builds the `AudioSpecificConfig` of an AAC stream.
    pub(super) fn config(self) -> Option<[u8; 2]> {
        let rate = AAC_RATES.iter().position(|&rate| rate == self.rate)?;
        let rate = u8::try_from(rate).ok()?;
        let object_type = self.version + 1;
        let channels = if self.channels == 8 { 7 } else { self.channels };
        (self.codec == CODEC_ID_AAC)
            .then_some([object_type << 3 | rate >> 1, (rate & 1) << 7 | channels << 3])
    }
}

/// Parses the header of a frame.
pub(super) fn parse_frame(bytes: &[u8]) -> Option<Frame> {
    let &[0xFF, second, ..] = bytes else { return None };
    match second & 0xF6 {
        0xF0 => adts(bytes),
        _ if second & 0xE0 == 0xE0 => mpeg(bytes),
        _ => None,
    }
}

fn mpeg(bytes: &[u8]) -> Option<Frame> {
    let &[_, second, third, fourth, ..] = bytes else { return None };
    let version = second >> 3 & 3;
    // 3 is MPEG-1, 2 is MPEG-2 with half the rates, 0 is MPEG-2.5 with a quarter of them.
    let halvings = match version {
        3 => 0,
        2 => 1,
        0 => 2,
        _ => return None,
    };
    let layer = 4 - (second >> 1 & 3);
    let table = match (version, layer) {
        (3, 1..=3) => layer - 1,
        (_, 1) => 3,
        (_, 2 | 3) => 4,
        _ => return None,
    };
    let kilobits = u32::from(*RATES[usize::from(table)].get(usize::from(third >> 4))?);
    let rate = [44_100, 48_000, 32_000].get(usize::from(third >> 2 & 3))? >> halvings;
    // Free format: the header does not state the bit rate.
    if kilobits == 0 {
        return None;
    }
    let padding = u32::from(third >> 1 & 1);
    let (samples, bytes) = match (layer, version) {
        (1, _) => (384, (12_000 * kilobits / rate + padding) * 4),
        (3, 0 | 2) => (576, 72_000 * kilobits / rate + padding),
        _ => (1152, 144_000 * kilobits / rate + padding),
    };
    let is_mono = fourth >> 6 == 3;
    let side_info = match (version, is_mono) {
        (3, false) => 36,
        (3, true) | (_, false) => 21,
        (_, true) => 13,
    };
    let codec = [CODEC_ID_MP1, CODEC_ID_MP2, CODEC_ID_MP3][usize::from(layer) - 1];
    let kind = Kind { codec, rate, channels: if is_mono { 1 } else { 2 }, version };
    (bytes > 4).then_some(Frame { kind, bytes, header_bytes: 0, samples, side_info })
}

fn adts(bytes: &[u8]) -> Option<Frame> {
    let &[_, second, third, fourth, fifth, sixth, seventh, ..] = bytes else { return None };
    let rate = *AAC_RATES.get(usize::from(third >> 2 & 15))?;
    let channels = match (third & 1) << 2 | fourth >> 6 {
        7 => 8,
        channels => channels,
    };
    let length = u32::from(fourth & 3) << 11 | u32::from(fifth) << 3 | u32::from(sixth >> 5);
    let header_bytes = if second & 1 == 1 { 7 } else { 9 };
    let blocks = u32::from(seventh & 3) + 1;
    let kind = Kind { codec: CODEC_ID_AAC, rate, channels, version: third >> 6 };
    let samples = 1024 * blocks;
    (length > header_bytes).then_some(Frame {
        kind,
        bytes: length,
        header_bytes,
        samples,
        side_info: 0,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_as_long_as_their_headers_say() {
        type Expected = Option<(u32, u32, u32, u8)>;
        let cases: [(&[u8], Expected); 9] = [
            // MPEG-1 layer III at 128 kbit/s and 44.1 kHz, joint stereo; the same with padding.
            (b"\xFF\xFB\x90\x64\0\0\0\0", Some((417, 1152, 44_100, 2))),
            (b"\xFF\xFB\x92\x64\0\0\0\0", Some((418, 1152, 44_100, 2))),
            // MPEG-2 layer III at 32 kbit/s and 16 kHz, mono.
            (b"\xFF\xF3\x48\xC4\0\0\0\0", Some((144, 576, 16_000, 1))),
            // MPEG-1 layer II at 192 kbit/s and 48 kHz, stereo.
            (b"\xFF\xFD\xA4\x04\0\0\0\0", Some((576, 1152, 48_000, 2))),
            // AAC LC in ADTS at 44.1 kHz, stereo.
            (b"\xFF\xF1\x50\x80\x2E\x7F\xFC\0", Some((371, 1024, 44_100, 2))),
            // Forbidden rates, versions and layers.
            (b"\xFF\xFB\xF0\x64\0\0\0\0", None),
            (b"\xFF\xFB\x9C\x64\0\0\0\0", None),
            (b"\xFF\xEB\x90\x64\0\0\0\0", None),
            (b"\xFF\xF9\xFC\x80\x2E\x7F\xFC\0", None),
        ];
        for (bytes, expected) in cases {
            let found = parse_frame(bytes);
            let found = found.map(|it| (it.bytes, it.samples, it.kind.rate, it.kind.channels));
            assert_eq!(found, expected, "{bytes:x?}");
        }
    }

    #[test]
    fn aac_has_the_configuration_of_its_header() {
        let frame = parse_frame(b"\xFF\xF1\x50\x80\x2E\x7F\xFC\0").unwrap();
        // LC, the fifth rate, two channels.
        assert_eq!(frame.kind.config(), Some([0x12, 0x10]));
    }
}
