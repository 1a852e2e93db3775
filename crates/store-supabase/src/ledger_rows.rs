//! Rows of the ledger to and from the core's types.

use std::str::FromStr;
use std::time::Duration;

use serde_json::{Value, json};
use watchme_core::{
    Effort, LedgerEntry, LedgerRecord, Measured, RemovalReason, Removed, Segment, Slot, Sound,
    Transcript,
};

use crate::answer::Row;

/// Columns that say what transcribing a recording took.
pub(crate) const MEASURED: &str =
    "object_key,audio_seconds,speech_seconds,work_seconds,cpu_seconds";

/// Makes the JSON of an entry that the functions take.
pub(crate) fn body(entry: &LedgerEntry) -> Value {
    let LedgerEntry { object_key, slot, model, transcript } = entry;
    let sound = transcript.sound;
    json!({
        "object_key": object_key.as_str(),
        "device_id": slot.device.as_str(),
        "date": slot.date.to_string(),
        "time_block": slot.block.to_string(),
        "model": model.as_str(),
        "language": transcript.language,
        "audio_seconds": transcript.audio.as_secs_f64(),
        "speech_seconds": transcript.speech.as_secs_f64(),
        "peak": sound.peak,
        "loudest_second": sound.loudest_second,
        "voiced_seconds": sound.voiced.as_secs_f64(),
        // A column of earlier versions, which must not be null.
        "doubted_seconds": 0.0,
        "work_seconds": transcript.effort.map(|effort| effort.wall.as_secs_f64()),
        "cpu_seconds": transcript.effort.map(|effort| effort.cpu.as_secs_f64()),
        "segments": segments(transcript),
    })
}

/// Makes the JSON of all segments in order; those in the text have no reason.
pub(crate) fn segments(transcript: &Transcript) -> Value {
    let segment = |(segment, reason): (&Segment, Option<RemovalReason>)| {
        let mut body = json!({
            "start": segment.start.as_secs_f64(),
            "end": segment.end.as_secs_f64(),
            "text": segment.text,
            "confidence": segment.confidence,
            "no_speech": segment.no_speech,
        });
        if let Some(voice) = segment.voice {
            body["voice"] = json!(voice.as_secs_f64());
        }
        if let Some(reason) = reason {
            body["reason"] = json!(reason.as_str());
        }
        body
    };
    transcript.written().into_iter().map(segment).collect()
}

/// Reads a record; `None` if a column is not what the migrations make it.
pub(crate) fn read_record(row: &Row) -> Option<LedgerRecord> {
    let mut transcript = Transcript {
        segments: Vec::new(),
        removed: Vec::new(),
        language: row.get("language")?.as_str().map(str::to_owned),
        audio: seconds(row.get("audio_seconds")?)?,
        speech: seconds(row.get("speech_seconds")?)?,
        sound: Sound {
            peak: share(row.get("peak")?)?,
            loudest_second: share(row.get("loudest_second")?)?,
            voiced: seconds(row.get("voiced_seconds")?)?,
        },
        effort: effort(row),
    };
    for written in row.get("segments")?.as_array()? {
        let segment = Segment {
            start: seconds(written.get("start")?)?,
            end: seconds(written.get("end")?)?,
            text: written.get("text")?.as_str()?.to_owned(),
            confidence: share(written.get("confidence")?)?,
            no_speech: share(written.get("no_speech")?)?,
            voice: written.get("voice").and_then(seconds),
        };
        match written.get("reason") {
            None | Some(Value::Null) => transcript.segments.push(segment),
            Some(reason) => {
                transcript.removed.push(Removed { segment, reason: parsed(reason)? });
            }
        }
    }
    let entry = LedgerEntry {
        object_key: parsed(row.get("object_key")?)?,
        slot: Slot {
            device: parsed(row.get("device_id")?)?,
            date: parsed(row.get("date")?)?,
            block: parsed(row.get("time_block")?)?,
        },
        model: parsed(row.get("model")?)?,
        transcript,
    };
    Some(LedgerRecord { entry, at: parsed(row.get("transcribed_at")?)? })
}

/// Reads the measurements of a recording; `None` if a column is not what the migrations make it.
pub(crate) fn read_measured(row: &Row) -> Option<Measured> {
    Some(Measured {
        object_key: parsed(row.get("object_key")?)?,
        audio: seconds(row.get("audio_seconds")?)?,
        speech: seconds(row.get("speech_seconds")?)?,
        effort: effort(row),
    })
}

/// Reads what transcribing a recording took, if that was measured. A project without the latest
/// migration has no columns for it.
fn effort(row: &Row) -> Option<Effort> {
    let wall = seconds(row.get("work_seconds")?)?;
    Some(Effort { wall, cpu: seconds(row.get("cpu_seconds")?)? })
}

fn parsed<T: FromStr>(value: &Value) -> Option<T> {
    value.as_str()?.parse().ok()
}

fn seconds(value: &Value) -> Option<Duration> {
    Duration::try_from_secs_f64(value.as_f64()?).ok()
}

/// Reads a number from 0 to 1 that was an `f32` before it was written.
#[expect(clippy::cast_possible_truncation, reason = "it was an `f32`")]
fn share(value: &Value) -> Option<f32> {
    Some(value.as_f64()? as f32)
}
