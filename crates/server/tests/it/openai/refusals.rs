//! Errors in OpenAI's shape, by which its clients choose their exceptions.

use std::num::NonZeroU32;

use axum::body::Body;
use axum::http::{Method, StatusCode, header};
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use watchme_app::Uploads;
use watchme_app::keys::NewKey;
use watchme_core::TranscribeError;
use watchme_server::Settings;
use watchme_testkit::{FakeSource, FakeStore};

use super::{TRANSCRIPTIONS, assert_empty, form, say, send, upload, world, world_with};
use crate::world::{Answer, World, request, settings};

const INVALID: &str = "invalid_request_error";

#[tokio::test]
async fn a_field_that_does_not_fit_is_named() {
    let (world, folder) = world();
    let (value, other) = ("invalid_value", "unsupported_value");
    for (name, sent, code) in [
        ("language", "klingon", value),
        ("language", "jp", value),
        ("language", "yue", other),
        ("response_format", "xml", other),
        ("response_format", "diarized_json", other),
        ("temperature", "1.5", value),
        ("temperature", "-0.1", value),
        ("temperature", "NaN", value),
        ("temperature", "warm", value),
        ("stream", "maybe", value),
        ("timestamp_granularities", "word", other),
        ("timestamp_granularities", "line", value),
        ("language", &"x".repeat(1025), value),
    ] {
        let answer = say(&world, "a", name, sent).await;
        answer.assert_refused(StatusCode::BAD_REQUEST, INVALID, &json!(name), &json!(code));
        assert_empty(&folder);
    }
    for format in ["verbose_json", "srt", "vtt"] {
        let fields = [("file", "a"), ("stream", "true"), ("response_format", format)];
        let answer = send(&world, &fields).await;
        let param = json!("response_format");
        answer.assert_refused(StatusCode::BAD_REQUEST, INVALID, &param, &json!(other));
    }
    assert!(world.transcriber.calls().is_empty());
}

#[tokio::test]
async fn a_model_that_is_not_there_is_not_found() {
    let (world, folder) = world();
    let answer = send(&world, &[("file", "a"), ("model", "gpt-4o-transcribe")]).await;
    let (param, code) = (json!("model"), json!("model_not_found"));
    answer.assert_refused(StatusCode::NOT_FOUND, INVALID, &param, &code);
    assert!(answer.json()["error"]["message"].as_str().unwrap().contains("`gpt-4o-transcribe`"));
    assert_empty(&folder);
}

#[tokio::test]
async fn a_form_without_one_whole_recording_is_refused() {
    let (world, folder) = world();
    let (file, value) = (json!("file"), json!("invalid_value"));
    for fields in [
        &[("model", "whisper-1")][..],
        &[("file", ""), ("model", "whisper-1")],
        &[("file", "a"), ("file", "b")],
    ] {
        let answer = send(&world, fields).await;
        answer.assert_refused(StatusCode::BAD_REQUEST, INVALID, &file, &value);
        assert_empty(&folder);
    }
    let whole = form(&[("file", "a")]);
    for cut in [0, 10, whole.len() - 12] {
        let answer = world.send(upload(whole[..cut].to_owned())).await;
        answer.assert_refused(StatusCode::BAD_REQUEST, INVALID, &Value::Null, &Value::Null);
        assert_empty(&folder);
    }
    for kind in ["application/json", "multipart/form-data", "text/plain; boundary=between"] {
        let mut request = upload(whole.clone());
        request.headers_mut().insert(header::CONTENT_TYPE, kind.parse().unwrap());
        let answer = world.send(request).await;
        answer.assert_refused(StatusCode::BAD_REQUEST, INVALID, &Value::Null, &Value::Null);
    }
    assert!(world.transcriber.calls().is_empty());
}

#[tokio::test]
async fn a_file_at_fault_is_400_and_a_service_at_fault_500_without_another_try() {
    let (world, folder) = world();
    let reason = || "as told".to_owned();
    world.transcriber.fail("text", move || TranscribeError::Unsupported { reason: reason() });
    world.transcriber.fail("cut", move || TranscribeError::Damaged { reason: reason() });
    world.transcriber.fail("model", move || TranscribeError::Model { reason: reason() });
    world.transcriber.fail("engine", move || TranscribeError::Engine { reason: reason() });
    for said in ["text", "cut"] {
        let answer = say(&world, said, "response_format", "srt").await;
        let (param, code) = (json!("file"), json!("invalid_value"));
        answer.assert_refused(StatusCode::BAD_REQUEST, INVALID, &param, &code);
        assert!(answer.text.contains("as told"), "{answer:?}");
        assert_eq!(answer.header("x-should-retry"), None);
        assert_empty(&folder);
    }
    for said in ["model", "engine"] {
        let answer = say(&world, said, "stream", "true").await;
        let status = StatusCode::INTERNAL_SERVER_ERROR;
        answer.assert_refused(status, "server_error", &Value::Null, &Value::Null);
        assert_eq!(answer.header("x-should-retry"), Some("false"));
        assert_empty(&folder);
    }
}

#[tokio::test]
async fn a_disk_that_takes_nothing_is_503_and_is_not_named() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let uploads = Uploads::new(file.path().to_owned(), 10);
    let source = FakeSource::new::<String, String>([]);
    let world = World::new(FakeStore::new([]), source, Settings { uploads, ..settings() });
    let answer = say(&world, "a", "response_format", "json").await;
    let status = StatusCode::SERVICE_UNAVAILABLE;
    answer.assert_refused(status, "server_error", &Value::Null, &Value::Null);
    assert!(answer.header("retry-after").is_some());
    assert!(!answer.text.contains(file.path().to_str().unwrap()), "{answer:?}");
}

#[tokio::test]
async fn who_is_not_let_in_reads_it_in_the_same_shape() {
    let new = NewKey::generate(&"caller".parse().unwrap()).unwrap();
    let (world, folder) = world_with(Settings {
        api_keys: new.entry().parse().unwrap(),
        rate_limit_per_minute: NonZeroU32::new(6),
        ..settings()
    });
    let with = |key: &str, mut request: axum::http::Request<Body>| {
        let value = format!("Bearer {key}").parse().unwrap();
        request.headers_mut().insert(header::AUTHORIZATION, value);
        request
    };
    for request in [
        upload(form(&[("file", "a")])),
        with("wrong", upload(form(&[("file", "a")]))),
        request(Method::GET, "/v1/models", ""),
        request(Method::GET, "/v1/models/base", ""),
        request(Method::POST, "/v1/audio/translations", ""),
    ] {
        let answer = world.send(request).await;
        let (status, code) = (StatusCode::UNAUTHORIZED, json!("invalid_api_key"));
        answer.assert_refused(status, INVALID, &Value::Null, &code);
        assert_eq!(answer.header("www-authenticate"), Some("Bearer"));
        assert!(answer.header("x-request-id").is_some());
    }
    let key = new.key().expose_secret();
    let ask = || with(key, upload(form(&[("file", "a")])));
    for _ in 0..6 {
        assert_eq!(world.send(ask()).await.status, StatusCode::OK);
    }
    let answer = world.send(ask()).await;
    let (status, code) = (StatusCode::TOO_MANY_REQUESTS, json!("rate_limit_exceeded"));
    answer.assert_refused(status, "requests", &Value::Null, &code);
    assert!(answer.header("retry-after").unwrap().parse::<u64>().unwrap() <= 61);
    assert_empty(&folder);
    // Elsewhere it is as ever.
    let elsewhere = world.send(with("wrong", request(Method::GET, "/v1/runs", ""))).await;
    elsewhere.assert_error(StatusCode::UNAUTHORIZED, "watchme keys new");
}

#[tokio::test]
async fn paths_and_methods_that_are_not_there_are_refused_in_the_same_shape() {
    let (world, _folder) = world();
    let refused = |answer: Answer, status| {
        answer.assert_refused(status, INVALID, &Value::Null, &Value::Null);
        answer
    };
    let speech = world.send(request(Method::POST, "/v1/audio/speech", "{}")).await;
    refused(speech, StatusCode::NOT_FOUND);
    let get = world.get(TRANSCRIPTIONS).await;
    assert_eq!(refused(get, StatusCode::METHOD_NOT_ALLOWED).header("allow"), Some("POST"));
    let delete = world.send(request(Method::DELETE, "/v1/models/base", "")).await;
    refused(delete, StatusCode::METHOD_NOT_ALLOWED);
}

#[tokio::test]
async fn a_fault_is_told_in_the_same_shape() {
    let (world, folder) = world();
    world.transcriber.fail("a", || panic!("a fault on purpose"));
    let answer = say(&world, "a", "response_format", "text").await;
    let status = StatusCode::INTERNAL_SERVER_ERROR;
    answer.assert_refused(status, "server_error", &Value::Null, &Value::Null);
    assert_empty(&folder);
}
