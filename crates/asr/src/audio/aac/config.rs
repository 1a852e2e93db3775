//! The configuration of an AAC stream (`AudioSpecificConfig`, ISO/IEC 14496-3, 1.6.2.1).

use super::bits::{Bits, write_bits};

/// Sample rates by their index (table 1.18).
const RATES: [u32; 13] = [
    96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8_000,
    7_350,
];

/// Index of a rate that is written out.
const OTHER_RATE: u32 = 15;

/// Object types (table 1.17).
const MAIN: u32 = 1;
const LOW_COMPLEXITY: u32 = 2;
const SCALABLE_RATE: u32 = 3;
const LONG_TERM_PREDICTION: u32 = 4;
const SPECTRAL_BAND_REPLICATION: u32 = 5;
const LOW_DELAY: u32 = 23;
const PARAMETRIC_STEREO: u32 = 29;
const ENHANCED_LOW_DELAY: u32 = 39;
const UNIFIED_SPEECH_AND_AUDIO: u32 = 42;

/// Configuration of the core.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Config {
    /// Object type of the core.
    pub(super) object_type: u32,
    /// Sample rate of the core.
    pub(super) rate: u32,
    /// Channel configuration (table 1.19); 0 if a program config element describes the channels.
    pub(super) channels: u32,
    /// True if frames have 960 samples instead of 1024.
    pub(super) is_short: bool,
}

impl Config {
    /// Reads a configuration.
    pub(super) fn read(bytes: &[u8]) -> Option<Self> {
        let mut bits = Bits::new(bytes);
        let mut object_type = read_object_type(&mut bits)?;
        let rate = read_rate(&mut bits)?;
        let channels = bits.number(4)?;
        if matches!(object_type, SPECTRAL_BAND_REPLICATION | PARAMETRIC_STEREO) {
            // The rate of the extension, then the object type of the core.
            read_rate(&mut bits)?;
            object_type = read_object_type(&mut bits)?;
        }
        let is_short = bits.number(1) == Some(1);
        Some(Self { object_type, rate, channels, is_short })
    }

    /// Name of the profile, if it is not supported.
    pub(super) fn foreign(&self) -> Option<&'static str> {
        Some(match self.object_type {
            LOW_COMPLEXITY if self.is_short => "AAC with frames of 960 samples",
            LOW_COMPLEXITY => return None,
            MAIN => "AAC Main",
            SCALABLE_RATE => "AAC SSR",
            LONG_TERM_PREDICTION => "AAC LTP",
            LOW_DELAY => "AAC-LD",
            ENHANCED_LOW_DELAY => "AAC-ELD",
            UNIFIED_SPEECH_AND_AUDIO => "xHE-AAC",
            _ => "a rare profile of AAC",
        })
    }

    /// Index of the sample rate, if it has one.
    pub(super) fn rate_index(&self) -> Option<usize> {
        RATES.iter().position(|&rate| rate == self.rate)
    }

    /// Writes the configuration of the core alone.
    pub(super) fn core(&self) -> Box<[u8]> {
        let rate = match self.rate_index().and_then(|index| u32::try_from(index).ok()) {
            Some(index) => [(index, 4), (0, 0)],
            None => [(OTHER_RATE, 4), (self.rate, 24)],
        };
        write_bits(&[(self.object_type, 5), rate[0], rate[1], (self.channels, 4), (0, 3)])
    }
}

fn read_object_type(bits: &mut Bits<'_>) -> Option<u32> {
    match bits.number(5)? {
        31 => Some(32 + bits.number(6)?),
        object_type => Some(object_type),
    }
}

fn read_rate(bits: &mut Bits<'_>) -> Option<u32> {
    match bits.number(4)? {
        OTHER_RATE => bits.number(24),
        index => RATES.get(index as usize).copied(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_core_is_read_and_written_alone() {
        let low = |rate, channels| Config { object_type: 2, rate, channels, is_short: false };
        let cases: [(&[u8], Config, &[u8]); 6] = [
            // 44.1 kHz, stereo.
            (&[0x12, 0x10], low(44_100, 2), &[0x12, 0x10]),
            // HE-AAC v1 to 44.1 kHz, explicit: 5, the seventh rate, stereo, the fourth rate, 2.
            (&[0x2B, 0x92, 0x08, 0x00], low(22_050, 2), &[0x13, 0x90]),
            // HE-AAC v2 likewise: 29, mono at the core.
            (&[0xEB, 0x8A, 0x08, 0x00], low(22_050, 1), &[0x13, 0x88]),
            // HE-AAC v1, signalled after the core's own configuration.
            (&[0x13, 0x90, 0x56, 0xE5, 0xA0], low(22_050, 2), &[0x13, 0x90]),
            // 5.1 at 16 kHz.
            (&[0x14, 0x30], low(16_000, 6), &[0x14, 0x30]),
            // A rate that has no index: 12,345 Hz, mono.
            (&[0x17, 0x80, 0x18, 0x1C, 0x88], low(12_345, 1), &[0x17, 0x80, 0x18, 0x1C, 0x88]),
        ];
        for (bytes, expected, core) in cases {
            let config = Config::read(bytes).unwrap();
            assert_eq!((config, config.foreign()), (expected, None), "{bytes:x?}");
            assert_eq!(&*config.core(), core, "{bytes:x?}");
        }
    }

    #[test]
    fn other_profiles_are_named_and_cut_ones_are_none() {
        let eld = write_bits(&[(31, 5), (39 - 32, 6), (3, 4), (1, 4), (0, 5)]);
        let low_delay = write_bits(&[(23, 5), (3, 4), (1, 4), (0, 3)]);
        for (bytes, name) in [(eld, "AAC-ELD"), (low_delay, "AAC-LD")] {
            assert_eq!(Config::read(&bytes).unwrap().foreign(), Some(name));
        }
        for bytes in [&[][..], &[0x12], &[0x2B, 0x92], &[0x17, 0x80]] {
            assert_eq!(Config::read(bytes), None, "{bytes:x?}");
        }
    }
}
