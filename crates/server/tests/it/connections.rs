//! Connections: none is held without a request, and none keeps others out.

use std::time::Duration;

use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::Instant;
use watchme_server::{Limits, Settings};
use watchme_testkit::sample::{DAY, DEVICE};
use watchme_testkit::{FakeSource, FakeStore};

use crate::socket::{PROBE, Server, probe};
use crate::world::{TRANSCRIBE, World, settings};

/// Preface of HTTP/2, and the frame of settings that follows it.
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0";

fn world(limits: Limits) -> World {
    let source = FakeSource::new::<String, String>([]);
    World::new(FakeStore::new([]), source, Settings { limits, ..settings() })
}

async fn connect(server: &Server) -> TcpStream {
    TcpStream::connect(server.address).await.unwrap()
}

/// Sends `bytes` and reads until the connection ends.
async fn exchange(server: &Server, bytes: &[u8]) -> String {
    let mut stream = connect(server).await;
    // The service may have cut the connection already.
    let _ = stream.write_all(bytes).await;
    read_all(stream).await
}

async fn read_all(mut stream: TcpStream) -> String {
    let mut answer = Vec::new();
    // A reset is an end as well.
    let _ = stream.read_to_end(&mut answer).await;
    String::from_utf8_lossy(&answer).into_owned()
}

fn get(path: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n")
}

#[tokio::test(start_paused = true)]
async fn a_connection_without_a_request_is_cut_on_any_protocol() {
    let server = Server::start(&world(Limits::default())).await;
    let limit = Limits::default().header_timeout;
    for begun in [&b""[..], b"GET / HTTP/1.1\r\nHo", b"PRI * HTTP", &PREFACE[..24], PREFACE] {
        let started = Instant::now();
        let answer = exchange(&server, begun).await;
        assert!(!answer.starts_with("HTTP/1.1 200"), "{answer}");
        let waited = started.elapsed();
        assert!(waited <= limit + Duration::from_secs(1), "{begun:?}: {waited:?}");
    }
    server.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_connection_is_kept_for_the_next_request_and_no_longer() {
    let server = Server::start(&world(Limits::default())).await;
    let mut stream = connect(&server).await;
    probe(&mut stream).await;
    probe(&mut stream).await;
    assert_eq!(read_all(stream).await, "");
    server.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_request_in_flight_keeps_its_connection() {
    let world = World::of_blocks(&["12-00"]);
    let server = Server::start(&world).await;
    let mut gate = world.transcriber.hold("12-00");
    let mut stream = connect(&server).await;
    stream.write_all(transcribe().as_bytes()).await.unwrap();
    gate.reached().await;
    // Longer than a connection without a request would be kept.
    tokio::time::sleep(Limits::default().header_timeout * 10).await;
    gate.open();
    let mut answer = String::new();
    while !answer.contains("1件中1件") {
        let mut bytes = [0; 4096];
        let read = stream.read(&mut bytes).await.unwrap();
        assert_ne!(read, 0, "{answer}");
        answer += &String::from_utf8_lossy(&bytes[..read]);
    }
    server.stop().await;
}

#[tokio::test]
async fn a_client_that_closes_its_side_gets_its_answer() {
    let world = World::of_blocks(&["12-00"]);
    let server = Server::start(&world).await;
    let mut gate = world.transcriber.hold("12-00");
    let mut stream = connect(&server).await;
    stream.write_all(transcribe().as_bytes()).await.unwrap();
    stream.shutdown().await.unwrap();
    gate.reached().await;
    gate.open();
    let answer = read_all(stream).await;
    assert!(answer.starts_with("HTTP/1.1 200") && answer.contains("1件中1件"), "{answer}");
    server.stop().await;
}

#[tokio::test]
async fn beside_a_full_house_probes_are_answered_and_others_refused() {
    let limits = Limits { connections: 1, surplus_connections: 1, ..Limits::default() };
    let server = Server::start(&world(limits)).await;
    let mut first = connect(&server).await;
    probe(&mut first).await;

    let silent = connect(&server).await;
    let answer = exchange(&server, PROBE).await;
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    assert_eq!(read_all(silent).await, "", "the oldest made room");
    let answer = exchange(&server, get("/v1/runs").as_bytes()).await;
    assert!(answer.starts_with("HTTP/1.1 503"), "{answer}");
    assert!(answer.contains("retry-after: ") && answer.contains("connection: close"), "{answer}");
    let answer = exchange(&server, get("/metrics").as_bytes()).await;
    assert!(answer.contains("\nwatchme_connections 1\n"), "{answer}");
    let refused = "\nwatchme_connections_refused_total{reason=\"full\"} 4\n";
    assert!(answer.contains(refused), "{answer}");

    probe(&mut first).await;
    assert_eq!(read_after_drop(&server, first).await, "200");
    server.stop().await;
}

/// Drops a connection, and returns the status of another once that has its place.
async fn read_after_drop(server: &Server, first: TcpStream) -> String {
    drop(first);
    loop {
        let mut stream = connect(server).await;
        stream.write_all(get("/v1/runs").as_bytes()).await.unwrap();
        let mut status = [0; 12];
        stream.read_exact(&mut status).await.unwrap();
        // Until the service has seen the end of the first.
        if !status.ends_with(b"503") {
            return String::from_utf8_lossy(&status[9..]).into_owned();
        }
    }
}

#[tokio::test]
async fn one_address_leaves_places_to_others() {
    let limits = Limits { connections_per_address: 1, ..Limits::default() };
    let server = Server::start(&world(limits)).await;
    let mut first = connect(&server).await;
    probe(&mut first).await;
    let answer = exchange(&server, get("/v1/runs").as_bytes()).await;
    assert!(answer.starts_with("HTTP/1.1 503"), "{answer}");
    let answer = exchange(&server, get("/metrics").as_bytes()).await;
    assert!(
        answer.contains("watchme_connections_refused_total{reason=\"address\"} 2\n"),
        "{answer}"
    );
    server.stop().await;
}

#[tokio::test]
async fn hundreds_of_clients_may_come_at_once() {
    // Nothing is accepted yet: all of them wait in the backlog.
    let listener = watchme_server::bind(([127, 0, 0, 1], 0).into()).unwrap();
    let address = listener.local_addr().unwrap();
    let mut clients = Vec::new();
    for _ in 0..500 {
        clients.push(TcpStream::connect(address).await.unwrap());
    }
    assert_eq!(clients.len(), 500);
}

fn transcribe() -> String {
    let body = json!({ "device_id": DEVICE, "date": DAY }).to_string();
    let length = body.len();
    format!(
        "POST {TRANSCRIBE} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {length}\r\n\r\n{body}"
    )
}
