//! The header that the first frame of an MP3 file may hold (Xing, Info or VBRI): the number of frames, and
//! the samples that the encoder added at either end.

use super::super::peek::Order;
use super::header::Frame;

/// Delay of a layer III decoder in samples.
const DECODER_DELAY: u32 = 529;

/// Header of the whole file.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Whole {
    /// Number of frames that follow, if it is stated.
    pub(super) frames: Option<u64>,
    /// Samples to trim at the start.
    pub(super) delay: u32,
    /// Samples to trim at the end.
    pub(super) padding: u32,
}

impl Whole {
    /// Parses the header, if the frame holds one. Such a frame is no sound.
    pub(super) fn of(frame: &Frame, bytes: &[u8]) -> Option<Self> {
        let xing = bytes.get(frame.side_info..).filter(|rest| {
            frame.header_bytes == 0 && (rest.starts_with(b"Xing") || rest.starts_with(b"Info"))
        });
        if let Some(xing) = xing {
            return Some(Self::of_xing(xing));
        }
        // VBRI is at the same offset in all frames.
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
        // LAME's tag: nine bytes of version, twelve of settings, then two 12-bit numbers.
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
