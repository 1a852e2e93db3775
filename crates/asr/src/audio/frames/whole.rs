//! The first frame of an MP3 file may be a header for the whole: how many frames follow, and what the
//! encoder added at either end.

use super::super::peek::Order;
use super::header::Frame;

/// Samples that a decoder of layer III is late by.
const DECODER_DELAY: u32 = 529;

/// Header of a whole file.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Whole {
    /// Frames that follow, where it counts them.
    pub(super) frames: Option<u64>,
    /// Samples to leave out at the start.
    pub(super) delay: u32,
    /// Samples to leave out at the end.
    pub(super) padding: u32,
}

impl Whole {
    /// Reads the header from a frame, if that is one. It is no sound.
    pub(super) fn of(frame: &Frame, bytes: &[u8]) -> Option<Self> {
        let xing = bytes.get(frame.side_info..).filter(|rest| {
            frame.header_bytes == 0 && (rest.starts_with(b"Xing") || rest.starts_with(b"Info"))
        });
        if let Some(xing) = xing {
            return Some(Self::of_xing(xing));
        }
        // VBRI stands at the same place in all frames.
        let vbri = bytes.get(36..).filter(|it| it.starts_with(b"VBRI"))?;
        let frames = u64::from(Order::Big.u32(vbri, 14));
        Some(Self { frames: Some(frames).filter(|&frames| frames > 0), delay: 0, padding: 0 })
    }

    fn of_xing(xing: &[u8]) -> Self {
        let flags = Order::Big.u32(xing, 4);
        let mut at = 8;
        let frames = (flags & 1 != 0).then(|| u64::from(Order::Big.u32(xing, at)));
        for (flag, bytes) in [(1, 4), (2, 4), (4, 100), (8, 4)] {
            at += if flags & flag != 0 { bytes } else { 0 };
        }
        // The encoder's name of nine bytes, twelve of its settings, then two numbers of twelve bits.
        let (delay, padding) = match xing.get(at..at + 25) {
            Some(lame) if lame[..4].iter().all(u8::is_ascii_alphanumeric) => {
                let numbers = Order::Big.u32(lame, 21) >> 8;
                (numbers >> 12, numbers & 0xFFF)
            }
            _ => (0, 0),
        };
        let is_stated = delay > 0;
        Self {
            frames: frames.filter(|&frames| frames > 0),
            delay: if is_stated { delay + DECODER_DELAY } else { 0 },
            padding: padding.saturating_sub(DECODER_DELAY),
        }
    }
}
