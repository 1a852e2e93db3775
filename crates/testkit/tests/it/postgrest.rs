//! The PostgREST fake answers the official clients as PostgREST does.
//!
//! The cases are requests that supabase-py and supabase-js really sent, with the answers of
//! PostgREST. Calls of functions (`/rpc`) are no part of the fake and of the cases.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use reqwest::{Client, Method, StatusCode};
use serde_json::{Value, json};
use watchme_testkit::RecordingSeed;
use watchme_testkit::postgrest::{ColumnKind, Fault, PostgrestFake, RowSecurity};
use watchme_testkit::sample::DEVICE;

const UPSERT: &str = "vibe_whisper?on_conflict=device_id,date,time_block";
const MERGE: &str = "resolution=merge-duplicates,return=representation";

#[tokio::test]
async fn recorded_requests_of_the_official_clients_are_answered_as_by_postgrest() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/contract/supabase");
    let mut replayed = 0;
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        let case: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
        replay(&name, &case).await;
        replayed += 1;
    }
    assert_eq!(replayed, 31);
}

async fn replay(name: &str, case: &Value) {
    let fake = laid_out_for(name).await;
    let (request, expected) = (&case["request"], &case["response"]);
    let method: Method = request["method"].as_str().unwrap().parse().unwrap();
    let url = format!("{}{}", fake.url(), request["raw_target"].as_str().unwrap());
    let mut builder = Client::new().request(method, url);
    for (header, value) in request["headers"].as_object().unwrap() {
        let value = value.as_str().unwrap().replace("${KEY}", PostgrestFake::SERVICE_JWT);
        builder = builder.header(header, value);
    }
    if let Some(body) = request.get("body_json") {
        builder = builder.body(body.to_string());
    }
    let response = builder.send().await.unwrap();

    assert_eq!(response.status().as_u16(), expected["status"], "{name}: the status");
    for header in ["content-type", "preference-applied", "proxy-status"] {
        let value = response.headers().get(header).map(|value| value.to_str().unwrap());
        assert_eq!(value, expected["headers"][header].as_str(), "{name}: {header}");
    }
    let range = response.headers().get("content-range").map(|value| value.to_str().unwrap());
    let form = |range: &str| -> String {
        let digits = range.split(|c: char| !c.is_ascii_digit()).filter(|part| !part.is_empty());
        digits.fold(range.to_owned(), |form, digits| form.replacen(digits, "n", 1))
    };
    let expected_range = expected["headers"]["content-range"].as_str();
    assert_eq!(range.map(form), expected_range.map(form), "{name}: the form of content-range");

    let body = response.text().await.unwrap();
    match expected.get("body_json") {
        None => assert_eq!(body, "", "{name}: the body"),
        Some(expected) => {
            let body: Value = serde_json::from_str(&body).unwrap();
            assert_same_shape(name, &body, expected);
        }
    }
}

/// Rows that a case needs in the tables.
async fn laid_out_for(name: &str) -> PostgrestFake {
    let fake = PostgrestFake::start().await;
    let case = name.split_once("__").unwrap().1;
    let seed = |time: &str| RecordingSeed::new(format!("2025-07-18T{time}:00+00:00"), time);
    let noon = || seed("12:00");
    let seeds = match case {
        "claim_conditional_lost" => vec![noon().in_status("completed")],
        "release_claim" => vec![noon().in_status("processing")],
        "select_pending" | "select_pending_desc_nullslast" => {
            vec![seed("14:00"), noon(), seed("15:00").of("another")]
        }
        "select_head_count" | "select_limit_offset_count" | "select_range_count" => {
            (0..320).map(|n| seed(&format!("{:02}:{:02}", n / 60, n % 60))).collect()
        }
        "select_maybe_single" => Vec::new(),
        "select_or_lease" => {
            fake.add_column("audio_files", "lease_expires_at", ColumnKind::Timestamp, Value::Null);
            vec![noon(), seed("13:00").in_status("processing")]
        }
        _ => vec![noon()],
    };
    for seed in seeds {
        // The pending_desc case does not filter by day or status, but by device.
        fake.insert_recording(&seed);
    }
    if matches!(case, "delete_row" | "upsert_ignore_duplicates" | "upsert_on_conflict_updated_only")
    {
        fake.insert("vibe_whisper", text_row("12-00", "おはようございます。\n\"引用\" 100%"));
    }
    fake
}

fn assert_same_shape(name: &str, actual: &Value, expected: &Value) {
    match (actual, expected) {
        (Value::Array(actual), Value::Array(expected)) => {
            // The counted cases have one row of the page written out.
            if !name.ends_with("_count") {
                assert_eq!(actual.len(), expected.len(), "{name}: the number of rows");
            }
            for (actual, expected) in actual.iter().zip(expected) {
                assert_same_shape(name, actual, expected);
            }
        }
        (Value::Object(actual), Value::Object(expected)) => {
            let keys = |object: &serde_json::Map<String, Value>| -> BTreeSet<String> {
                object.keys().filter(|key| *key != "lease_expires_at").cloned().collect()
            };
            assert_eq!(keys(actual), keys(expected), "{name}: the columns");
            for key in ["transcriptions_status", "transcription", "code", "message", "details"] {
                assert_eq!(actual.get(key), expected.get(key), "{name}: {key}");
            }
            if !name.ends_with("_count") {
                assert_eq!(actual.get("recorded_at"), expected.get("recorded_at"), "{name}");
            }
        }
        (actual, expected) => assert_eq!(actual, expected, "{name}"),
    }
}

#[tokio::test]
async fn each_mistake_has_the_error_of_postgrest() {
    let fake = PostgrestFake::start().await;
    fake.insert_recording(&RecordingSeed::new("2025-07-18T12:00:00Z", "a"));
    fake.insert_recording(&RecordingSeed::new("2025-07-18T13:00:00Z", "b"));
    fake.insert("vibe_whisper", text_row("12-00", "words"));
    let good = text_row("12-30", "words");
    let with = |key: &str, value: Value| {
        let mut row = good.clone();
        row[key] = value;
        row
    };
    let cases = [
        ("GET", "audio_filez", None, "", 404, "PGRST205"),
        ("GET", "audio_files?nocol=eq.1", None, "", 400, "42703"),
        ("GET", "audio_files?select=nocol", None, "", 400, "42703"),
        ("GET", "audio_files?order=nocol", None, "", 400, "42703"),
        ("GET", "audio_files?recorded_at=eqq.1", None, "", 400, "PGRST100"),
        ("GET", "audio_files?recorded_at=eq.noon", None, "", 400, "22007"),
        ("GET", "audio_files?file_path=in.(%22a)", None, "", 400, "PGRST100"),
        ("GET", "audio_files?limit=1&offset=3", None, "count=exact", 416, "PGRST103"),
        ("POST", "vibe_whisper", Some(text_row("12-00", "words")), "", 409, "23505"),
        ("POST", UPSERT, Some(with("time_block", json!("12:30"))), MERGE, 400, "23514"),
        ("POST", UPSERT, Some(with("device_id", Value::Null)), MERGE, 400, "23502"),
        ("POST", UPSERT, Some(with("transcript", json!("words"))), MERGE, 400, "PGRST204"),
        ("POST", UPSERT, Some(with("transcription", json!("a\0b"))), MERGE, 400, "22P05"),
        ("POST", "vibe_whisper?on_conflict=date", Some(good.clone()), MERGE, 400, "42P10"),
        ("PATCH", "audio_files?device_id=eq.x", Some(json!({"nocol": 1})), "", 400, "PGRST204"),
        ("POST", "rpc/claim_audio_files", Some(json!({})), "", 404, "PGRST202"),
    ];
    for (method, target, body, prefer, status, code) in cases {
        let (actual_status, actual) = send(&fake, method, target, body, prefer).await;
        assert_eq!((actual_status, actual["code"].as_str()), (status, Some(code)), "{target}");
    }
    assert_eq!(fake.transcripts().len(), 1, "nothing was written");
}

#[tokio::test]
async fn a_key_is_demanded() {
    let fake = PostgrestFake::start().await;
    let get = |key: Option<&'static str>, token: Option<&'static str>| {
        let mut request = Client::new().get(format!("{}/rest/v1/audio_files", fake.url()));
        if let Some(key) = key {
            request = request.header("apikey", key);
        }
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        async move { request.send().await.unwrap().status().as_u16() }
    };
    let (secret, jwt) = (PostgrestFake::SECRET_KEY, PostgrestFake::SERVICE_JWT);
    assert_eq!(get(None, None).await, 401);
    assert_eq!(get(None, Some(jwt)).await, 401);
    assert_eq!(get(Some("guess"), None).await, 401);
    assert_eq!(get(Some(secret), None).await, 200);
    assert_eq!(get(Some(secret), Some(secret)).await, 401, "a secret key is no token");
    assert_eq!(get(Some(jwt), Some(jwt)).await, 200);
}

#[tokio::test]
async fn filters_mean_what_postgrest_says() {
    let fake = PostgrestFake::start().await;
    for (hour, status) in [(1, "pending"), (2, "completed"), (3, "a,b"), (4, "say \"hi\"\\")] {
        let seed = RecordingSeed::new(format!("2025-07-18T0{hour}:00:00Z"), hour.to_string());
        fake.insert_recording(&seed.in_status(status));
    }
    let cases = [
        ("recorded_at=gt.2025-07-18T02:00:00Z", "34"),
        ("recorded_at=gte.2025-07-18T11:00:00%2B09:00", "234"),
        ("recorded_at=lt.2025-07-18 02:00:00", "1"),
        ("recorded_at=lte.2025-07-18T02:00:00Z&transcriptions_status=neq.pending", "2"),
        ("transcriptions_status=not.eq.pending", "234"),
        ("transcriptions_status=in.(pending,completed)", "12"),
        (r#"transcriptions_status=in.("a,b","say \"hi\"\\")"#, "34"),
        ("transcriptions_status=in.()", ""),
        ("transcriptions_status=is.null", ""),
        ("transcriptions_status=not.is.null", "1234"),
        ("or=(file_path.eq.1,and(file_path.gt.2,file_path.lt.4))", "13"),
        (r#"or=(transcriptions_status.eq."a,b",file_path.in.(1,2))"#, "123"),
        ("not.or=(file_path.eq.1,file_path.eq.2)", "34"),
        ("and=(file_path.gte.2,not.or(file_path.eq.3,file_path.eq.4))", "2"),
    ];
    for (filter, expected) in cases {
        let target = format!("audio_files?order=recorded_at&{filter}");
        let (status, rows) = send(&fake, "GET", &target, None, "").await;
        assert_eq!(status, 200, "{filter}: {rows}");
        let keys: String =
            rows.as_array().unwrap().iter().filter_map(|row| row["file_path"].as_str()).collect();
        assert_eq!(keys, expected, "{filter}");
    }
}

#[tokio::test]
async fn times_are_printed_in_utc_with_the_fraction_they_have() {
    let fake = PostgrestFake::start().await;
    for (given, printed) in [
        ("2025-07-18T12:00:00Z", "2025-07-18T12:00:00+00:00"),
        ("2025-07-18 13:00:00", "2025-07-18T13:00:00+00:00"),
        ("2025-07-19T13:30:00.120+09:00", "2025-07-19T04:30:00.12+00:00"),
    ] {
        fake.insert_recording(&RecordingSeed::new(given, given));
        assert_eq!(fake.rows("audio_files").last().unwrap()["recorded_at"], printed);
    }
}

#[tokio::test]
async fn an_answer_has_max_rows_at_most_whatever_was_asked_for() {
    let fake = PostgrestFake::start().await;
    for minute in 10..15 {
        fake.insert_recording(&RecordingSeed::new(format!("2025-07-18T12:{minute}:00Z"), "a"));
    }
    fake.set_max_rows(2);
    let (status, rows) = send(&fake, "GET", "audio_files?limit=4", None, "").await;
    assert_eq!((status, rows.as_array().unwrap().len()), (200, 2));
    let (status, rows) = send(&fake, "GET", "audio_files?limit=4", None, "count=exact").await;
    assert_eq!((status, rows.as_array().unwrap().len()), (206, 2));
}

#[tokio::test]
async fn row_security_hides_rows_or_refuses_writes() {
    let fake = PostgrestFake::start().await;
    fake.insert_recording(&RecordingSeed::new("2025-07-18T12:00:00Z", "a"));
    let change = || Some(json!({"transcriptions_status": "completed"}));
    let target = "audio_files?file_path=eq.a";

    fake.set_row_security(RowSecurity::HidesRows);
    let returning = "return=representation";
    assert_eq!(send(&fake, "GET", target, None, "").await, (200, json!([])));
    assert_eq!(send(&fake, "PATCH", target, change(), returning).await, (200, json!([])));
    let row = Some(text_row("12-00", "words"));
    assert_eq!(send(&fake, "POST", UPSERT, row, MERGE).await.1, json!([]));

    fake.set_row_security(RowSecurity::RefusesWrites);
    assert_eq!(send(&fake, "PATCH", target, change(), returning).await.0, 403);
    assert_eq!(fake.statuses("a"), ["pending"]);
    assert_eq!(fake.transcripts(), []);
}

#[tokio::test]
async fn faults_come_as_often_as_told_and_only_where_they_are_meant() {
    let fake = PostgrestFake::start().await;
    fake.inject(Fault::error(503, "PGRST000", "no").on("GET", "vibe_whisper").times(2));
    fake.inject(Fault::too_many_requests("7"));
    assert_eq!(send(&fake, "GET", "audio_files", None, "").await.0, 429);
    assert_eq!(send(&fake, "GET", "audio_files", None, "").await.0, 200);
    let statuses = [503, 503, 200];
    for expected in statuses {
        assert_eq!(send(&fake, "GET", "vibe_whisper", None, "").await.0, expected);
    }

    fake.inject(Fault::cut_body());
    let url = format!("{}/rest/v1/audio_files", fake.url());
    let request = Client::new().get(url).header("apikey", PostgrestFake::SECRET_KEY);
    let response = request.send().await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    assert!(response.bytes().await.is_err(), "the body breaks off");

    let (fault, mut gate) = Fault::hold();
    fake.inject(fault);
    let (answer, ()) = tokio::join!(send(&fake, "GET", "audio_files", None, ""), async {
        gate.reached().await;
        gate.open();
    });
    assert_eq!(answer.0, 200);
    assert_eq!(fake.requests().len(), 7);
}

fn text_row(block: &str, text: &str) -> Value {
    json!({"device_id": DEVICE, "date": "2025-07-18", "time_block": block, "transcription": text})
}

async fn send(
    fake: &PostgrestFake,
    method: &str,
    target: &str,
    body: Option<Value>,
    prefer: &str,
) -> (u16, Value) {
    let url = format!("{}/rest/v1/{target}", fake.url());
    let mut request = Client::new()
        .request(method.parse().unwrap(), url)
        .header("apikey", PostgrestFake::SECRET_KEY)
        .header("prefer", prefer);
    if let Some(body) = body {
        request = request.json(&body);
    }
    let response = request.send().await.unwrap();
    let status = response.status().as_u16();
    (status, serde_json::from_str(&response.text().await.unwrap()).unwrap_or(Value::Null))
}
