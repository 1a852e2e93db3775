//! Events, and their bodies on the wire.

use jiff::Timestamp;
use serde::Serialize;
use serde_json::json;
use uuid::Uuid;

/// Something that happened. Names it, and never says what anybody said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// The work on a recording has ended.
    Recording {
        /// Result of the work.
        status: RecordingStatus,
        /// Run that did the work, if any: a schedule has none.
        run_id: Option<String>,
        /// Path of the recording.
        file_path: String,
        /// Device that made it.
        device_id: String,
        /// Local day, `YYYY-MM-DD`.
        date: String,
        /// Half hour, `HH-MM`.
        time_block: String,
    },
    /// A run has ended.
    Run {
        /// Result of the run.
        status: RunStatus,
        /// Identifier of the run.
        run_id: String,
    },
}

/// Result of the work on a recording.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RecordingStatus {
    /// The text is saved.
    Completed,
    /// The recording was given up.
    Failed,
}

/// Result of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RunStatus {
    /// The run has a report, in which recordings may have failed.
    Finished,
    /// The run was cancelled by request or by a shutdown.
    Cancelled,
    /// The run has no report.
    Failed,
}

/// Event as it is sent: the same in each attempt.
#[derive(Debug)]
pub(crate) struct Message {
    pub(crate) id: String,
    pub(crate) event: &'static str,
    pub(crate) at: Timestamp,
    pub(crate) body: String,
}

impl Event {
    /// Returns the name of the event's type.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Recording { status: RecordingStatus::Completed, .. } => "recording.completed",
            Self::Recording { status: RecordingStatus::Failed, .. } => "recording.failed",
            Self::Run { .. } => "run.ended",
        }
    }
}

impl Message {
    /// Makes a message of an event, with a new id.
    pub(crate) fn new(event: &Event, at: Timestamp) -> Self {
        let id = format!("msg_{}", Uuid::now_v7().simple());
        let body = write_body(event, &id, at);
        Self { id, event: event.name(), at, body }
    }
}

fn write_body(event: &Event, id: &str, at: Timestamp) -> String {
    let data = match event {
        Event::Recording { status, run_id, file_path, device_id, date, time_block } => json!({
            "status": status,
            "run_id": run_id,
            "file_path": file_path,
            "device_id": device_id,
            "date": date,
            "time_block": time_block,
        }),
        Event::Run { status, run_id } => json!({ "status": status, "run_id": run_id }),
    };
    let timestamp = format!("{at:.3}");
    json!({ "id": id, "type": event.name(), "timestamp": timestamp, "data": data }).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bodies_are_as_agreed() {
        let recording = |status| Event::Recording {
            status,
            run_id: Some("01a20cf5-6a4d-767e-8d3d-09000ca04daa".to_owned()),
            file_path: "files/device/2025-07-20/12-00/audio.wav".to_owned(),
            device_id: "device".to_owned(),
            date: "2025-07-20".to_owned(),
            time_block: "12-00".to_owned(),
        };
        let run = Event::Run {
            status: RunStatus::Finished,
            run_id: "01a20cf5-6a4d-767e-8d3d-09000ca04daa".to_owned(),
        };
        let events =
            [recording(RecordingStatus::Completed), recording(RecordingStatus::Failed), run];
        let bodies = events.map(|event| write_body(&event, "msg_1", Timestamp::UNIX_EPOCH));
        insta::assert_snapshot!(bodies.join("\n"));
    }

    #[test]
    fn each_message_has_an_id_of_its_own() {
        let event = Event::Run { status: RunStatus::Failed, run_id: String::new() };
        let [one, other] = [0, 1].map(|_| Message::new(&event, Timestamp::UNIX_EPOCH));
        assert_ne!(one.id, other.id);
        assert!(one.body.contains(&one.id));
    }
}
