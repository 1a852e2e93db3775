//! Runs and their events.

use std::time::Duration;

use watchme_core::{
    FailureKind, Language, Outcome, RecordingReport, Segment, Selection, Sound, TranscribeOptions,
    Transcript,
};
use watchme_wire::{
    CurrentRecording, RecordingBody, RunAccepted, RunBody, RunCancelled, RunErrorBody,
    RunEventBody, RunProgressBody, RunReportBody, RunRequest, RunStateName,
};

use crate::{DEVICE, completed, failed, json, path, report};

const AT: &str = "2025-07-18T03:00:00.000Z";

fn options() -> TranscribeOptions {
    TranscribeOptions { model: "base".parse().unwrap(), language: Language::Code("ja".to_owned()) }
}

fn spoken(block: &str) -> RecordingReport {
    let segment = Segment {
        start: Duration::from_millis(500),
        end: Duration::from_secs(2),
        text: " おはよう".to_owned(),
        confidence: 0.9,
        no_speech: 0.1,
        voice: None,
    };
    let transcript = Transcript {
        segments: vec![segment],
        removed: Vec::new(),
        language: Some("ja".to_owned()),
        audio: Duration::from_mins(1),
        speech: Duration::from_secs(2),
        sound: Sound::default(),
        effort: None,
    };
    RecordingReport { outcome: Outcome::Transcribed(transcript), ..completed(block) }
}

#[test]
fn a_request_says_each_selection_as_it_can_be_asked_for() {
    let (device, date) = (DEVICE.parse().unwrap(), "2025-07-18".parse().unwrap());
    let day = Selection::Day { device, date, blocks: None };
    assert_eq!(
        json(&RunRequest::new(&day, &options())),
        format!(r#"{{"device_id":"{DEVICE}","date":"2025-07-18","model":"base","language":"ja"}}"#)
    );
    let Selection::Day { device, date, .. } = day else { panic!("a day") };
    let blocks = Some(["12-30".parse().unwrap(), "12-00".parse().unwrap()].into());
    assert_eq!(
        json(&RunRequest::new(&Selection::Day { device, date, blocks }, &options())),
        format!(
            r#"{{"device_id":"{DEVICE}","local_date":"2025-07-18","time_blocks":["12-00","12-30"],"model":"base","language":"ja"}}"#
        )
    );
    let files = Selection::Objects(["a.wav".parse().unwrap()].into());
    assert_eq!(
        json(&RunRequest::new(&files, &options())),
        r#"{"file_paths":["a.wav"],"model":"base","language":"ja"}"#
    );
    assert_eq!(
        json(&RunRequest::new(&Selection::Pending, &options())),
        r#"{"model":"base","language":"ja"}"#
    );
}

#[test]
fn a_run_has_a_report_once_it_is_finished() {
    let running = RunBody {
        id: "01981a2b-0000-7000-8000-000000000000".to_owned(),
        state: RunStateName::Running,
        accepted_at: AT.to_owned(),
        started_at: Some(AT.to_owned()),
        ended_at: None,
        request: RunRequest::new(&Selection::Pending, &options()),
        progress: RunProgressBody {
            recordings: Some(2),
            completed: 0,
            failed: 1,
            current: Some(CurrentRecording {
                file: path("12-00"),
                seconds_done: 28.0,
                seconds_total: Some(60.0),
            }),
        },
        last_event: 7,
        error: None,
        report: None,
    };
    assert!(!json(&running).contains("\"report\""));
    let items = vec![spoken("12-00"), failed("12-30", FailureKind::Missing, "no such object")];
    let finished = RunBody {
        state: RunStateName::Finished,
        report: Some(RunReportBody::new(&report(2, 0, items), true)),
        ..running
    };
    insta::assert_json_snapshot!(finished);
}

#[test]
fn what_was_said_is_told_only_where_it_was_asked_for() {
    let with = json(&RecordingBody::new(&spoken("12-00"), true));
    assert!(with.contains(r#""text":"おはよう","segments":[{"start_seconds":0.5"#), "{with}");
    let without = json(&RecordingBody::new(&spoken("12-00"), false));
    assert!(!without.contains("おはよう") && !without.contains("\"text\""), "{without}");
    assert!(without.contains(r#""audio_seconds":60.0"#), "{without}");
}

#[test]
fn every_event_names_its_type_in_its_data() {
    let at = || AT.to_owned();
    let error = RunErrorBody { kind: "withdrawn".to_owned(), reason: "by request".to_owned() };
    let progress =
        CurrentRecording { file: path("12-00"), seconds_done: 28.0, seconds_total: None };
    let recording = RecordingBody::new(&spoken("12-00"), false);
    let events = [
        RunEventBody::RunStarted { at: at() },
        RunEventBody::RunPlanned { at: at(), recordings: 1 },
        RunEventBody::RecordingFetched { at: at(), file: path("12-00"), size_bytes: 44 },
        RunEventBody::RecordingProgress { at: at(), progress },
        RunEventBody::RecordingFinished { at: at(), recording },
        RunEventBody::RunFinished {
            at: at(),
            state: RunStateName::Cancelled,
            report: None,
            error: Some(error),
        },
        RunEventBody::Gap { asked_after: 3, resumed_after: 9 },
    ];
    for event in &events {
        let text = json(event);
        assert!(text.starts_with(&format!(r#"{{"type":"{}","#, event.name())), "{text}");
        assert_eq!(serde_json::from_str::<RunEventBody>(&text).unwrap(), *event);
    }
    insta::assert_json_snapshot!(events);
}

#[test]
fn answers_about_a_run_name_its_id_and_state() {
    let id = || "01981a2b-0000-7000-8000-000000000000".to_owned();
    let accepted = RunAccepted { id: id(), state: RunStateName::Waiting, joined: false };
    assert_eq!(
        json(&accepted),
        r#"{"id":"01981a2b-0000-7000-8000-000000000000","state":"waiting","joined":false}"#
    );
    let latency = "at once".to_owned();
    assert_eq!(
        json(&RunCancelled { id: id(), state: RunStateName::Cancelled, latency }),
        r#"{"id":"01981a2b-0000-7000-8000-000000000000","state":"cancelled","latency":"at once"}"#
    );
}
