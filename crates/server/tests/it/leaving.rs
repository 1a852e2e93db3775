//! Clients that leave while their answer is awaited, beside those that only close their side. Time
//! is paused: it goes on where everybody waits.

use std::time::Duration;

use axum::http::{HeaderValue, StatusCode};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep};
use watchme_server::{Limits, Settings};
use watchme_testkit::sample::{DAY, DEVICE, key_of};
use watchme_testkit::{FakeSource, FakeStore, Gate, RecordingSeed};

use crate::socket::Server;
use crate::world::{TRANSCRIBE, World, post, settings};

/// Time in which a client that has left must be noticed.
const SOON: Duration = Duration::from_secs(1);

/// Returns a service with one recording and room for one request.
fn world() -> World {
    let limits = Limits { requests: 1, ..Limits::default() };
    let store = FakeStore::new([RecordingSeed::at("12-00")]);
    let source = FakeSource::new([(key_of("12-00"), "a")]);
    World::new(store, source, Settings { limits, ..settings() })
}

/// Takes the room with a request, whose transcription waits at the gate.
async fn asked(version: &str) -> (World, Server, Gate, TcpStream) {
    let world = world();
    let mut gate = world.transcriber.hold("a");
    let server = Server::start(&world).await;
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    let body = day();
    let head = format!(
        "POST {TRANSCRIBE} HTTP/{version}\r\nHost: localhost\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all((head + &body).as_bytes()).await.unwrap();
    gate.reached().await;
    (world, server, gate, stream)
}

fn day() -> String {
    json!({ "device_id": DEVICE, "date": DAY }).to_string()
}

/// True if there is room for one more request.
async fn has_room(world: &World) -> bool {
    let mut request = post(day());
    request.headers_mut().insert("prefer", HeaderValue::from_static("respond-async"));
    world.send(request).await.status != StatusCode::SERVICE_UNAVAILABLE
}

/// Waits until there is room, and returns the time that it took.
async fn wait_for_room(world: &World) -> Duration {
    let start = Instant::now();
    while !has_room(world).await {
        sleep(Duration::from_millis(10)).await;
    }
    start.elapsed()
}

/// Reads until `end` has come, and returns all.
async fn read_until(stream: &mut TcpStream, end: &str) -> String {
    let mut answer = Vec::new();
    while !answer.ends_with(end.as_bytes()) {
        assert_ne!(stream.read_buf(&mut answer).await.unwrap(), 0);
    }
    String::from_utf8(answer).unwrap()
}

#[tokio::test(start_paused = true)]
async fn one_that_leaves_before_its_answer_begins_is_noticed_at_once_and_its_work_goes_on() {
    let (world, server, gate, stream) = asked("1.1").await;
    assert!(!has_room(&world).await);
    drop(stream);
    assert!(wait_for_room(&world).await <= SOON);
    gate.open();
    server.stop().await;
    assert_eq!(world.store.statuses(&key_of("12-00")), ["completed"]);
}

#[tokio::test(start_paused = true)]
async fn one_that_leaves_after_its_answer_began_is_noticed_at_once_on_any_version() {
    for version in ["1.0", "1.1"] {
        let (world, server, gate, mut stream) = asked(version).await;
        let end = if version == "1.0" { "\r\n\r\n " } else { "1\r\n \r\n" };
        read_until(&mut stream, end).await;
        assert!(!has_room(&world).await);
        drop(stream);
        assert!(wait_for_room(&world).await <= SOON, "{version}");
        gate.open();
        server.stop().await;
    }
}

#[tokio::test(start_paused = true)]
async fn one_that_leaves_while_it_sends_is_noticed_at_once() {
    let server = Server::start(&world()).await;
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    let head = format!("POST {TRANSCRIBE} HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n{{");
    stream.write_all(head.as_bytes()).await.unwrap();
    stream.shutdown().await.unwrap();
    let start = Instant::now();
    // Refused or cut: either way, nobody waits for the rest.
    let _ = stream.read_to_end(&mut Vec::new()).await;
    assert!(start.elapsed() <= SOON, "{:?}", start.elapsed());
    server.stop().await;
}

#[tokio::test(start_paused = true)]
async fn one_that_still_reads_gets_its_answer_whenever_it_closes_its_side() {
    for begun in [false, true] {
        let (world, server, gate, mut stream) = asked("1.1").await;
        if begun {
            read_until(&mut stream, "1\r\n \r\n").await;
        }
        stream.shutdown().await.unwrap();
        // Asks whether it is there, with what it ignores.
        let probe = if begun { "1\r\n \r\n" } else { "HTTP/1.1 100 Continue\r\n\r\n" };
        let start = Instant::now();
        assert_eq!(read_until(&mut stream, probe).await, probe);
        assert!(start.elapsed() <= SOON, "{:?}", start.elapsed());
        sleep(SOON).await;
        assert!(!has_room(&world).await, "it is still waited for");
        gate.open();
        let mut rest = String::new();
        stream.read_to_string(&mut rest).await.unwrap();
        assert_eq!(rest.starts_with("HTTP/1.1 200"), !begun, "{rest}");
        assert!(rest.contains("1件中1件"), "{rest}");
        server.stop().await;
    }
}

#[tokio::test(start_paused = true)]
async fn an_answer_in_time_has_nothing_before_it_for_one_that_closes_its_side() {
    let (_world, server, gate, mut stream) = asked("1.1").await;
    stream.shutdown().await.unwrap();
    gate.open();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200") && answer.contains("1件中1件"), "{answer}");
    server.stop().await;
}
