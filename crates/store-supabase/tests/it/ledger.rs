//! The ledger on the wire, and a project that has none yet.

use std::io::Write;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};
use watchme_core::{
    ClaimStore, Completion, Effort, LedgerEntry, LedgerError, LedgerRecord, LedgerStore,
    RemovalReason, Removed, Revision, Segment, Sound, Ticket, Transcript,
};
use watchme_store_supabase::SupabaseStore;
use watchme_testkit::postgrest::PostgrestFake;
use watchme_testkit::sample::{self, key_of};
use wiremock::matchers::{any, query_param};
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::{hasty, store_over};

/// A server that answers every request with one row of this outcome.
async fn answering(outcome: &str) -> (MockServer, SupabaseStore) {
    let server = MockServer::start().await;
    let answer = ResponseTemplate::new(200).set_body_json(json!([{ "outcome": outcome }]));
    Mock::given(any()).respond_with(answer).mount(&server).await;
    let store = SupabaseStore::new(&hasty(&server.uri())).unwrap();
    (server, store)
}

fn entry() -> LedgerEntry {
    let segment = |text: &str, second| Segment {
        start: Duration::from_secs(second),
        end: Duration::from_millis(second * 1000 + 500),
        text: text.to_owned(),
        confidence: 0.5,
        no_speech: 0.25,
        voice: (second == 0).then_some(Duration::from_millis(250)),
    };
    let removed =
        Removed { segment: segment("上に、上に、", 1), reason: RemovalReason::Loop };
    LedgerEntry {
        object_key: sample::object_key(&key_of("12-00")),
        slot: sample::slot("12-00"),
        model: "base".parse().unwrap(),
        transcript: Transcript {
            segments: vec![segment("はい。", 0)],
            removed: vec![removed],
            language: Some("ja".to_owned()),
            audio: Duration::from_mins(1),
            speech: Duration::from_secs(10),
            sound: Sound { peak: 0.5, loudest_second: 0.125, voiced: Duration::from_secs(8) },
            effort: Some(Effort { wall: Duration::from_secs(3), cpu: Duration::from_secs(5) }),
        },
    }
}

fn completion() -> Completion {
    let (slot, text) = (sample::slot("12-00"), "はい。".to_owned());
    Completion { slot, text, previous: None, entry: Some(entry()) }
}

fn ticket() -> Ticket {
    Ticket { object_key: sample::object_key(&key_of("12-00")), owner: "w".to_owned(), fence: 7 }
}

#[tokio::test]
async fn the_ledger_travels_with_the_completion_and_alone() {
    let (recorded, store) = answering("recorded").await;
    store.complete(&ticket(), &completion()).await.unwrap();
    store.keep(&entry()).await.unwrap();
    let (done, store) = answering("done").await;
    let record =
        LedgerRecord { entry: entry(), at: "2025-07-20T03:00:00.123456Z".parse().unwrap() };
    let (slot, text) = (sample::slot("12-00"), "はい。".to_owned());
    let revision = Revision { slot, text, previous: Some(String::new()), records: vec![record] };
    store.revise(&revision).await.unwrap();

    let mut sent = recorded.received_requests().await.unwrap();
    sent.extend(done.received_requests().await.unwrap());
    let sent = sent.iter().map(|request| {
        let body: Value = serde_json::from_slice(&request.body).unwrap();
        format!("{} {}\n{body:#}", request.method, request.url.path())
    });
    insta::assert_snapshot!(sent.collect::<Vec<_>>().join("\n"));
}

#[tokio::test]
async fn a_revision_that_came_too_late_is_told() {
    let (_server, store) = answering("changed").await;
    let (slot, text) = (sample::slot("12-00"), String::new());
    let revision = Revision { slot, text, previous: None, records: Vec::new() };
    let late = store.revise(&revision).await;
    assert!(matches!(late, Err(LedgerError::Changed)), "{late:?}");
}

#[tokio::test]
async fn a_project_without_a_ledger_completes_as_before_and_is_warned_of_once() {
    let (_server, store) = answering("done").await;
    let log = Log::default();
    let to = log.clone();
    let subscriber =
        tracing_subscriber::fmt().with_writer(move || to.clone()).with_ansi(false).finish();
    // With none for all threads, another thread that gets to the same place first turns it off for all.
    let for_all = tracing_subscriber::fmt().with_writer(std::io::sink).finish();
    let _ = tracing::subscriber::set_global_default(for_all);
    let _logging = tracing::subscriber::set_default(subscriber);
    for _ in 0..3 {
        store.complete(&ticket(), &completion()).await.unwrap();
    }
    let lines = log.lines();
    assert_eq!(lines.len(), 1, "{lines:#?}");
    assert!(lines[0].contains("WARN") && lines[0].contains("supabase/migrations"), "{lines:#?}");
    assert!(!lines[0].contains("はい"), "{lines:#?}");

    let without = Completion { entry: None, ..completion() };
    store.complete(&ticket(), &without).await.unwrap();
}

#[tokio::test]
async fn what_recordings_took_is_asked_for_without_what_was_said() {
    let server = MockServer::start().await;
    let row = json!([{ "object_key": "a.wav", "audio_seconds": 60.0, "speech_seconds": 10.0,
        "work_seconds": 3.0, "cpu_seconds": null }]);
    let answer = ResponseTemplate::new(200).set_body_json(row);
    Mock::given(any()).respond_with(answer).mount(&server).await;
    let store = SupabaseStore::new(&hasty(&server.uri())).unwrap();
    let days = sample::date("2025-07-01")..=sample::date("2025-07-31");
    let after = sample::object_key("a b.wav");
    let page = store.measured(&days, Some(&after)).await.unwrap();
    assert_eq!(page[0].effort, None, "one figure alone says nothing");
    let again = store.measured(&days, Some(&page[0].object_key)).await.unwrap_err();
    assert!(again.to_string().contains("again and again"), "a server without pages: {again}");
    let request = &server.received_requests().await.unwrap()[0];
    assert_eq!(
        request.url.query().unwrap(),
        "select=object_key%2Caudio_seconds%2Cspeech_seconds%2Cwork_seconds%2Ccpu_seconds\
         &date=gte.2025-07-01&date=lte.2025-07-31&object_key=gt.a%20b.wav\
         &order=object_key.asc&limit=1000"
    );
}

#[tokio::test]
async fn a_ledger_without_the_latest_migration_explains_and_tells_no_costs() {
    let server = MockServer::start().await;
    let row = json!([{
        "object_key": "a.wav", "device_id": "d1", "date": "2025-07-20", "time_block": "12-00",
        "model": "base", "language": null, "transcribed_at": "2025-07-20T03:00:00+00:00",
        "audio_seconds": 60.0, "speech_seconds": 0.0, "peak": 0.1, "loudest_second": 0.1,
        "voiced_seconds": 0.0, "doubted_seconds": 0.0, "segments": [],
    }]);
    let all = ResponseTemplate::new(200).insert_header("content-range", "0-0/1").set_body_json(row);
    Mock::given(query_param("select", "*")).respond_with(all).mount(&server).await;
    let lacking = json!({ "code": "42703", "details": null, "hint": null,
        "message": "column transcription_ledger.work_seconds does not exist" });
    let refusal = ResponseTemplate::new(400).set_body_json(lacking);
    Mock::given(any()).respond_with(refusal).with_priority(9).mount(&server).await;
    let store = SupabaseStore::new(&hasty(&server.uri())).unwrap();

    let kept = store.kept(&sample::slot_of("d1", "2025-07-20", "12-00")).await.unwrap();
    assert_eq!((kept.len(), kept[0].entry.transcript.effort), (1, None));
    let days = sample::date("2025-07-01")..=sample::date("2025-07-31");
    let error = store.measured(&days, None).await.unwrap_err();
    assert!(matches!(error, LedgerError::NotInstalled { .. }), "{error:?}");
    assert!(error.to_string().contains("supabase/migrations"), "{error}");
}

#[tokio::test]
async fn a_project_without_the_migration_says_what_to_do() {
    let fake = PostgrestFake::start().await;
    let store = store_over(&fake);
    let slot = sample::slot("12-00");
    for error in [store.keep(&entry()).await.unwrap_err(), store.kept(&slot).await.unwrap_err()] {
        assert!(matches!(error, LedgerError::NotInstalled { .. }), "{error:?}");
        assert!(error.to_string().contains("supabase/migrations"), "{error}");
    }
}

/// Lines of a log.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    fn lines(&self) -> Vec<String> {
        let bytes = self.0.lock().unwrap().clone();
        String::from_utf8(bytes).unwrap().lines().map(str::to_owned).collect()
    }
}

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
