//! The bodies as clients see them, byte for byte.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs, reason = "tests")]

mod bodies;
mod explanations;
mod openai;
mod reports;
mod runs;

use std::time::Duration;

use watchme_core::{
    Failure, FailureKind, Outcome, RecordingReport, Report, Slot, Sound, TimeBlock, Transcript,
};

pub(crate) const DEVICE: &str = "d067d407-cf73-4174-a9c1-d91fb60d64d0";

/// A path of the device's day.
pub(crate) fn path(block: &str) -> String {
    format!("files/{DEVICE}/2025-07-18/{block}/audio.wav")
}

pub(crate) fn slot(block: &str) -> Slot {
    Slot {
        device: DEVICE.parse().unwrap(),
        date: "2025-07-18".parse().unwrap(),
        block: block.parse::<TimeBlock>().unwrap(),
    }
}

pub(crate) fn completed(block: &str) -> RecordingReport {
    let transcript = Transcript {
        segments: Vec::new(),
        removed: Vec::new(),
        language: None,
        audio: Duration::from_mins(1),
        speech: Duration::ZERO,
        sound: Sound::default(),
        effort: None,
    };
    RecordingReport {
        label: path(block),
        slot: Some(slot(block)),
        outcome: Outcome::Transcribed(transcript),
    }
}

pub(crate) fn failed(block: &str, kind: FailureKind, reason: &str) -> RecordingReport {
    let failure = Failure { kind, reason: reason.to_owned() };
    RecordingReport {
        label: path(block),
        slot: Some(slot(block)),
        outcome: Outcome::Failed(failure),
    }
}

pub(crate) fn report(
    total: usize,
    already_completed: usize,
    recordings: Vec<RecordingReport>,
) -> Report {
    Report { total, already_completed, recordings }
}

pub(crate) fn json(body: &impl serde::Serialize) -> String {
    serde_json::to_string(body).unwrap()
}
