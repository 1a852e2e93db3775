//! An answer that begins before the transcript is known. Time is paused: it goes on where
//! everybody waits.

use axum::body::BodyDataStream;
use axum::http::StatusCode;
use futures_util::StreamExt;
use serde_json::Value;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tower::ServiceExt;
use watchme_core::TranscribeError;
use watchme_server::serve;

use super::{BOUNDARY, TRANSCRIPTIONS, assert_empty, form, say, upload, world};
use crate::world::World;

/// An answer that has begun: what it said by then, and how it went on.
struct Begun {
    content_type: String,
    signs: Vec<String>,
    rest: String,
    is_cut: bool,
}

async fn next(body: &mut BodyDataStream) -> Option<String> {
    let bytes = body.next().await?.unwrap();
    Some(String::from_utf8(bytes.to_vec()).unwrap())
}

/// Asks with this field for `said`, of which the transcriber makes nothing for a while.
async fn begun(world: &World, said: &str, (name, value): (&str, &str)) -> Begun {
    let gate = world.transcriber.hold(said);
    let request = upload(form(&[("file", said), (name, value)]));
    let response = world.router.clone().oneshot(request).await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    let header = |name| response.headers()[name].to_str().unwrap().to_owned();
    assert_eq!(header("x-accel-buffering"), "no");
    assert!(header("cache-control").contains("no-transform"));
    let content_type = header("content-type");
    let mut body = response.into_body().into_data_stream();
    let mut signs = Vec::new();
    for _ in 0..3 {
        signs.push(next(&mut body).await.unwrap());
    }
    gate.open();
    let (mut rest, mut is_cut) = (String::new(), false);
    while let Some(chunk) = body.next().await {
        match chunk {
            Ok(bytes) => rest += std::str::from_utf8(&bytes).unwrap(),
            Err(_) => is_cut = true,
        }
    }
    Begun { content_type, signs, rest, is_cut }
}

fn failing() -> (World, TempDir) {
    let (world, folder) = world();
    world.transcriber.fail("x", || TranscribeError::Damaged { reason: "cut".to_owned() });
    (world, folder)
}

#[tokio::test(start_paused = true)]
async fn each_format_begins_with_what_its_readers_ignore() {
    let (world, folder) = world();
    for (field, signs, rest) in [
        (("response_format", "json"), [" ", " ", " "], r#"{"text":"a","usage":"#),
        (("response_format", "verbose_json"), [" ", " ", " "], r#"{"task":"transcribe","#),
        (("response_format", "text"), ["\n", "\n", "\n"], "a\n"),
        (("response_format", "srt"), ["\n", "\n", "\n"], "1\n00:00:00,000 --> "),
        (("response_format", "vtt"), ["WEBVTT\n", "\n", "\n"], "\n00:00:00.000 --> "),
        (("stream", "true"), [":\n\n", ":\n\n", ":\n\n"], "data: {\"type\":"),
    ] {
        let begun = begun(&world, "a", field).await;
        assert_eq!(begun.signs, signs, "{field:?}");
        assert!(begun.rest.starts_with(rest), "{field:?}: {}", begun.rest);
        assert!(!begun.is_cut, "{field:?}");
        // The same as where it is known in time.
        let early = say(&world, "a", field.0, field.1).await;
        assert_eq!(early.header("content-type"), Some(begun.content_type.as_str()), "{field:?}");
        let expected = match field.1 {
            // Empty lines belong behind the heading.
            "vtt" => early.text.replacen('\n', "\n\n\n", 1),
            _ => begun.signs.concat() + &early.text,
        };
        assert_eq!(begun.signs.concat() + &begun.rest, expected);
        assert_empty(&folder);
    }
}

#[tokio::test(start_paused = true)]
async fn a_late_failure_is_no_transcript_in_any_format() {
    let (world, folder) = failing();
    for format in ["json", "verbose_json"] {
        let begun = begun(&world, "x", ("response_format", format)).await;
        let told: Value = serde_json::from_str(&begun.rest).unwrap();
        assert_eq!((&told["error"]["param"], begun.is_cut), (&Value::from("file"), true));
        assert_empty(&folder);
    }
    for format in ["text", "srt", "vtt"] {
        let begun = begun(&world, "x", ("response_format", format)).await;
        assert_eq!((begun.rest.as_str(), begun.is_cut), ("", true), "{format}");
    }
    let begun = begun(&world, "x", ("stream", "true")).await;
    let data = begun.rest.strip_prefix("data: ").unwrap().trim_end();
    let told: Value = serde_json::from_str(data).unwrap();
    assert_eq!((&told["error"]["code"], begun.is_cut), (&Value::from("invalid_value"), false));
    assert_empty(&folder);
}

#[tokio::test(start_paused = true)]
async fn on_a_socket_the_error_arrives_and_the_answer_never_ends() {
    let (world, _folder) = failing();
    let gate = world.transcriber.hold("x");
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    let served = tokio::spawn(serve(listener, world.service.clone(), std::future::pending()));
    let mut stream = TcpStream::connect(address).await.unwrap();
    let body = form(&[("file", "x")]);
    let head = format!(
        "POST {TRANSCRIPTIONS} HTTP/1.1\r\nHost: a\r\nContent-Length: {}\r\n\
         Content-Type: multipart/form-data; boundary={BOUNDARY}\r\n\r\n",
        body.len()
    );
    stream.write_all((head + &body).as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    while !answer.ends_with(b"\r\n\r\n1\r\n \r\n") {
        assert_ne!(stream.read_buf(&mut answer).await.unwrap(), 0);
    }
    assert!(answer.starts_with(b"HTTP/1.1 200 OK\r\n"));
    gate.open();
    stream.read_to_end(&mut answer).await.unwrap();
    let answer = String::from_utf8(answer).unwrap();
    assert!(answer.contains("damaged audio"), "{answer}");
    assert!(!answer.ends_with("0\r\n\r\n"), "{answer}");
    served.abort();
}

#[tokio::test(start_paused = true)]
async fn a_client_that_leaves_after_the_first_sign_cancels_its_work() {
    let (world, folder) = world();
    let mut gate = world.transcriber.hold("a");
    let request = upload(form(&[("file", "a")]));
    let response = world.router.clone().oneshot(request).await.unwrap();
    let mut body = response.into_body().into_data_stream();
    next(&mut body).await.unwrap();
    gate.reached().await;
    drop(body);
    gate.left().await;
    assert_eq!(world.transcriber.at_work(), 0);
    assert_empty(&folder);
}
