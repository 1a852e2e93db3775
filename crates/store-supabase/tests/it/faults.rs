//! The connection breaks, the server is slow, somebody else answers.

use std::time::Duration;

use tokio::net::TcpListener;
use watchme_core::{ErrorChain, RecordingStatus, StoreError, TranscriptStore};
use watchme_store_supabase::{Config, SupabaseStore};
use watchme_testkit::RecordingSeed;
use watchme_testkit::postgrest::{Fault, PostgrestFake, RowSecurity};
use watchme_testkit::sample;
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::{hasty, keys, store_over, window};

#[tokio::test]
async fn passing_trouble_is_waited_out() {
    let fake = PostgrestFake::start().await;
    fake.insert_recording(&RecordingSeed::at("12-00"));
    let store = store_over(&fake);
    let faults = [
        Fault::error(503, "PGRST000", "Database connection error"),
        Fault::error(500, "57014", "canceling statement due to statement timeout"),
        Fault::answer(502, "text/html", "<html>"),
        Fault::too_many_requests("0"),
        Fault::cut_body(),
    ];
    for fault in faults {
        fake.clear_requests();
        for (method, table) in
            [("GET", "audio_files"), ("POST", "vibe_whisper"), ("PATCH", "audio_files")]
        {
            fake.inject(fault.clone().on(method, table));
        }
        assert_eq!(store.recordings(&window()).await.unwrap().len(), 1);
        store.save(&sample::slot("12-00"), "text").await.unwrap();
        store.mark(&RecordingSeed::at("12-00").id(), &RecordingStatus::Completed).await.unwrap();
        assert_eq!(fake.requests().len(), 6, "{fault:?}: each request twice");
    }
    assert_eq!(fake.transcripts().len(), 1);
    assert_eq!(fake.statuses(&sample::key_of("12-00")), ["completed"]);
}

#[tokio::test]
async fn lasting_trouble_ends_after_the_attempts() {
    let fake = PostgrestFake::start().await;
    fake.inject(Fault::error(503, "PGRST000", "no").times(100));
    let error = store_over(&fake).recordings(&window()).await.unwrap_err();
    assert!(matches!(error, StoreError::Unavailable { retry_after: None, .. }), "{error:?}");
    assert_eq!(fake.requests().len(), 3);
}

#[tokio::test]
async fn a_server_that_asks_for_more_patience_than_we_have_is_not_pressed() {
    let fake = PostgrestFake::start().await;
    fake.inject(Fault::too_many_requests("3600"));
    let error = store_over(&fake).recordings(&window()).await.unwrap_err();
    let hour = Duration::from_hours(1);
    assert!(
        matches!(&error, StoreError::Unavailable { retry_after: Some(wait), .. } if *wait == hour),
        "{error:?}"
    );
    assert_eq!(fake.requests().len(), 1);
}

#[tokio::test]
async fn a_server_that_never_answers_is_given_up() {
    let fake = PostgrestFake::start().await;
    let (fault, _gate) = Fault::hold();
    fake.inject(fault);
    let config =
        Config { request_timeout: Duration::from_millis(50), attempts: 1, ..hasty(fake.url()) };
    let error = SupabaseStore::new(&config).unwrap().recordings(&window()).await.unwrap_err();
    assert!(matches!(error, StoreError::Unavailable { .. }), "{error:?}");
    assert!(ErrorChain(&error).to_string().contains("no answer in time"), "{error:?}");
}

#[tokio::test]
async fn a_server_that_is_not_there_is_unavailable_and_its_address_is_not_told() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let store = SupabaseStore::new(&hasty(&format!("http://{address}"))).unwrap();
    let error = store.recordings(&window()).await.unwrap_err();
    assert!(matches!(error, StoreError::Unavailable { .. }), "{error:?}");
    assert!(!format!("{error:?}").contains("device_id"), "{error:?}");
}

#[tokio::test]
async fn the_key_does_not_follow_a_redirect() {
    let (project, elsewhere) = (MockServer::start().await, MockServer::start().await);
    let to = ResponseTemplate::new(308).insert_header("location", elsewhere.uri().as_str());
    Mock::given(any()).respond_with(to).mount(&project).await;
    let store = SupabaseStore::new(&hasty(&project.uri())).unwrap();
    let error = store.recordings(&window()).await.unwrap_err();
    assert!(error.to_string().contains("check the address"), "{error}");
    assert!(elsewhere.received_requests().await.unwrap().is_empty());
}

#[tokio::test]
async fn an_answer_without_end_is_not_read_to_its_end() {
    let server = MockServer::start().await;
    let huge = vec![b' '; (16 << 20) + 1];
    let response = ResponseTemplate::new(200).set_body_raw(huge, "application/json");
    Mock::given(any()).respond_with(response).mount(&server).await;
    let store = SupabaseStore::new(&hasty(&server.uri())).unwrap();
    let error = store.recordings(&window()).await.unwrap_err();
    assert!(error.to_string().contains("larger than"), "{error}");
}

#[tokio::test]
async fn a_write_that_row_level_security_swallows_is_a_failure_that_names_it() {
    let fake = PostgrestFake::start().await;
    fake.insert_recording(&RecordingSeed::at("12-00"));
    fake.set_row_security(RowSecurity::HidesRows);
    let store = store_over(&fake);
    let saved = store.save(&sample::slot("12-00"), "text").await.unwrap_err();
    let id = RecordingSeed::at("12-00").id();
    let marked = store.mark(&id, &RecordingStatus::Completed).await.unwrap_err();
    for (error, expected) in [(saved, "vibe_whisper"), (marked, "audio_files")] {
        let StoreError::NotWritten { table, reason, .. } = &error else { panic!("{error:?}") };
        assert_eq!(*table, expected);
        assert!(reason.contains("row-level security") && reason.contains("key"), "{error}");
    }
}

#[tokio::test]
async fn a_write_that_row_level_security_refuses_says_the_mend() {
    let fake = PostgrestFake::start().await;
    fake.set_row_security(RowSecurity::RefusesWrites);
    let error = store_over(&fake).save(&sample::slot("12-00"), "text").await.unwrap_err();
    assert!(matches!(error, StoreError::Denied { .. }), "{error:?}");
    assert!(error.to_string().contains("add a policy"), "{error}");
}

#[tokio::test]
async fn another_row_than_the_sent_one_is_not_taken_for_it() {
    let server = MockServer::start().await;
    let row = serde_json::json!([{
        "device_id": sample::DEVICE, "date": sample::DAY, "time_block": "23-30",
        "transcription": "text",
    }]);
    let response = ResponseTemplate::new(201).set_body_json(row);
    Mock::given(any()).respond_with(response).mount(&server).await;
    let store = SupabaseStore::new(&hasty(&server.uri())).unwrap();
    let error = store.save(&sample::slot("12-00"), "text").await.unwrap_err();
    assert!(matches!(error, StoreError::NotWritten { .. }), "{error:?}");
}

/// A held request does not keep the others from being served.
#[tokio::test]
async fn requests_do_not_wait_for_one_another() {
    let fake = PostgrestFake::start().await;
    fake.insert_recording(&RecordingSeed::at("12-00"));
    let (fault, mut gate) = Fault::hold();
    fake.inject(fault.on("POST", "vibe_whisper"));
    let store = store_over(&fake);
    let slot = sample::slot("12-00");
    let (saved, ()) = tokio::join!(store.save(&slot, "text"), async {
        gate.reached().await;
        let rows = store.recordings(&window()).await.unwrap();
        assert_eq!(keys(&rows), [sample::key_of("12-00")]);
        gate.open();
    });
    saved.unwrap();
}
