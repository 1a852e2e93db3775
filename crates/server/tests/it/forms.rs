//! The three forms of a request, and what does not fit any.

use axum::http::{Method, StatusCode};
use serde_json::{Value, json};
use watchme_core::StoreError;
use watchme_testkit::sample::{DAY, DEVICE, key_of, slot};
use watchme_testkit::{FakeSource, FakeStore, RecordingSeed};

use crate::world::{TRANSCRIBE, World, post, request, settings};

fn day() -> String {
    json!({ "device_id": DEVICE, "date": DAY, "model": "base" }).to_string()
}

#[tokio::test]
async fn case_1_of_the_manual_transcribes_four_of_six_and_case_2_finds_nothing_left() {
    let blocks = ["12-00", "12-30", "13-00", "13-30", "14-00", "14-30"];
    let rows = blocks.map(|block| match block {
        "12-30" | "13-30" => RecordingSeed::at(block).in_status("completed"),
        _ => RecordingSeed::at(block),
    });
    let objects = blocks.map(|block| (key_of(block), block));
    let world = World::new(FakeStore::new(rows), FakeSource::new(objects), settings());

    let first = world.ask(day()).await.json();
    assert_eq!(
        first["summary"],
        json!({ "total_files": 6, "already_completed": 2, "pending_processed": 4, "errors": 0 })
    );
    assert_eq!(first["processed_time_blocks"], json!(["12-00", "13-00", "14-00", "14-30"]));
    assert_eq!(first["error_files"], Value::Null);
    assert_eq!(first["message"], "pendingステータスの4件中4件を正常に処理しました");
    assert_eq!(world.store.text(&slot("14-30")).as_deref(), Some("14-30"));

    let second = world.ask(day()).await.json();
    assert_eq!(
        second["summary"],
        json!({ "total_files": 6, "already_completed": 6, "pending_processed": 0, "errors": 0 })
    );
    assert_eq!(second["message"], "処理対象となる音声ファイルがありません（全6件中6件が処理済み）");
}

#[tokio::test]
async fn a_day_in_which_everything_failed_is_answered_200_with_the_reasons() {
    let store = FakeStore::new([RecordingSeed::at("12-00")]);
    let world = World::new(store, FakeSource::new::<String, String>([]), settings());
    let answer = world.ask(day()).await;
    assert_eq!(answer.status, StatusCode::OK);
    let body = answer.json();
    assert_eq!(body["status"], "success");
    assert_eq!(body["summary"]["errors"], 1);
    assert_eq!(body["error_details"][0]["kind"], "missing");
    assert_eq!(body["error_details"][0]["file"], key_of("12-00"));
}

#[tokio::test]
async fn file_paths_alone_are_transcribed_whatever_their_status() {
    let rows = [RecordingSeed::at("12-00").in_status("completed"), RecordingSeed::at("12-30")];
    let objects = ["12-00", "12-30"].map(|block| (key_of(block), block));
    let world = World::new(FakeStore::new(rows), FakeSource::new(objects), settings());
    let body = json!({ "file_paths": [key_of("12-00"), "files/unknown.wav"], "model": "base" });
    let answer = world.ask(body.to_string()).await.json();
    let keys: Vec<&String> = answer.as_object().unwrap().keys().collect();
    assert_eq!(
        keys,
        [
            "status",
            "summary",
            "processed_files",
            "processed_time_blocks",
            "error_files",
            "execution_time_seconds",
            "message",
            "error_details"
        ]
    );
    assert_eq!(answer["processed_files"], json!([key_of("12-00")]));
    assert_eq!(answer["error_files"], json!(["files/unknown.wav"]));
    assert_eq!(answer["message"], "2件中1件を正常に処理しました");
    assert_eq!(world.transcriber.heard(), ["12-00"]);
}

#[tokio::test]
async fn local_date_with_time_blocks_transcribes_these_blocks() {
    let world = World::of_blocks(&["12-00", "12-30"]);
    let body = json!({ "device_id": DEVICE, "local_date": DAY, "time_blocks": ["12-30"] });
    let answer = world.ask(body.to_string()).await.json();
    assert_eq!(answer["time_blocks_requested"], json!(["12-30"]));
    assert_eq!(answer["processed_time_blocks"], json!(["12-30"]));
    assert_eq!(answer["local_date"], DAY);
    assert_eq!(world.transcriber.heard(), ["12-30"]);
}

#[tokio::test]
async fn local_date_without_time_blocks_is_the_whole_day() {
    for blocks in [json!(null), json!([])] {
        let world = World::of_blocks(&["12-00", "12-30"]);
        let body = json!({ "device_id": DEVICE, "local_date": DAY, "time_blocks": blocks });
        let answer = world.ask(body.to_string()).await.json();
        assert_eq!(answer["time_blocks_requested"], blocks);
        assert_eq!(answer["processed_time_blocks"], json!(["12-00", "12-30"]));
        let again = world.ask(body.to_string()).await.json();
        assert_eq!(
            again["message"],
            "処理対象のファイルがありません（全て処理済みまたは該当なし）"
        );
    }
}

#[tokio::test]
async fn with_a_date_time_blocks_choose_as_well() {
    let world = World::of_blocks(&["12-00", "12-30"]);
    let body = json!({ "device_id": DEVICE, "date": DAY, "time_blocks": ["12-30"] });
    let answer = world.ask(body.to_string()).await.json();
    assert_eq!(
        (&answer["date"], &answer["processed_time_blocks"]),
        (&json!(DAY), &json!(["12-30"]))
    );
    assert_eq!(world.transcriber.heard(), ["12-30"]);
    let body = json!({ "device_id": DEVICE, "date": DAY, "time_blocks": null });
    let answer = world.ask(body.to_string()).await.json();
    assert_eq!(answer["processed_time_blocks"], json!(["12-00"]));
}

#[tokio::test]
async fn with_a_date_file_paths_choose_nothing() {
    let world = World::of_blocks(&["12-00", "12-30"]);
    let body = json!({ "device_id": DEVICE, "date": DAY, "file_paths": [key_of("12-00")] });
    let answer = world.ask(body.to_string()).await.json();
    assert_eq!(answer["summary"]["pending_processed"], 2);
}

#[tokio::test]
async fn a_model_of_the_list_is_used() {
    let mut settings = settings();
    settings.models.push("small".parse().unwrap());
    let store = FakeStore::new([RecordingSeed::at("12-00")]);
    let world = World::new(store, FakeSource::new([(key_of("12-00"), "a")]), settings);
    let body = json!({ "device_id": DEVICE, "date": DAY, "model": "small" });
    assert_eq!(world.ask(body.to_string()).await.status, StatusCode::OK);
    assert_eq!(world.transcriber.options()[0].model.as_str(), "small");

    let body = json!({ "device_id": DEVICE, "date": DAY, "model": "x".repeat(5000) });
    let answer = world.ask(body.to_string()).await;
    answer.assert_error(StatusCode::BAD_REQUEST, "対応モデル: base, small.");
    assert!(answer.text.len() < 2000);
}

#[tokio::test]
async fn identifiers_that_are_none_are_named_each_at_its_place() {
    let world = World::of_blocks(&[]);
    let cases = [
        (json!({ "device_id": DEVICE, "date": "2025-02-30" }), json!(["body", "date"])),
        (json!({ "device_id": DEVICE, "date": "20250718" }), json!(["body", "date"])),
        (json!({ "device_id": DEVICE, "date": "0000-01-01" }), json!(["body", "date"])),
        (
            json!({ "device_id": DEVICE, "date": DAY, "time_blocks": ["25-00"] }),
            json!(["body", "time_blocks", 0]),
        ),
        (json!({ "device_id": "", "date": DAY }), json!(["body", "device_id"])),
        (json!({ "device_id": "a\u{0}b", "date": DAY }), json!(["body", "device_id"])),
        (json!({ "device_id": DEVICE, "local_date": "x" }), json!(["body", "local_date"])),
        (
            json!({ "device_id": DEVICE, "local_date": DAY, "time_blocks": ["12-00", "25-00"] }),
            json!(["body", "time_blocks", 1]),
        ),
        (json!({ "file_paths": [key_of("12-00"), ""] }), json!(["body", "file_paths", 1])),
    ];
    for (body, place) in cases {
        let answer = world.ask(body.to_string()).await;
        answer.assert_error(StatusCode::UNPROCESSABLE_ENTITY, "expected");
        let issue = &answer.json()["detail"][0];
        assert_eq!((&issue["type"], &issue["loc"]), (&json!("value_error"), &place), "{body}");
    }
    assert!(world.store.operations().is_empty());
}

#[tokio::test]
async fn parts_of_another_type_are_named_each_at_its_place() {
    let world = World::of_blocks(&[]);
    let cases = [
        (json!({ "device_id": DEVICE, "local_date": 1 }), "string_type", json!(["local_date"])),
        (
            json!({ "device_id": DEVICE, "local_date": DAY, "time_blocks": "12-00" }),
            "list_type",
            json!(["time_blocks"]),
        ),
        (json!({ "file_paths": [1] }), "string_type", json!(["file_paths", 0])),
        (json!({ "file_paths": ["a"], "model": 1 }), "string_type", json!(["model"])),
        (json!({ "file_paths": [] }), "missing", json!(["device_id"])),
        (json!({ "device_id": DEVICE, "file_paths": ["a"] }), "missing", json!(["date"])),
        (json!({ "local_date": DAY }), "missing", json!(["device_id"])),
        (json!({ "device_id": DEVICE, "local_date": null }), "missing", json!(["date"])),
    ];
    for (body, kind, place) in cases {
        let answer = world.ask(body.to_string()).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{body}");
        let issue = &answer.json()["detail"][0];
        let loc: Vec<Value> = issue["loc"].as_array().unwrap()[1..].to_vec();
        assert_eq!((&issue["type"], Value::from(loc)), (&json!(kind), place), "{body}");
    }
}

#[tokio::test]
async fn the_keys_of_an_echoed_body_keep_their_order() {
    let world = World::of_blocks(&[]);
    let answer = world.ask(r#"{"zebra":1,"apple":{"z":1,"a":2},"device_id":"m5"}"#).await;
    assert!(
        answer.text.contains(r#""input":{"zebra":1,"apple":{"z":1,"a":2},"device_id":"m5"}"#),
        "{answer:?}"
    );
}

#[tokio::test]
async fn an_answer_repeats_little_of_a_large_body() {
    let world = World::of_blocks(&[]);
    let many = json!({ "device_id": DEVICE, "date": DAY, "file_paths": vec![7; 100_000] });
    let long = json!({ "padding": "あ".repeat(100_000) });
    let text = format!("\"{}\"", "x".repeat(100_000));
    for body in [many.to_string(), long.to_string(), text] {
        let answer = world.ask(body).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(answer.text.len() < 10_000, "{} bytes", answer.text.len());
    }
}

#[tokio::test]
async fn json_is_taken_by_any_of_its_names_and_nothing_else_is() {
    let world = World::of_blocks(&[]);
    for (name, status) in [
        ("application/json; charset=utf-8", 200),
        ("APPLICATION/JSON", 200),
        ("application/vnd.watchme+json", 200),
        ("text/plain", 422),
        ("text/json", 422),
        ("application/octet-stream", 422),
    ] {
        let mut request = post(day());
        request.headers_mut().insert("content-type", name.parse().unwrap());
        assert_eq!(world.send(request).await.status.as_u16(), status, "{name}");
    }
}

#[tokio::test]
async fn a_body_that_is_no_text_is_refused() {
    let world = World::of_blocks(&[]);
    let answer = world.ask(vec![0x7b, 0xff, 0xfe]).await;
    answer.assert_error(StatusCode::BAD_REQUEST, "no UTF-8");
    assert_eq!(answer.json()["detail"], "There was an error parsing the body");
}

#[tokio::test]
async fn an_unreadable_table_is_500_in_every_form_and_names_no_host() {
    let world = World::of_blocks(&["12-00"]);
    world.store.fail_reads(usize::MAX, || StoreError::Unavailable {
        backend: "supabase",
        retry_after: None,
        source: "https://project.supabase.co refused".into(),
    });
    for body in [
        day(),
        json!({ "file_paths": [key_of("12-00")] }).to_string(),
        json!({ "device_id": DEVICE, "local_date": DAY }).to_string(),
    ] {
        let answer = world.ask(body).await;
        answer.assert_error(
            StatusCode::INTERNAL_SERVER_ERROR,
            "データベースクエリエラー: supabase is unavailable",
        );
        assert!(!answer.text.contains("supabase.co"));
    }
}

#[tokio::test]
async fn a_wrong_method_is_told_the_right_ones() {
    let world = World::of_blocks(&[]);
    for (method, path, allow) in
        [(Method::DELETE, TRANSCRIBE, "POST"), (Method::POST, "/health", "GET,HEAD")]
    {
        let answer = world.send(request(method, path, "")).await;
        answer.assert_error(StatusCode::METHOD_NOT_ALLOWED, "allow");
        assert_eq!(answer.header("allow"), Some(allow));
    }
}
