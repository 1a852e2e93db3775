//! The service on a real socket: leaving clients and an orderly end.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use reqwest::StatusCode;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use watchme_server::{Limits, Settings, serve};
use watchme_testkit::sample::{DAY, DEVICE, key_of};
use watchme_testkit::{FakeSource, FakeStore, RecordingSeed};

use crate::world::{TRANSCRIBE, World, settings};

/// A service on a socket.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    stop: oneshot::Sender<()>,
    served: JoinHandle<io::Result<()>>,
}

impl Server {
    pub(crate) async fn start(world: &World) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel();
        let shutdown = async { stopped.await.unwrap_or(()) };
        let served = tokio::spawn(serve(listener, world.service.clone(), shutdown));
        Self { address, stop, served }
    }

    fn ask(&self, body: &serde_json::Value) -> reqwest::RequestBuilder {
        let url = format!("http://{}{TRANSCRIBE}", self.address);
        reqwest::Client::builder().no_proxy().build().unwrap().post(url).body(body.to_string())
    }

    pub(crate) async fn stop(self) {
        self.stop.send(()).unwrap();
        self.served.await.unwrap().unwrap();
    }
}

fn day() -> serde_json::Value {
    json!({ "device_id": DEVICE, "date": DAY })
}

#[tokio::test]
async fn a_connection_that_breaks_leaves_its_work_running() {
    let world = World::of_blocks(&["12-00", "12-30"]);
    let server = Server::start(&world).await;
    let mut gate = world.transcriber.hold("12-00");
    let client = tokio::spawn(server.ask(&day()).send());
    gate.reached().await;
    client.abort();
    assert!(client.await.unwrap_err().is_cancelled());
    gate.open();
    let other = server.ask(&json!({ "device_id": "nobody", "date": DAY })).send().await.unwrap();
    assert_eq!(other.status(), StatusCode::OK);
    assert_eq!(world.store.statuses(&key_of("12-30")), ["completed"]);
    server.stop().await;
}

#[tokio::test]
async fn at_shutdown_the_run_under_way_ends_and_its_client_reads_the_report() {
    let world = World::of_blocks(&["12-00"]);
    let server = Server::start(&world).await;
    let address = server.address;
    let mut gate = world.transcriber.hold("12-00");
    let client = tokio::spawn(server.ask(&day()).send());
    gate.reached().await;
    server.stop.send(()).unwrap();
    gate.open();
    let response = client.await.unwrap().unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    assert!(response.text().await.unwrap().contains("1件中1件"));
    server.served.await.unwrap().unwrap();
    assert!(TcpStream::connect(address).await.is_err());
}

#[tokio::test]
async fn at_shutdown_a_run_beyond_the_grace_is_cancelled_and_its_client_told_to_come_back() {
    let store = FakeStore::new([RecordingSeed::at("12-00")]);
    let source = FakeSource::new([(key_of("12-00"), "a")]);
    let settings = Settings { shutdown_grace: Duration::ZERO, ..settings() };
    let world = World::new(store, source, settings);
    let server = Server::start(&world).await;
    let mut gate = world.transcriber.hold("a");
    let client = tokio::spawn(server.ask(&day()).send());
    gate.reached().await;
    server.stop().await;
    let response = client.await.unwrap().unwrap();
    assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert!(response.headers().contains_key("retry-after"));
    assert_eq!(world.store.statuses(&key_of("12-00")), ["pending"]);
}

#[tokio::test]
async fn at_shutdown_a_run_without_a_client_ends_too() {
    let world = World::of_blocks(&["12-00"]);
    let server = Server::start(&world).await;
    let mut gate = world.transcriber.hold("12-00");
    let client = tokio::spawn(server.ask(&day()).send());
    gate.reached().await;
    client.abort();
    assert!(client.await.unwrap_err().is_cancelled());
    server.stop.send(()).unwrap();
    gate.open();
    server.served.await.unwrap().unwrap();
    assert_eq!(world.store.statuses(&key_of("12-00")), ["completed"]);
}

#[tokio::test]
async fn headers_that_never_end_are_given_up() {
    let limits = Limits { header_timeout: Duration::from_millis(1), ..Limits::default() };
    let settings = Settings { limits, ..settings() };
    let source = FakeSource::new::<String, String>([]);
    let world = World::new(FakeStore::new([]), source, settings);
    let server = Server::start(&world).await;
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    stream.write_all(b"GET / HTTP/1.1\r\nHost: a\r\n").await.unwrap();
    let mut answer = Vec::new();
    // The end of the stream is what is waited for; a reset is one as well.
    let _ = stream.read_to_end(&mut answer).await;
    assert!(!answer.starts_with(b"HTTP/1.1 200"));
    server.stop().await;
}

pub(crate) const PROBE: &[u8] = b"GET /health HTTP/1.1\r\nHost: a\r\n\r\n";

/// One request and its answer on a connection that is kept.
pub(crate) async fn probe(stream: &mut TcpStream) {
    stream.write_all(PROBE).await.unwrap();
    let mut answer = Vec::new();
    while !answer.ends_with(b"}") {
        assert_ne!(stream.read_buf(&mut answer).await.unwrap(), 0);
    }
    assert!(answer.starts_with(b"HTTP/1.1 200"));
}
