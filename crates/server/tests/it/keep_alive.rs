//! An answer that begins before it is known. Time is paused: it goes on where everybody waits.

use std::time::Duration;

use axum::body::{Body, BodyDataStream};
use axum::http::StatusCode;
use axum::response::Response;
use futures_util::StreamExt;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::Instant;
use tower::ServiceExt;
use watchme_server::{Limits, Settings, serve};
use watchme_testkit::sample::{DAY, DEVICE, key_of};
use watchme_testkit::{FakeSource, FakeStore, RecordingSeed};

use crate::world::{TRANSCRIBE, World, post, settings};

fn day() -> String {
    json!({ "device_id": DEVICE, "date": DAY }).to_string()
}

async fn asked(world: &World) -> Response {
    world.router.clone().oneshot(post(day())).await.unwrap()
}

async fn next(body: &mut BodyDataStream) -> Option<String> {
    let bytes = body.next().await?.unwrap();
    Some(String::from_utf8(bytes.to_vec()).unwrap())
}

fn begun(response: Response) -> BodyDataStream {
    assert_eq!(response.status(), StatusCode::OK);
    let header = |name| response.headers()[name].to_str().unwrap();
    assert_eq!(header("content-type"), "application/json");
    assert_eq!(header("x-accel-buffering"), "no");
    assert!(header("cache-control").contains("no-transform"));
    response.into_body().into_data_stream()
}

#[tokio::test(start_paused = true)]
async fn a_long_answer_begins_with_blanks_and_ends_with_the_report() {
    let world = World::of_blocks(&["12-00"]);
    let gate = world.transcriber.hold("12-00");
    let start = Instant::now();
    let mut body = begun(asked(&world).await);
    let mut text = String::new();
    for seconds in [25, 40, 55, 70] {
        text += &next(&mut body).await.unwrap();
        assert_eq!(start.elapsed().as_secs(), seconds);
    }
    assert_eq!(text, "    ");
    gate.open();
    while let Some(more) = next(&mut body).await {
        text += &more;
    }
    let report: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(report["summary"]["pending_processed"], 1);
    assert_eq!(report["message"], "pendingステータスの1件中1件を正常に処理しました");
    assert!(start.elapsed() < Duration::from_secs(80), "the report comes as soon as it is there");
}

#[tokio::test(start_paused = true)]
async fn a_failure_after_the_first_blank_is_the_error_in_the_body() {
    let world = World::of_blocks(&["12-00"]);
    let gate = world.transcriber.hold("12-00");
    world.transcriber.fail_times(2, "12-00", || panic!("a fault on purpose"));
    let mut body = begun(asked(&world).await);
    assert_eq!(next(&mut body).await.as_deref(), Some(" "));
    gate.open();
    let late: Value = serde_json::from_str(&next(&mut body).await.unwrap()).unwrap();
    assert_eq!(next(&mut body).await, None);

    // The gate is open now: the same in time has its status code, and the same body.
    let early = world.ask(day()).await;
    early.assert_error(StatusCode::INTERNAL_SERVER_ERROR, "a fault");
    assert_eq!(early.header("x-accel-buffering"), None);
    assert_eq!(late, early.json());
}

#[tokio::test(start_paused = true)]
async fn a_client_that_leaves_after_the_first_blank_makes_room_and_its_work_goes_on() {
    let limits = Limits { requests: 1, ..Limits::default() };
    let store = FakeStore::new([RecordingSeed::at("12-00")]);
    let source = FakeSource::new([(key_of("12-00"), "a")]);
    let world = World::new(store, source, Settings { limits, ..settings() });
    let gate = world.transcriber.hold("a");
    let mut body = begun(asked(&world).await);
    next(&mut body).await.unwrap();
    world.ask(day()).await.assert_error(StatusCode::SERVICE_UNAVAILABLE, "ask again");
    drop(body);
    gate.open();
    assert_eq!(world.ask(day()).await.status, StatusCode::OK);
    assert_eq!(world.store.statuses(&key_of("12-00")), ["completed"]);
}

#[tokio::test(start_paused = true)]
async fn an_answer_in_time_has_no_blank_before_it() {
    let world = World::of_blocks(&["12-00"]);
    let response = asked(&world).await;
    assert!(!response.headers().contains_key("x-accel-buffering"));
    let body = axum::body::to_bytes(Body::new(response.into_body()), usize::MAX).await.unwrap();
    assert!(body.starts_with(b"{"));
}

/// Request as nginx sends it by default: HTTP/1.0, where the answer ends with the connection.
#[tokio::test(start_paused = true)]
async fn an_old_proxy_gets_the_head_and_a_blank_while_the_run_goes_on() {
    let world = World::of_blocks(&["12-00"]);
    let gate = world.transcriber.hold("12-00");
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    let served = tokio::spawn(serve(listener, world.service.clone(), std::future::pending()));
    let mut stream = TcpStream::connect(address).await.unwrap();
    let body = day();
    let head = format!(
        "POST {TRANSCRIBE} HTTP/1.0\r\nHost: a\r\nConnection: close\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all((head + &body).as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    while !answer.ends_with(b"\r\n\r\n ") {
        assert_ne!(stream.read_buf(&mut answer).await.unwrap(), 0);
    }
    assert!(answer.starts_with(b"HTTP/1.0 200 OK\r\n"));
    gate.open();
    stream.read_to_end(&mut answer).await.unwrap();
    let answer = String::from_utf8(answer).unwrap();
    let (_, body) = answer.split_once("\r\n\r\n").unwrap();
    let report: Value = serde_json::from_str(body).unwrap();
    assert_eq!(report["summary"]["pending_processed"], 1);
    served.abort();
}
