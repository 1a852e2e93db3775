//! Uploads on a real socket: clients that leave, that are refused, and the end of the service.

use std::time::Duration;

use axum::http::StatusCode;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use watchme_app::keys::NewKey;
use watchme_server::{Settings, serve};

use super::{BOUNDARY, TRANSCRIPTIONS, assert_empty, form, world, world_with};
use crate::world::{World, settings};

/// The service on a socket, and what ends it.
struct Server {
    address: std::net::SocketAddr,
    stop: oneshot::Sender<()>,
    served: JoinHandle<std::io::Result<()>>,
}

impl Server {
    async fn start(world: &World) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel();
        let shutdown = async { stopped.await.unwrap_or(()) };
        Self {
            address,
            stop,
            served: tokio::spawn(serve(listener, world.service.clone(), shutdown)),
        }
    }

    fn upload(&self, said: &str) -> reqwest::RequestBuilder {
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        client
            .post(format!("http://{}{TRANSCRIPTIONS}", self.address))
            .header("content-type", format!("multipart/form-data; boundary={BOUNDARY}"))
            .body(form(&[("file", said), ("response_format", "text")]))
    }
}

#[tokio::test]
async fn a_client_that_leaves_cancels_its_work() {
    let (world, folder) = world();
    let server = Server::start(&world).await;
    let mut gate = world.transcriber.hold("a");
    let client = tokio::spawn(server.upload("a").send());
    gate.reached().await;
    client.abort();
    gate.left().await;
    assert_empty(&folder);
    server.stop.send(()).unwrap();
    server.served.await.unwrap().unwrap();
}

#[tokio::test]
async fn at_shutdown_an_upload_under_way_is_answered_and_a_new_one_refused() {
    let (world, folder) = world();
    let server = Server::start(&world).await;
    let mut gate = world.transcriber.hold("a");
    let first = tokio::spawn(server.upload("a").send());
    gate.reached().await;
    let second = server.upload("b");
    server.stop.send(()).unwrap();
    let refused = loop {
        let answer = second.try_clone().unwrap().send().await.unwrap();
        // Until the shutdown has begun.
        if answer.status() != StatusCode::OK {
            break answer;
        }
    };
    assert_eq!(refused.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert!(refused.headers().contains_key("retry-after"));
    assert!(refused.text().await.unwrap().contains("shutting down"));
    gate.open();
    let answer = first.await.unwrap().unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
    assert_eq!(answer.text().await.unwrap(), "a\n");
    server.served.await.unwrap().unwrap();
    assert_empty(&folder);
}

#[tokio::test]
async fn at_shutdown_an_upload_beyond_the_grace_is_cancelled_and_its_client_told_to_come_back() {
    let settings = Settings { shutdown_grace: Duration::ZERO, ..settings() };
    let (world, folder) = world_with(settings);
    let server = Server::start(&world).await;
    let mut gate = world.transcriber.hold("a");
    let client = tokio::spawn(server.upload("a").send());
    gate.reached().await;
    server.stop.send(()).unwrap();
    let answer = client.await.unwrap().unwrap();
    assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert!(answer.headers().contains_key("retry-after"));
    server.served.await.unwrap().unwrap();
    assert_eq!(world.transcriber.at_work(), 0);
    assert_empty(&folder);
}

#[tokio::test]
async fn a_client_that_is_refused_while_it_sends_reads_why() {
    let new = NewKey::generate(&"caller".parse().unwrap()).unwrap();
    let api_keys = new.entry().parse().unwrap();
    let (world, _folder) = world_with(Settings { api_keys, ..settings() });
    let server = Server::start(&world).await;
    // More than the buffers of both sides hold.
    let body = "x".repeat(32 << 20);
    let head = format!(
        "POST {TRANSCRIPTIONS} HTTP/1.1\r\nHost: a\r\nContent-Type: multipart/form-data; \
         boundary={BOUNDARY}\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    stream.write_all(head.as_bytes()).await.unwrap();
    stream.write_all(body.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    while !answer.ends_with(b"}}") {
        assert_ne!(stream.read_buf(&mut answer).await.unwrap(), 0);
    }
    let answer = String::from_utf8(answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 401 "), "{answer}");
    assert!(answer.contains("invalid_api_key"), "{answer}");

    // Who asks beforehand is answered without having sent anything.
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    let head = head.replace("\r\n\r\n", "\r\nExpect: 100-continue\r\n\r\n");
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    while !answer.ends_with(b"}}") {
        assert_ne!(stream.read_buf(&mut answer).await.unwrap(), 0);
    }
    assert!(answer.starts_with(b"HTTP/1.1 401 "), "{}", String::from_utf8_lossy(&answer));
    server.stop.send(()).unwrap();
    drop(stream);
    server.served.await.unwrap().unwrap();
}
