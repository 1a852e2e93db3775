//! The other bodies.

use watchme_core::rules::{DaySlot, SlotState, SlotWork, WorkPhase};
use watchme_core::{Check, ClaimRecord, ClaimState, DeviceSummary, RecordingStatus, TimeBlock};
use watchme_wire::{
    ChecksBody, DaySlotsBody, Detail, DevicesBody, ErrorBody, HealthBody, IssueContext,
    ServiceBody, TranscribeRequest, ValidationIssue,
};

use crate::{DEVICE, json, path};

#[test]
fn the_service_names_itself_as_the_original_did() {
    assert_eq!(
        json(&ServiceBody::original()),
        r#"{"name":"Whisper API for WatchMe","version":"1.0.0","description":"音声文字起こしAPI - Supabase統合版","endpoints":{"main":"/fetch-and-transcribe","docs":"/docs"}}"#
    );
}

#[test]
fn an_error_says_detail_and_then_message() {
    let detail = Detail::Text("Not Found".to_owned());
    let body = ErrorBody { detail, message: "look elsewhere".to_owned() };
    assert_eq!(json(&body), r#"{"detail":"Not Found","message":"look elsewhere"}"#);
}

#[test]
fn an_issue_has_the_keys_of_the_original_in_their_order() {
    let issue = ValidationIssue {
        kind: "json_invalid".to_owned(),
        loc: vec!["body".into(), 1.into()],
        msg: "JSON decode error".to_owned(),
        input: serde_json::json!({}),
        ctx: Some(IssueContext { error: "Expecting value".to_owned() }),
        url: None,
    };
    let body = ErrorBody { detail: Detail::Issues(vec![issue]), message: "not JSON".to_owned() };
    assert_eq!(
        json(&body),
        r#"{"detail":[{"type":"json_invalid","loc":["body",1],"msg":"JSON decode error","input":{},"ctx":{"error":"Expecting value"}}],"message":"not JSON"}"#
    );
}

#[test]
fn checks_fail_together_where_one_fails() {
    let checks = [
        Check::pass("model `base`", "found"),
        Check::warn("table `audio_files`", "no `local_date` column", "add it"),
    ];
    assert!(ChecksBody::from(&checks[..]).ok);

    let checks = [
        Check::pass("model `base`", "found"),
        Check::fail("bucket `watchme-vault`", "access denied", "allow s3:GetObject"),
    ];
    let body = ChecksBody::from(&checks[..]);
    assert!(!body.ok);
    insta::assert_json_snapshot!(body);
}

/// The same claim in each phase: the body has the fields that count in that phase.
fn work(phase: WorkPhase) -> SlotWork {
    let claim = ClaimRecord {
        object_key: path("02-00").parse().unwrap(),
        state: ClaimState::Waiting,
        owner: "host-1-0000abcd".to_owned(),
        attempts: 2,
        strikes: 1,
        is_started: true,
        lease_until: "2025-07-18T03:01:00Z".parse().unwrap(),
        next_attempt: "2025-07-18T03:02:00Z".parse().unwrap(),
        claimed_at: "2025-07-18T03:00:00Z".parse().unwrap(),
        finished_at: Some("2025-07-18T03:00:30.5Z".parse().unwrap()),
        last_error_kind: Some("missing".to_owned()),
        last_error: Some("no such object".to_owned()),
    };
    SlotWork { phase, claim }
}

#[test]
fn devices_come_with_their_backlog() {
    let device = DeviceSummary {
        device: DEVICE.parse().unwrap(),
        recordings: 961,
        last_recorded_at: "2025-07-20 14:30:00+00".parse().unwrap(),
        pending: 3,
        oldest_pending: Some("2025-07-20T22:30:00.25+09:00".parse().unwrap()),
        quarantined: 1,
    };
    let done = DeviceSummary { pending: 0, oldest_pending: None, ..device.clone() };
    insta::assert_json_snapshot!(DevicesBody::new(&[device, done]));
}

#[test]
fn each_state_of_a_slot_has_a_name() {
    let at = |hour, minute| TimeBlock::new(hour, minute).unwrap();
    let pending = || SlotState::Waiting(RecordingStatus::Pending);
    let slot = |block, state| DaySlot { block, state, doubtful: Vec::new(), work: None };
    let worked = |block, state, phase| DaySlot { work: Some(work(phase)), ..slot(block, state) };
    let slots = [
        slot(at(0, 0), SlotState::NoRecording),
        slot(at(0, 30), SlotState::Text("おはよう".to_owned())),
        slot(at(1, 0), SlotState::Silent),
        slot(at(1, 30), pending()),
        worked(at(2, 0), pending(), WorkPhase::Running),
        worked(at(2, 30), pending(), WorkPhase::BackingOff),
        worked(at(3, 0), pending(), WorkPhase::Due),
        worked(at(3, 30), SlotState::Waiting(RecordingStatus::Failed), WorkPhase::Quarantined),
        worked(at(4, 0), SlotState::Silent, WorkPhase::Ended),
    ];
    let body = DaySlotsBody::new(&DEVICE.parse().unwrap(), "2025-07-18".parse().unwrap(), &slots);
    insta::assert_json_snapshot!(body);
}

#[test]
fn health_says_ok_and_the_version() {
    assert_eq!(json(&HealthBody::alive("0.1.0")), r#"{"status":"ok","version":"0.1.0"}"#);
}

#[test]
fn a_request_is_written_without_what_it_does_not_say() {
    let request = TranscribeRequest {
        device_id: Some("m5".to_owned()),
        date: Some("2025-07-18".to_owned()),
        ..TranscribeRequest::default()
    };
    assert_eq!(json(&request), r#"{"device_id":"m5","date":"2025-07-18"}"#);
}
