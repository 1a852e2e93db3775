//! A recording, to be listened to.

use std::time::Duration;

use axum::body::Body;
use axum::http::{HeaderValue, Method, Request, StatusCode, header};
use futures_util::StreamExt;
use futures_util::future::join_all;
use tower::ServiceExt;
use watchme_core::SourceError;
use watchme_testkit::sample::{DAY, DEVICE, key_of, silence, wav};
use watchme_testkit::{FakeSource, FakeStore, RecordingSeed};

use crate::world::{Answer, World, request, settings};

const BLOCKS: [&str; 6] = ["12-00", "12-30", "13-00", "13-30", "14-00", "14-30"];

/// Bytes of the recording of `block`.
fn content(block: &str) -> Vec<u8> {
    let mut file = wav(&silence(Duration::from_millis(10)));
    file.extend(block.bytes());
    file
}

struct Listening {
    world: World,
    source: FakeSource,
}

fn listening() -> Listening {
    let store = FakeStore::new(BLOCKS.map(RecordingSeed::at));
    let source = FakeSource::new(BLOCKS.map(|block| (key_of(block), content(block))));
    Listening { world: World::new(store, source.clone(), settings()), source }
}

fn path_of(block: &str, file: &str) -> String {
    format!("/v1/devices/{DEVICE}/days/{DAY}/{block}/audio?file={file}")
}

fn path(block: &str) -> String {
    path_of(block, &key_of(block))
}

fn ranged(block: &str, range: &'static str) -> Request<Body> {
    let mut request = request(Method::GET, &path(block), "");
    request.headers_mut().insert(header::RANGE, HeaderValue::from_static(range));
    request
}

/// Status, headers and bytes: a recording is no text.
async fn played(
    world: &World,
    request: Request<Body>,
) -> (StatusCode, Vec<(String, String)>, Vec<u8>) {
    let response = world.router.clone().oneshot(request).await.unwrap();
    let (head, body) = response.into_parts();
    let named =
        ["content-type", "content-length", "content-range", "accept-ranges", "cache-control"];
    let headers = named.iter().filter_map(|name| {
        let value = head.headers.get(*name)?.to_str().unwrap();
        Some(((*name).to_owned(), value.to_owned()))
    });
    let bytes = axum::body::to_bytes(body, usize::MAX).await.unwrap();
    (head.status, headers.collect(), bytes.to_vec())
}

#[tokio::test]
async fn a_recording_comes_whole_or_in_parts_and_is_fetched_once() {
    let Listening { world, source } = listening();
    let all = content("12-00");
    let size = all.len();
    let headers = |length: usize, range: Option<String>| {
        let mut headers = vec![
            ("content-type".to_owned(), "audio/wav".to_owned()),
            ("content-length".to_owned(), length.to_string()),
        ];
        headers.extend(range.map(|range| ("content-range".to_owned(), range)));
        headers.push(("accept-ranges".to_owned(), "bytes".to_owned()));
        headers.push(("cache-control".to_owned(), "private, no-store".to_owned()));
        headers
    };
    let whole = played(&world, request(Method::GET, &path("12-00"), "")).await;
    assert_eq!(whole, (StatusCode::OK, headers(size, None), all.clone()));
    let head = played(&world, request(Method::HEAD, &path("12-00"), "")).await;
    assert_eq!(head, (StatusCode::OK, headers(size, None), Vec::new()));

    for (range, part) in [
        ("bytes=0-", 0..size),
        ("bytes=0-3", 0..4),
        ("bytes=44-45", 44..46),
        ("bytes=-5", size - 5..size),
    ] {
        let told = format!("bytes {}-{}/{size}", part.start, part.end - 1);
        let expected = headers(part.len(), Some(told));
        let found = played(&world, ranged("12-00", range)).await;
        assert_eq!(found, (StatusCode::PARTIAL_CONTENT, expected, all[part].to_vec()), "{range}");
    }
    let mut conditional = ranged("12-00", "bytes=0-3");
    conditional.headers_mut().insert(header::IF_RANGE, HeaderValue::from_static("\"v1\""));
    assert_eq!(played(&world, conditional).await.0, StatusCode::OK);
    assert_eq!(source.fetches().len(), 1, "kept for whoever seeks");
}

#[tokio::test]
async fn a_part_that_is_not_there_is_416_with_the_size() {
    let Listening { world, .. } = listening();
    let answer = world.send(ranged("12-00", "bytes=9999-")).await;
    answer.assert_error(StatusCode::RANGE_NOT_SATISFIABLE, "bytes");
    let expected = format!("bytes */{}", content("12-00").len());
    assert_eq!(answer.header("content-range"), Some(expected.as_str()));
}

#[tokio::test]
async fn only_recordings_of_the_slot_are_given() {
    let Listening { world, source } = listening();
    for (block, file) in [
        ("12-00", key_of("12-30")),
        ("12-00", "files/unknown.wav".to_owned()),
        ("20-00", key_of("12-00")),
    ] {
        let answer = world.get(&path_of(block, &file)).await;
        answer.assert_error(StatusCode::NOT_FOUND, "the slot has no such recording");
    }
    let elsewhere = format!("/v1/devices/another/days/{DAY}/12-00/audio?file={}", key_of("12-00"));
    world.get(&elsewhere).await.assert_error(StatusCode::NOT_FOUND, "no such recording");
    for odd in ["", "?file=", "?file=a%00b", "?other=1"] {
        let path = format!("/v1/devices/{DEVICE}/days/{DAY}/12-00/audio{odd}");
        let answer = world.get(&path).await;
        answer.assert_error(StatusCode::UNPROCESSABLE_ENTITY, "query.file");
    }
    assert!(source.fetches().is_empty());
}

#[tokio::test]
async fn what_the_source_says_is_told_without_hosts() {
    let store = FakeStore::new(["12-00"].map(RecordingSeed::at));
    let source = FakeSource::new::<String, String>([]);
    let world = World::new(store, source.clone(), settings());
    world.get(&path("12-00")).await.assert_error(StatusCode::NOT_FOUND, "the audio was deleted");

    let key = key_of("12-00");
    source.fail(&key, || SourceError::Unavailable { source: "s3.example refused".into() });
    let answer = world.get(&path("12-00")).await;
    answer.assert_error(StatusCode::SERVICE_UNAVAILABLE, "the source is unavailable");
    assert_eq!(answer.header("retry-after"), Some("30"));
    assert!(!answer.text.contains("s3.example"));
    source.fail(&key, || SourceError::Denied { reason: "check the key".to_owned(), source: None });
    let answer = world.get(&path("12-00")).await;
    answer.assert_error(StatusCode::INTERNAL_SERVER_ERROR, "check the key");

    source.recover(&key);
    source.put(&key, content("12-00"));
    assert_eq!(played(&world, request(Method::GET, &path("12-00"), "")).await.0, StatusCode::OK);
}

#[tokio::test(start_paused = true)]
async fn a_recording_is_kept_for_a_minute_after_its_last_use() {
    let Listening { world, source } = listening();
    let listen = async || played(&world, ranged("12-00", "bytes=0-9")).await.0;
    assert_eq!(listen().await, StatusCode::PARTIAL_CONTENT);
    for _ in 0..3 {
        tokio::time::sleep(Duration::from_secs(59)).await;
        listen().await;
    }
    assert_eq!((source.fetches().len(), source.spooled_files()), (1, 1));
    tokio::time::sleep(Duration::from_secs(61)).await;
    assert_eq!(source.spooled_files(), 0, "nobody listens any more");
    listen().await;
    assert_eq!(source.fetches().len(), 2);
    tokio::time::sleep(Duration::from_secs(61)).await;
    assert_eq!(source.spooled_files(), 0, "also the second time");
}

#[tokio::test]
async fn four_are_kept_and_the_one_used_longest_ago_makes_room() {
    let Listening { world, source } = listening();
    let listen = async |block: &str| {
        assert_eq!(played(&world, ranged(block, "bytes=0-9")).await.0, StatusCode::PARTIAL_CONTENT);
        assert!(source.spooled_files() <= 4);
    };
    for block in ["12-00", "12-30", "13-00", "13-30", "12-00", "14-00", "12-00"] {
        listen(block).await;
    }
    assert_eq!(source.fetches().len(), 5, "12-00 was used again and stayed");
    listen("12-30").await;
    assert_eq!(source.fetches().len(), 6);
    drop(world);
    assert_eq!(source.spooled_files(), 0, "nothing outlives the service");
}

#[tokio::test]
async fn all_who_ask_at_once_share_one_fetch() {
    let Listening { world, source } = listening();
    let mut gate = source.hold(&key_of("12-00"));
    let listeners = (0..3).map(|_| played(&world, request(Method::GET, &path("12-00"), "")));
    let (heard, ()) = tokio::join!(join_all(listeners), async {
        gate.reached().await;
        gate.open();
    });
    assert!(
        heard
            .iter()
            .all(|(status, _, bytes)| { *status == StatusCode::OK && *bytes == content("12-00") })
    );
    assert_eq!(source.fetches().len(), 1);
}

#[tokio::test]
async fn a_fifth_is_refused_while_four_are_fetched_and_taken_once_one_has_left() {
    let Listening { world, source } = listening();
    let mut gates: Vec<_> = BLOCKS[..4].iter().map(|block| source.hold(&key_of(block))).collect();
    let mut waiting: Vec<_> = BLOCKS[..4]
        .iter()
        .map(|block| {
            let (router, request) = (world.router.clone(), ranged(block, "bytes=0-9"));
            tokio::spawn(async move { router.oneshot(request).await.unwrap().status() })
        })
        .collect();
    for gate in &mut gates {
        gate.reached().await;
    }
    let refused: Answer = world.get(&path("14-00")).await;
    refused.assert_error(StatusCode::SERVICE_UNAVAILABLE, "too many recordings");
    assert!(refused.header("retry-after").is_some());

    // A client that goes away leaves its place and no file.
    let gone = waiting.remove(0);
    gone.abort();
    assert!(gone.await.unwrap_err().is_cancelled());
    assert_eq!(played(&world, ranged("14-00", "bytes=0-9")).await.0, StatusCode::PARTIAL_CONTENT);
    for (gate, waiting) in gates[1..].iter().zip(waiting) {
        gate.open();
        assert_eq!(waiting.await.unwrap(), StatusCode::PARTIAL_CONTENT);
    }
    assert_eq!(source.spooled_files(), 4);
}

#[tokio::test(start_paused = true)]
async fn a_client_that_stops_reading_keeps_no_file() {
    let store = FakeStore::new(["12-00"].map(RecordingSeed::at));
    let long = wav(&silence(Duration::from_mins(1)));
    let source = FakeSource::new([(key_of("12-00"), long)]);
    let world = World::new(store, source.clone(), settings());
    let response =
        world.router.clone().oneshot(request(Method::GET, &path("12-00"), "")).await.unwrap();
    let mut body = response.into_body().into_data_stream();
    assert!(!body.next().await.unwrap().unwrap().is_empty());
    tokio::time::sleep(Duration::from_secs(61)).await;
    assert_eq!(source.spooled_files(), 0);
    assert!(body.next().await.unwrap().is_err(), "the rest is asked for anew");
}
