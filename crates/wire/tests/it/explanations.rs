//! Explanations of slots.

use std::time::Duration;

use watchme_core::{
    Effort, ExplainedRecording, Explanation, LedgerEntry, LedgerRecord, RecordingStatus,
    RemovalReason, Removed, Segment, Sound, Transcript,
};
use watchme_wire::ExplanationBody;

use crate::{path, slot};

fn segment(second: u64, text: &str, confidence: f32, no_speech: f32) -> Segment {
    let start = Duration::from_secs(second);
    let end = start + Duration::from_millis(1500);
    Segment {
        start,
        end,
        text: text.to_owned(),
        confidence,
        no_speech,
        voice: Some(Duration::from_secs(1)),
    }
}

#[test]
fn an_explanation_tells_each_recording_and_each_segment() {
    let removed = segment(2, "おやすみなさい", 0.25, 0.5);
    let transcript = Transcript {
        segments: vec![segment(0, "はい。", 0.75, 0.0)],
        removed: vec![Removed { segment: removed, reason: RemovalReason::StockPhrase }],
        language: Some("ja".to_owned()),
        audio: Duration::from_mins(1),
        speech: Duration::from_secs(10),
        sound: Sound { peak: 0.5, loudest_second: 0.125, voiced: Duration::from_secs(8) },
        effort: Some(Effort { wall: Duration::from_secs(3), cpu: Duration::from_millis(4_500) }),
    };
    let (object_key, model) = (path("12-00").parse().unwrap(), "base".parse().unwrap());
    let entry = LedgerEntry { object_key, slot: slot("12-00"), model, transcript };
    let kept = LedgerRecord { entry, at: "2025-07-18T04:00:00.123456Z".parse().unwrap() };
    let explanation = Explanation {
        slot: slot("12-00"),
        text: Some("はい。".to_owned()),
        recordings: vec![
            ExplainedRecording {
                object_key: path("12-00").parse().unwrap(),
                recorded_at: Some("2025-07-18T03:00:00+00:00".parse().unwrap()),
                status: Some(RecordingStatus::Completed),
                kept: Some(kept),
            },
            ExplainedRecording {
                object_key: path("12-00-30").parse().unwrap(),
                recorded_at: None,
                status: None,
                kept: None,
            },
        ],
    };
    let body = serde_json::to_string_pretty(&ExplanationBody::from(&explanation)).unwrap();
    insta::assert_snapshot!(body);
}
