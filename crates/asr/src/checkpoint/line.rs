//! One window as one line: the length of its JSON, a checksum, and the JSON.
//!
//! The checksum covers the line before it, and that of the first line the key: a line that is
//! torn, changed, missing, doubled or of another file ends what is read.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use watchme_core::{Removed, Segment};

use super::Window;
use crate::models::digits;

/// No window is longer as JSON, in bytes: half a minute of speech has some kilobytes.
pub(super) const MAX_JSON_BYTES: usize = 256 * 1024;

/// Writes a window as the line after the one with the checksum `before`; the line, and its own
/// checksum. `None` for what is too long to be one.
pub(super) fn write(window: &Window, before: &str) -> Option<(String, String)> {
    let json = serde_json::to_string(&WindowLine::from(window)).ok()?;
    let sum = checksum(before, &json);
    let line = format!("{} {sum} {json}\n", json.len());
    (json.len() <= MAX_JSON_BYTES).then_some((line, sum))
}

/// What is whole of a file.
#[derive(Debug, PartialEq)]
pub(super) struct Whole {
    pub(super) windows: Vec<Window>,
    /// How many bytes they take.
    pub(super) bytes: usize,
    /// The checksum of the last line.
    pub(super) last: String,
}

/// Reads lines up to the first that is not whole. `first` is the digest of the key.
pub(super) fn read(mut text: &[u8], first: String) -> Whole {
    let mut whole = Whole { windows: Vec::new(), bytes: 0, last: first };
    while let Some(end) = text.iter().position(|&byte| byte == b'\n') {
        let Some((window, sum)) = read_one(&text[..end], &whole.last) else { break };
        if usize::try_from(window.index) != Ok(whole.windows.len()) {
            break;
        }
        whole.windows.push(window);
        whole.last = sum;
        whole.bytes += end + 1;
        text = &text[end + 1..];
    }
    whole
}

fn read_one(line: &[u8], before: &str) -> Option<(Window, String)> {
    let mut parts = std::str::from_utf8(line).ok()?.splitn(3, ' ');
    let (length, sum, json) = (parts.next()?, parts.next()?, parts.next()?);
    let is_whole = length.parse() == Ok(json.len()) && checksum(before, json) == sum;
    let line: WindowLine = if is_whole { serde_json::from_str(json).ok()? } else { return None };
    Some((line.window()?, sum.to_owned()))
}

fn checksum(before: &str, json: &str) -> String {
    let mut hasher = Sha256::new();
    // Always 64 digits, so that nothing runs together.
    hasher.update(before);
    hasher.update(json);
    digits(hasher)
}

#[derive(Serialize, Deserialize)]
struct WindowLine {
    index: u32,
    start_ns: u64,
    end_ns: u64,
    segments: Vec<SegmentLine>,
    removed: Vec<RemovedLine>,
    language: Option<String>,
}

#[derive(Serialize, Deserialize)]
struct SegmentLine {
    start_ns: u64,
    end_ns: u64,
    text: String,
    /// The bits of the number: what is resumed is the same as what was heard, also where it is no
    /// number that JSON has.
    confidence_bits: u32,
    no_speech_bits: u32,
}

#[derive(Serialize, Deserialize)]
struct RemovedLine {
    reason: String,
    segment: SegmentLine,
}

impl From<&Window> for WindowLine {
    fn from(window: &Window) -> Self {
        let removed = window.removed.iter();
        Self {
            index: window.index,
            start_ns: nanoseconds(window.start),
            end_ns: nanoseconds(window.end),
            segments: window.segments.iter().map(SegmentLine::from).collect(),
            removed: removed
                .map(|removed| RemovedLine {
                    reason: removed.reason.as_str().to_owned(),
                    segment: SegmentLine::from(&removed.segment),
                })
                .collect(),
            language: window.language.clone(),
        }
    }
}

impl WindowLine {
    /// The window, unless a reason is none of this version.
    fn window(self) -> Option<Window> {
        let removed = self.removed.into_iter().map(|removed| {
            let reason = removed.reason.parse().ok()?;
            Some(Removed { reason, segment: removed.segment.into() })
        });
        Some(Window {
            index: self.index,
            start: Duration::from_nanos(self.start_ns),
            end: Duration::from_nanos(self.end_ns),
            segments: self.segments.into_iter().map(Segment::from).collect(),
            removed: removed.collect::<Option<_>>()?,
            language: self.language,
        })
    }
}

impl From<&Segment> for SegmentLine {
    fn from(segment: &Segment) -> Self {
        Self {
            start_ns: nanoseconds(segment.start),
            end_ns: nanoseconds(segment.end),
            text: segment.text.clone(),
            confidence_bits: segment.confidence.to_bits(),
            no_speech_bits: segment.no_speech.to_bits(),
        }
    }
}

impl From<SegmentLine> for Segment {
    fn from(line: SegmentLine) -> Self {
        Self {
            start: Duration::from_nanos(line.start_ns),
            end: Duration::from_nanos(line.end_ns),
            text: line.text,
            confidence: f32::from_bits(line.confidence_bits),
            no_speech: f32::from_bits(line.no_speech_bits),
        }
    }
}

/// A recording has at most a day; 64 bits hold five centuries.
fn nanoseconds(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}
