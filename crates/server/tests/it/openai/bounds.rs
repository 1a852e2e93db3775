//! Bounds of uploads.

use std::convert::Infallible;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::{StatusCode, header};
use futures_util::{StreamExt, stream};
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use tower::ServiceExt;
use watchme_app::Uploads;
use watchme_app::keys::NewKey;
use watchme_server::{Limits, Settings};
use watchme_testkit::{FakeSource, FakeStore};

use super::{MAX_BYTES, assert_empty, form, say, send, upload, world, world_with};
use crate::access::bearer;
use crate::world::{Answer, World, settings};

const INVALID: &str = "invalid_request_error";

fn beginning(name: &str) -> String {
    let whole = form(&[(name, "")]);
    whole.split_once("\r\n\r\n").unwrap().0.to_owned()
}

/// The beginning of a form, and then this for ever.
fn endless(beginning: String, more: &'static str) -> Body {
    let chunks = stream::once(async { Bytes::from(beginning) });
    let more = stream::repeat(Bytes::from_static(more.as_bytes()));
    Body::from_stream(chunks.chain(more).map(Ok::<_, Infallible>))
}

const MUCH: &str = match std::str::from_utf8(&[b'x'; 1 << 15]) {
    Ok(text) => text,
    Err(_) => panic!(),
};

#[tokio::test]
async fn a_recording_beyond_the_limit_is_refused_however_it_comes() {
    let (world, folder) = world();
    let refused = |answer: Answer| {
        let (param, code) = (json!("file"), Value::Null);
        answer.assert_refused(StatusCode::PAYLOAD_TOO_LARGE, INVALID, &param, &code);
        assert!(answer.text.contains(&MAX_BYTES.to_string()), "{answer:?}");
        assert_empty(&folder);
    };
    let just = "x".repeat(MAX_BYTES.try_into().unwrap());
    assert_eq!(send(&world, &[("file", &just)]).await.status, StatusCode::OK);
    refused(send(&world, &[("file", &(just.clone() + "x"))]).await);
    refused(world.send(upload(endless(beginning("file") + "\r\n\r\n", MUCH))).await);
    // Nor is anything else read for ever.
    refused(world.send(upload(endless(beginning("prompt") + "\r\n\r\n", MUCH))).await);
    let mut announced = upload("");
    announced.headers_mut().insert(header::CONTENT_LENGTH, "9999999999".parse().unwrap());
    refused(world.send(announced).await);
    assert_eq!(world.transcriber.calls().len(), 1);
}

#[tokio::test]
async fn headers_of_a_part_that_never_end_are_not_gathered() {
    let folder = tempfile::tempdir().unwrap();
    let uploads = Uploads::new(folder.path().to_owned(), 1 << 40);
    let source = FakeSource::new::<String, String>([]);
    let world = World::new(FakeStore::new([]), source, Settings { uploads, ..settings() });
    let answer = world.send(upload(endless(beginning("file"), MUCH))).await;
    answer.assert_refused(StatusCode::BAD_REQUEST, INVALID, &Value::Null, &Value::Null);
}

#[tokio::test]
async fn more_values_than_any_field_has_are_refused() {
    let (world, _folder) = world();
    let mut fields = vec![("timestamp_granularities[]", "segment"); 32];
    fields.push(("file", "a"));
    assert_eq!(send(&world, &fields).await.status, StatusCode::OK);
    fields.push(("model", "base"));
    let (param, code) = (json!("model"), json!("invalid_value"));
    send(&world, &fields).await.assert_refused(StatusCode::BAD_REQUEST, INVALID, &param, &code);
}

#[tokio::test(start_paused = true)]
async fn an_upload_that_stalls_or_drags_on_is_given_up() {
    let (world, folder) = world();
    let begun = || {
        let begun = Bytes::from(beginning("file") + "\r\n\r\n");
        stream::iter([Ok::<_, Infallible>(begun)])
    };
    let stalled = begun().chain(stream::pending());
    let dragging = begun().chain(stream::unfold((), async |()| {
        tokio::time::sleep(Duration::from_secs(20)).await;
        Some((Ok(Bytes::from_static(b"x")), ()))
    }));
    for body in [Body::from_stream(stalled), Body::from_stream(dragging)] {
        let answer = world.send(upload(body)).await;
        answer.assert_refused(StatusCode::REQUEST_TIMEOUT, INVALID, &Value::Null, &Value::Null);
        assert_empty(&folder);
    }
}

#[tokio::test]
async fn an_upload_too_many_is_refused_and_a_client_that_left_makes_room() {
    let limits = Limits { uploads: 1, ..Limits::default() };
    let (world, folder) = world_with(Settings { limits, ..settings() });
    let mut gate = world.transcriber.hold("a");
    let first = tokio::spawn(world.router.clone().oneshot(upload(form(&[("file", "a")]))));
    gate.reached().await;
    let answer = say(&world, "b", "response_format", "json").await;
    let status = StatusCode::SERVICE_UNAVAILABLE;
    answer.assert_refused(status, "server_error", &Value::Null, &Value::Null);
    assert!(answer.header("retry-after").is_some());
    first.abort();
    gate.left().await;
    assert!(first.await.unwrap_err().is_cancelled());
    assert_empty(&folder);
    assert_eq!(say(&world, "b", "response_format", "json").await.json()["text"], "b");
}

#[tokio::test]
async fn one_key_leaves_uploads_to_others() {
    let names = ["first", "second"].map(|name| NewKey::generate(&name.parse().unwrap()).unwrap());
    let [first, second] = names.each_ref().map(|new| new.key().expose_secret().to_owned());
    let api_keys = names.each_ref().map(NewKey::entry).join(",").parse().unwrap();
    let limits = Limits { uploads: 2, ..Limits::default() };
    let (world, _folder) = world_with(Settings { limits, api_keys, ..settings() });
    let mut gate = world.transcriber.hold("a");
    let of = |key: &str, said: &str| bearer(upload(form(&[("file", said)])), key);
    let holding = tokio::spawn(world.router.clone().oneshot(of(&first, "a")));
    gate.reached().await;
    assert_eq!(world.status(of(&first, "b")).await, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(world.status(of(&second, "b")).await, StatusCode::OK);
    gate.open();
    assert_eq!(holding.await.unwrap().unwrap().status(), StatusCode::OK);
    assert_eq!(world.status(of(&first, "b")).await, StatusCode::OK);
}

#[tokio::test]
async fn uploads_that_are_too_much_together_are_asked_to_come_back() {
    let (world, _folder) = world();
    let mut gate = world.transcriber.hold("a");
    let large = format!("a{}", "x".repeat(90_000));
    let waiting = [(); 2]
        .map(|()| tokio::spawn(world.router.clone().oneshot(upload(form(&[("file", &large)])))));
    while world.transcriber.at_work() < 2 {
        gate.reached().await;
        tokio::task::yield_now().await;
    }
    let answer = say(&world, &"b".repeat(30_000), "response_format", "json").await;
    let status = StatusCode::SERVICE_UNAVAILABLE;
    answer.assert_refused(status, "server_error", &Value::Null, &Value::Null);
    assert!(answer.header("retry-after").is_some());
    gate.open();
    for first in waiting {
        assert_eq!(first.await.unwrap().unwrap().status(), StatusCode::OK);
    }
    assert_eq!(say(&world, &"b".repeat(30_000), "stream", "false").await.status, StatusCode::OK);
}
