//! Scale factor bands of AAC by sample rate (ISO/IEC 14496-3, tables 4.129 to 4.147).

/// Offsets of the scale factor bands in a long and in a short window, with the end of the last.
pub(super) struct Bands {
    pub(super) long: &'static [u16],
    pub(super) short: &'static [u16],
}

/// Bands by the index of the sample rate.
pub(super) const BANDS: [Bands; 13] = [
    Bands { long: &LONG_96K, short: &SHORT_64K },
    Bands { long: &LONG_96K, short: &SHORT_64K },
    Bands { long: &LONG_64K, short: &SHORT_64K },
    Bands { long: &LONG_48K, short: &SHORT_48K },
    Bands { long: &LONG_48K, short: &SHORT_48K },
    Bands { long: &LONG_32K, short: &SHORT_48K },
    Bands { long: &LONG_24K, short: &SHORT_24K },
    Bands { long: &LONG_24K, short: &SHORT_24K },
    Bands { long: &LONG_16K, short: &SHORT_16K },
    Bands { long: &LONG_16K, short: &SHORT_16K },
    Bands { long: &LONG_16K, short: &SHORT_16K },
    Bands { long: &LONG_8K, short: &SHORT_8K },
    Bands { long: &LONG_8K, short: &SHORT_8K },
];

const SHORT_48K: [u16; 15] = [0, 4, 8, 12, 16, 20, 28, 36, 44, 56, 68, 80, 96, 112, 128];
const SHORT_8K: [u16; 16] = [0, 4, 8, 12, 16, 20, 24, 28, 36, 44, 52, 60, 72, 88, 108, 128];
const SHORT_16K: [u16; 16] = [0, 4, 8, 12, 16, 20, 24, 28, 32, 40, 48, 60, 72, 88, 108, 128];
const SHORT_24K: [u16; 16] = [0, 4, 8, 12, 16, 20, 24, 28, 36, 44, 52, 64, 76, 92, 108, 128];
const SHORT_64K: [u16; 13] = [0, 4, 8, 12, 16, 20, 24, 32, 40, 48, 64, 92, 128];
const LONG_48K: [u16; 50] = [
    0, 4, 8, 12, 16, 20, 24, 28, 32, 36, 40, 48, 56, 64, 72, 80, 88, 96, 108, 120, 132, 144, 160,
    176, 196, 216, 240, 264, 292, 320, 352, 384, 416, 448, 480, 512, 544, 576, 608, 640, 672, 704,
    736, 768, 800, 832, 864, 896, 928, 1024,
];
const LONG_32K: [u16; 52] = [
    0, 4, 8, 12, 16, 20, 24, 28, 32, 36, 40, 48, 56, 64, 72, 80, 88, 96, 108, 120, 132, 144, 160,
    176, 196, 216, 240, 264, 292, 320, 352, 384, 416, 448, 480, 512, 544, 576, 608, 640, 672, 704,
    736, 768, 800, 832, 864, 896, 928, 960, 992, 1024,
];
const LONG_8K: [u16; 41] = [
    0, 12, 24, 36, 48, 60, 72, 84, 96, 108, 120, 132, 144, 156, 172, 188, 204, 220, 236, 252, 268,
    288, 308, 328, 348, 372, 396, 420, 448, 476, 508, 544, 580, 620, 664, 712, 764, 820, 880, 944,
    1024,
];
const LONG_16K: [u16; 44] = [
    0, 8, 16, 24, 32, 40, 48, 56, 64, 72, 80, 88, 100, 112, 124, 136, 148, 160, 172, 184, 196, 212,
    228, 244, 260, 280, 300, 320, 344, 368, 396, 424, 456, 492, 532, 572, 616, 664, 716, 772, 832,
    896, 960, 1024,
];
const LONG_24K: [u16; 48] = [
    0, 4, 8, 12, 16, 20, 24, 28, 32, 36, 40, 44, 52, 60, 68, 76, 84, 92, 100, 108, 116, 124, 136,
    148, 160, 172, 188, 204, 220, 240, 260, 284, 308, 336, 364, 396, 432, 468, 508, 552, 600, 652,
    704, 768, 832, 896, 960, 1024,
];
const LONG_64K: [u16; 48] = [
    0, 4, 8, 12, 16, 20, 24, 28, 32, 36, 40, 44, 48, 52, 56, 64, 72, 80, 88, 100, 112, 124, 140,
    156, 172, 192, 216, 240, 268, 304, 344, 384, 424, 464, 504, 544, 584, 624, 664, 704, 744, 784,
    824, 864, 904, 944, 984, 1024,
];
const LONG_96K: [u16; 42] = [
    0, 4, 8, 12, 16, 20, 24, 28, 32, 36, 40, 44, 48, 52, 56, 64, 72, 80, 88, 96, 108, 120, 132,
    144, 156, 172, 188, 212, 240, 276, 320, 384, 448, 512, 576, 640, 704, 768, 832, 896, 960, 1024,
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bands_follow_on_one_another_to_the_last_line() {
        for Bands { long, short } in BANDS {
            assert!(long.is_sorted() && short.is_sorted());
            assert_eq!((long.first(), long.last()), (Some(&0), Some(&1024)));
            assert_eq!((short.first(), short.last()), (Some(&0), Some(&128)));
        }
    }
}
