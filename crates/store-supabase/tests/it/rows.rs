//! Columns that we know, do not know and miss.

use serde_json::{Value, json};
use watchme_core::{RecordingRow, StoreError, TranscriptStore};
use watchme_testkit::RecordingSeed;
use watchme_testkit::postgrest::{ColumnKind, PostgrestFake};
use watchme_testkit::sample::{self, DAY, DEVICE};

use crate::{keys, store_over, window};

#[tokio::test]
async fn columns_of_others_are_neither_needed_nor_changed() {
    let fake = PostgrestFake::start().await;
    fake.add_column("audio_files", "file_status", ColumnKind::Text, json!("kept"));
    fake.add_column("vibe_whisper", "status", ColumnKind::Text, json!("pending"));
    fake.add_column("vibe_whisper", "created_at", ColumnKind::Timestamp, Value::Null);
    fake.insert_recording(&RecordingSeed::at("12-00"));
    fake.insert(
        "vibe_whisper",
        json!({
            "device_id": DEVICE, "date": DAY, "time_block": "12-00", "transcription": "old",
            "status": "completed", "created_at": "2025-07-20T04:00:00Z",
        }),
    );
    let store = store_over(&fake);
    assert_eq!(store.recordings(&window()).await.unwrap().len(), 1);
    store.save(&sample::slot("12-00"), "new").await.unwrap();
    store.save(&sample::slot("12-30"), "").await.unwrap();
    let rows = fake.rows("vibe_whisper");
    assert_eq!(rows[0]["transcription"], "new");
    assert_eq!(rows[0]["status"], "completed");
    assert_eq!(rows[0]["created_at"], "2025-07-20T04:00:00+00:00");
    assert_eq!((&rows[1]["transcription"], &rows[1]["status"]), (&json!(""), &json!("pending")));
    for request in fake.requests().iter().filter(|request| request.method == "POST") {
        let columns: Vec<_> = request.body.as_ref().unwrap().as_object().unwrap().keys().collect();
        assert_eq!(columns, ["device_id", "date", "time_block", "transcription"]);
    }
}

#[tokio::test]
async fn a_lacking_column_is_an_error_that_names_it() {
    for column in ["device_id", "file_path", "transcriptions_status"] {
        let fake = PostgrestFake::start().await;
        fake.insert_recording(&RecordingSeed::at("12-00"));
        fake.drop_column("audio_files", column);
        let error = store_over(&fake).recordings(&window()).await.unwrap_err();
        assert!(matches!(error, StoreError::Denied { .. }), "{error:?}");
        assert!(error.to_string().contains(column), "{error}");
    }
    let fake = PostgrestFake::start().await;
    fake.drop_column("vibe_whisper", "transcription");
    let error = store_over(&fake).save(&sample::slot("12-00"), "text").await.unwrap_err();
    assert!(error.to_string().contains("'transcription' column"), "{error}");
}

#[tokio::test]
async fn a_row_that_cannot_be_read_is_one_item_that_says_why() {
    let fake = PostgrestFake::start().await;
    fake.insert_recording(&RecordingSeed::at("12-00"));
    let long = "x".repeat(256);
    let odd = [
        json!({"device_id": DEVICE, "recorded_at": "2025-07-20T04:00:00+00:00", "file_path": null}),
        json!({"device_id": DEVICE, "recorded_at": "2025-07-20T05:00:00+00:00", "file_path": 7}),
        json!({"device_id": long, "recorded_at": "2025-07-20T06:00:00+00:00", "file_path": "k"}),
        json!({"device_id": DEVICE, "recorded_at": "2025-07-20T99", "file_path": "l"}),
    ];
    for mut row in odd {
        row["transcriptions_status"] = "pending".into();
        fake.insert_unchecked("audio_files", row.as_object().unwrap().clone());
    }
    let rows = store_over(&fake).recordings(&watchme_core::RecordingQuery::Pending).await.unwrap();
    assert_eq!(rows.len(), 5);
    let reasons: Vec<_> = rows
        .iter()
        .filter_map(|row| match row {
            RecordingRow::Readable(_) => None,
            RecordingRow::Unreadable(row) => Some((row.label.clone(), row.reason.clone())),
        })
        .collect();
    let [null, number, device, time] = &reasons[..] else { panic!("{reasons:?}") };
    assert!(null.0.contains(DEVICE) && null.1.contains("`file_path` is null"), "{null:?}");
    assert!(number.1.contains("`file_path` is null or no text"), "{number:?}");
    assert!(device.0 == "k" && device.1.contains("`device_id`"), "{device:?}");
    assert!(time.0 == "l" && time.1.contains("`recorded_at`"), "{time:?}");
}

#[tokio::test]
async fn a_null_text_is_no_text() {
    let fake = PostgrestFake::start().await;
    let row = |block: &str, text: Value| json!({"device_id": DEVICE, "date": DAY, "time_block": block, "transcription": text});
    fake.insert("vibe_whisper", row("12-00", Value::Null));
    fake.insert("vibe_whisper", row("12-30", json!("")));
    // The constraint of the table lets this pass; no clock shows it.
    fake.insert("vibe_whisper", row("29-00", json!("text")));
    let texts =
        store_over(&fake).transcripts(&sample::device(DEVICE), sample::date(DAY)).await.unwrap();
    let blocks: Vec<_> = texts.iter().map(|saved| saved.slot.block.to_string()).collect();
    assert_eq!(blocks, ["12-30"]);
}

#[tokio::test]
async fn a_text_the_database_cannot_hold_is_that_rows_failure() {
    let fake = PostgrestFake::start().await;
    let error = store_over(&fake).save(&sample::slot("12-00"), "a\0b").await.unwrap_err();
    assert!(matches!(error, StoreError::InvalidRow { .. }), "{error:?}");
    assert!(keys(&store_over(&fake).recordings(&window()).await.unwrap()).is_empty());
}
