//! Paging: every row arrives once, however the server cuts its pages.

use std::collections::BTreeSet;

use serde_json::json;
use watchme_core::{ObjectKey, RecordingQuery, StoreError, TranscriptStore};
use watchme_store_supabase::{Config, SupabaseStore};
use watchme_testkit::RecordingSeed;
use watchme_testkit::postgrest::{Fault, PostgrestFake};
use watchme_testkit::sample::{self, DAY};
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::{hasty, keys, store_over, window};

/// Recordings of which many share their time.
fn lay_out(fake: &PostgrestFake) -> Vec<String> {
    let mut expected = Vec::new();
    for minute in [10, 20, 30, 40] {
        for device in ["a", "b", "c", "d", "e"] {
            let key = format!("{minute}-{device}");
            let time = format!("{DAY}T12:{minute}:00+00:00");
            fake.insert_recording(&RecordingSeed::new(time, &key).of(device));
            expected.push(key);
        }
    }
    expected
}

#[tokio::test]
async fn a_page_cut_by_the_server_is_not_the_end() {
    let fake = PostgrestFake::start().await;
    let expected = lay_out(&fake);
    for max_rows in [1, 2, 3, 4, 7, 19, 20, 21] {
        for page_rows in [1, 3, 5, 1000] {
            fake.set_max_rows(max_rows);
            let config = Config { page_rows, ..hasty(fake.url()) };
            let store = SupabaseStore::new(&config).unwrap();
            let rows = store.recordings(&RecordingQuery::Pending).await.unwrap();
            assert_eq!(keys(&rows), expected, "max-rows {max_rows}, pages of {page_rows}");
        }
    }
}

#[tokio::test]
async fn a_list_that_fits_one_page_takes_one_request() {
    let fake = PostgrestFake::start().await;
    lay_out(&fake);
    let store = store_over(&fake);
    assert_eq!(store.recordings(&RecordingQuery::Pending).await.unwrap().len(), 20);
    assert_eq!(fake.requests().len(), 1);
}

#[tokio::test]
async fn rows_that_others_complete_meanwhile_hide_no_other_row() {
    let fake = PostgrestFake::start().await;
    let expected = lay_out(&fake);
    fake.set_max_rows(6);
    let store = store_over(&fake);
    let (fault, mut gate) = Fault::hold();
    fake.inject(fault.on("GET", "audio_files").after(1));
    let (rows, ()) = tokio::join!(store.recordings(&RecordingQuery::Pending), async {
        gate.reached().await;
        for key in ["10-a", "10-b", "10-c"] {
            complete(&fake, key).await;
        }
        gate.open();
    });
    // The first page had the completed ones: they were pending when it was read.
    assert_eq!(keys(&rows.unwrap()), expected);
}

async fn complete(fake: &PostgrestFake, key: &str) {
    let url = format!("{}/rest/v1/audio_files?file_path=eq.{key}", fake.url());
    let change = json!({"transcriptions_status": "completed"});
    let request = reqwest::Client::new().patch(url).json(&change);
    let response = request.header("apikey", PostgrestFake::SECRET_KEY).send().await.unwrap();
    assert!(response.status().is_success());
}

#[tokio::test]
async fn a_server_that_does_not_page_is_found_out() {
    let server = MockServer::start().await;
    let row = json!([{
        "device_id": "a", "recorded_at": "2025-07-20T12:00:00+00:00", "file_path": "a",
        "transcriptions_status": "pending",
    }]);
    let response = ResponseTemplate::new(200).set_body_json(row);
    Mock::given(any()).respond_with(response).mount(&server).await;
    let config = Config { page_rows: 2, ..hasty(&server.uri()) };
    let store = SupabaseStore::new(&config).unwrap();
    let error = store.recordings(&RecordingQuery::Pending).await.unwrap_err();
    assert!(matches!(error, StoreError::Denied { .. }), "{error:?}");
    assert!(error.to_string().contains("again and again"), "{error}");
}

#[tokio::test]
async fn many_keys_are_asked_for_in_addresses_that_servers_take() {
    let fake = PostgrestFake::start().await;
    let mut wanted = BTreeSet::new();
    for n in 0..150 {
        let key = format!("files/居間,\"{n}\"/\\{}/audio.wav", "長".repeat(n));
        let time = format!("{DAY}T{:02}:{:02}:00Z", 23 - n / 60, n % 60);
        fake.insert_recording(&RecordingSeed::new(time, &key));
        wanted.insert(sample::object_key(&key));
    }
    let rows =
        store_over(&fake).recordings(&RecordingQuery::Objects(wanted.clone())).await.unwrap();
    let named: BTreeSet<ObjectKey> = keys(&rows).into_iter().map(sample::object_key).collect();
    assert_eq!((rows.len(), named), (150, wanted));
    let longest = fake.requests().iter().map(|request| request.raw_query.len()).max().unwrap();
    assert!(longest < 4000, "{longest} bytes");
}

#[tokio::test]
async fn a_day_of_texts_is_read_page_by_page_too() {
    let fake = PostgrestFake::start().await;
    fake.set_max_rows(5);
    let store = store_over(&fake);
    for block in watchme_core::TimeBlock::slots() {
        store.save(&sample::slot(&block.to_string()), "text").await.unwrap();
    }
    let texts = store.transcripts(&sample::device(sample::DEVICE), sample::date(DAY)).await;
    assert_eq!(texts.unwrap().len(), 48);
    assert!(store.recordings(&window()).await.unwrap().is_empty());
}

#[tokio::test]
async fn the_slots_of_a_month_are_read_page_by_page_and_without_their_texts() {
    let fake = PostgrestFake::start().await;
    fake.set_max_rows(5);
    let store = store_over(&fake);
    let blocks: Vec<_> = watchme_core::TimeBlock::slots().collect();
    for (index, block) in blocks.iter().enumerate() {
        let text = if index.is_multiple_of(2) { "" } else { "said" };
        store.save(&sample::slot(&block.to_string()), text).await.unwrap();
    }
    fake.clear_requests();
    let days = sample::date("2025-07-01")..=sample::date("2025-07-31");
    let slots = store.saved_slots(&sample::device(sample::DEVICE), &days, "").await.unwrap();
    assert!(slots.iter().map(|slot| slot.block).eq(blocks));
    assert!(
        slots.iter().enumerate().all(|(index, slot)| slot.is_silent == index.is_multiple_of(2))
    );
    for request in fake.requests() {
        assert_eq!(request.parameter("select"), Some("date,time_block"));
    }
}
