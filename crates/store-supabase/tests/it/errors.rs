//! Errors: every answer that is no success becomes one that says what to do.

use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::time::Duration;

use serde_json::Value;
use watchme_core::{ErrorChain, RecordingStatus, StoreError, TranscriptStore};
use watchme_store_supabase::{Config, SupabaseStore};
use watchme_testkit::RecordingSeed;
use watchme_testkit::postgrest::PostgrestFake;
use watchme_testkit::sample;
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::{hasty, window};

const SPOKEN: &str = "今日は\"暑い\"ですね 100%";

/// Sends what the case sends to a server that answers as the case does.
async fn outcome(case: &Value) -> (Result<(), StoreError>, usize) {
    let server = MockServer::start().await;
    let answer = &case["response"];
    let mut response =
        ResponseTemplate::new(u16::try_from(answer["status"].as_u64().unwrap()).unwrap());
    let body = match answer.get("body_json") {
        Some(body) => body.to_string(),
        None => answer["body_text"].as_str().unwrap_or_default().to_owned(),
    };
    let headers = answer["headers"].as_object().unwrap();
    let content_type = headers["content-type"].as_str().unwrap();
    response = response.set_body_raw(body, content_type);
    for (name, value) in headers.iter().filter(|(name, _)| *name != "content-type") {
        response = response.insert_header(name.as_str(), value.as_str().unwrap());
    }
    Mock::given(any()).respond_with(response).mount(&server).await;

    let config = Config { attempts: 2, ..hasty(&server.uri()) };
    let store = SupabaseStore::new(&config).unwrap();
    let result = match case["request"]["method"].as_str().unwrap() {
        "GET" => store.recordings(&window()).await.map(|rows| assert!(rows.is_empty())),
        "POST" => store.save(&sample::slot("12-00"), SPOKEN).await,
        "PATCH" => {
            let id = RecordingSeed::at("12-00").id();
            store.mark(&id, &RecordingStatus::Completed).await
        }
        method => panic!("no method of the port sends {method}"),
    };
    (result, server.received_requests().await.unwrap().len())
}

#[tokio::test]
async fn each_documented_error_has_its_class_and_says_what_to_do() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/contract");
    let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let name_of = |path: &Path| path.file_stem().unwrap().to_str().unwrap().to_owned();
    let mut files: Vec<_> = files.filter(|path| name_of(path).starts_with("error__")).collect();
    files.sort();
    assert_eq!(files.len(), 23);

    let mut told = String::new();
    for path in files {
        let case: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
        let (result, requests) = outcome(&case).await;
        let class = case["expected_class"].as_str().unwrap();
        let is_as_expected = match &result {
            Ok(()) => class == "end_of_pages",
            Err(StoreError::Unavailable { retry_after: None, .. }) => class == "retry",
            Err(StoreError::Unavailable { retry_after: Some(wait), .. }) => {
                class == "retry_after" && *wait == Duration::from_secs(2)
            }
            Err(StoreError::Denied { .. }) => class == "fatal",
            Err(StoreError::InvalidRow { .. }) => class == "row_error",
            Err(_) => false,
        };
        let name = name_of(&path);
        assert!(is_as_expected, "{name}: {class} became {result:?}");
        assert_eq!(requests, if class == "retry" { 2 } else { 1 }, "{name}: the attempts");
        let said = match &result {
            Ok(()) => "no more pages".to_owned(),
            Err(error) => ErrorChain(error).to_string(),
        };
        writeln!(told, "{}: {said}", name.trim_start_matches("error__")).unwrap();
    }
    for secret in [PostgrestFake::SECRET_KEY, SPOKEN, "Failing row"] {
        assert!(!told.contains(secret), "{told}");
    }
    insta::assert_snapshot!(told);
}

/// Checks that nothing the database quotes is repeated: it may be what somebody said.
#[tokio::test]
async fn no_error_repeats_what_was_said() {
    let cases = [
        (400, "22P02", format!("invalid input syntax for type json: \"{SPOKEN}\"")),
        (400, "P0001", format!("a trigger refuses {SPOKEN}")),
        (400, "23514", "violates check constraint \"length\"".to_owned()),
    ];
    for (status, code, message) in cases {
        let server = MockServer::start().await;
        let body = serde_json::json!({
            "code": code,
            "message": message,
            "details": format!("Failing row contains (d, 2025-07-18, 12-00, {SPOKEN})."),
            "hint": format!("shorten {SPOKEN}"),
        });
        let response = ResponseTemplate::new(status).set_body_json(body);
        Mock::given(any()).respond_with(response).mount(&server).await;
        let store = SupabaseStore::new(&hasty(&server.uri())).unwrap();
        let error = store.save(&sample::slot("12-00"), SPOKEN).await.unwrap_err();
        let said = format!("{} {error:?}", ErrorChain(&error));
        assert!(said.contains(code) && !said.contains(SPOKEN), "{said}");
    }
}
