//! One pass as one line: the length of its JSON, a checksum, and the JSON.
//!
//! The checksum covers the checksum of the line before, and for the first line the key: reading ends
//! at a line that is torn, changed, missing, doubled or of another file.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use watchme_core::{Removed, Segment};

use super::finished_pass::FinishedPass;
use crate::models::digits;

/// Longest JSON of a pass, in bytes: half a minute of speech has some kilobytes.
pub(super) const MAX_JSON_BYTES: usize = 256 * 1024;

/// Formats a pass as the line after the one with the checksum `before`. Returns the line and its own
/// checksum, or `None` if it is too long.
pub(super) fn write(pass: &FinishedPass, before: &str) -> Option<(String, String)> {
    let json = serde_json::to_string(&PassLine::from(pass)).ok()?;
    let sum = checksum(before, &json);
    let line = format!("{} {sum} {json}\n", json.len());
    (json.len() <= MAX_JSON_BYTES).then_some((line, sum))
}

/// The lines of a file that are whole.
#[derive(Debug, PartialEq)]
pub(super) struct WholeLines {
    pub(super) passes: Vec<FinishedPass>,
    /// Length of the lines.
    pub(super) bytes: usize,
    /// Checksum of the last line.
    pub(super) last_sum: String,
}

/// Reads lines up to the first that is not whole. The first line follows the digest of the key.
pub(super) fn read(mut text: &[u8], key_digest: String) -> WholeLines {
    let mut whole = WholeLines { passes: Vec::new(), bytes: 0, last_sum: key_digest };
    while let Some(end) = text.iter().position(|&byte| byte == b'\n') {
        let Some((pass, sum)) = read_one(&text[..end], &whole.last_sum) else { break };
        if usize::try_from(pass.index) != Ok(whole.passes.len()) {
            break;
        }
        whole.passes.push(pass);
        whole.last_sum = sum;
        whole.bytes += end + 1;
        text = &text[end + 1..];
    }
    whole
}

fn read_one(line: &[u8], before: &str) -> Option<(FinishedPass, String)> {
    let mut parts = std::str::from_utf8(line).ok()?.splitn(3, ' ');
    let (length, sum, json) = (parts.next()?, parts.next()?, parts.next()?);
    let is_whole = length.parse() == Ok(json.len()) && checksum(before, json) == sum;
    let line: PassLine = if is_whole { serde_json::from_str(json).ok()? } else { return None };
    Some((line.into_pass()?, sum.to_owned()))
}

fn checksum(before: &str, json: &str) -> String {
    let mut hasher = Sha256::new();
    // Always 64 digits, so that nothing runs together.
    hasher.update(before);
    hasher.update(json);
    digits(hasher)
}

#[derive(Serialize, Deserialize)]
struct PassLine {
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
    /// The bits of the number, so that it comes back exactly, even if JSON has no such number.
    confidence_bits: u32,
    no_speech_bits: u32,
    voice_ns: Option<u64>,
}

#[derive(Serialize, Deserialize)]
struct RemovedLine {
    reason: String,
    segment: SegmentLine,
}

impl From<&FinishedPass> for PassLine {
    fn from(pass: &FinishedPass) -> Self {
        let removed = pass.removed.iter();
        Self {
            index: pass.index,
            start_ns: nanoseconds(pass.start),
            end_ns: nanoseconds(pass.end),
            segments: pass.segments.iter().map(SegmentLine::from).collect(),
            removed: removed
                .map(|removed| RemovedLine {
                    reason: removed.reason.as_str().to_owned(),
                    segment: SegmentLine::from(&removed.segment),
                })
                .collect(),
            language: pass.language.clone(),
        }
    }
}

impl PassLine {
    /// Returns the pass, unless a reason is unknown to this version.
    fn into_pass(self) -> Option<FinishedPass> {
        let removed = self.removed.into_iter().map(|removed| {
            let reason = removed.reason.parse().ok()?;
            Some(Removed { reason, segment: removed.segment.into() })
        });
        Some(FinishedPass {
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
            voice_ns: segment.voice.map(nanoseconds),
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
            voice: line.voice_ns.map(Duration::from_nanos),
        }
    }
}

/// Never saturates: a recording has at most a day, and 64 bits hold five centuries.
fn nanoseconds(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}
