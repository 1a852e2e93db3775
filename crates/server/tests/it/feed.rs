//! The stream of all runs.

use axum::body::BodyDataStream;
use axum::http::{Method, StatusCode};
use futures_util::{FutureExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::time::Instant;
use tower::ServiceExt;
use watchme_server::{Limits, Settings, serve};
use watchme_testkit::{FakeSource, FakeStore};

use crate::events::day;
use crate::world::{RUNS, World, request, settings};

const FEED: &str = "/v1/events";

/// A client that reads the stream.
struct Reader {
    body: BodyDataStream,
    text: String,
}

impl Reader {
    async fn of(world: &World) -> Self {
        let asked = request(Method::GET, FEED, "");
        let response = world.router.clone().oneshot(asked).await.unwrap();
        assert_eq!(response.status(), StatusCode::OK);
        for (name, value) in [
            ("content-type", "text/event-stream"),
            ("x-accel-buffering", "no"),
            ("cache-control", "no-cache, no-transform"),
        ] {
            assert_eq!(response.headers()[name], value);
        }
        Self { body: response.into_body().into_data_stream(), text: String::new() }
    }

    /// The next event, comments left out; `None` at the end.
    async fn next(&mut self) -> Option<Value> {
        loop {
            if let Some((block, rest)) = self.text.split_once("\n\n") {
                let data = block.strip_prefix("event: run\ndata: ");
                let data = data.map(|data| serde_json::from_str(data).unwrap());
                assert!(data.is_some() || block == ":", "{block}");
                let rest = rest.to_owned();
                self.text = rest;
                if data.is_some() {
                    return data;
                }
            } else {
                let more = self.body.next().await?.unwrap();
                self.text += std::str::from_utf8(&more).unwrap();
            }
        }
    }

    /// Reads what is there without waiting.
    fn at_once(&mut self) -> Vec<Value> {
        std::iter::from_fn(|| self.next().now_or_never().flatten()).collect()
    }
}

#[tokio::test]
async fn a_run_is_told_from_its_request_to_its_end_without_what_was_said() {
    let world = World::of_blocks(&["12-00"]);
    world.transcriber.answer("12-00", "おはよう");
    let mut gate = world.transcriber.hold("12-00");
    let mut reader = Reader::of(&world).await;
    assert!(reader.at_once().is_empty());
    let run = world.start(&day()).await;
    let begun = reader.next().await.unwrap();
    assert_eq!((&begun["id"], &begun["state"]), (&run["id"], &json!("running")));
    assert_eq!(begun["request"]["device_id"], day()["device_id"]);
    gate.reached().await;
    gate.open();
    let mut latest = begun;
    while latest["state"] == "running" {
        latest = reader.next().await.unwrap();
    }
    let mut listed = world.get(RUNS).await.json();
    assert_eq!(latest, listed["runs"][0].take(), "it is told as in a list");
    assert_eq!(latest["progress"]["completed"], 1);
    assert!(latest.get("report").is_none());
}

#[tokio::test]
async fn who_comes_back_begins_anew() {
    let world = World::of_blocks(&["12-00"]);
    let run = world.start(&day()).await;
    world.ended(&run["id"]).await;
    for _ in 0..2 {
        let told = Reader::of(&world).await.at_once();
        let told: Vec<(&Value, &Value)> =
            told.iter().map(|run| (&run["id"], &run["state"])).collect();
        assert_eq!(told, [(&run["id"], &json!("finished"))]);
    }
}

#[tokio::test(start_paused = true)]
async fn a_quiet_stream_shows_that_it_lives_and_an_event_does_not_wait_for_that() {
    let world = World::of_blocks(&["12-00"]);
    let mut reader = Reader::of(&world).await;
    let quiet = Instant::now();
    let comment = reader.body.next().await.unwrap().unwrap();
    assert_eq!((&comment[..], quiet.elapsed().as_secs()), (&b":\n\n"[..], 15));
    let quiet = Instant::now();
    world.start(&day()).await;
    reader.next().await.unwrap();
    assert_eq!(quiet.elapsed().as_secs(), 0);
}

#[tokio::test]
async fn a_follower_too_many_is_refused_and_one_that_left_makes_room() {
    let limits = Limits { followers: 1, ..Limits::default() };
    let source = FakeSource::new::<String, String>([]);
    let world = World::new(FakeStore::new([]), source, Settings { limits, ..settings() });
    let first = Reader::of(&world).await;
    let answer = world.get(FEED).await;
    answer.assert_error(StatusCode::SERVICE_UNAVAILABLE, "too many clients follow");
    assert!(answer.header("retry-after").is_some());
    drop(first);
    Reader::of(&world).await;
}

#[tokio::test]
async fn at_shutdown_the_stream_ends() {
    let world = World::of_blocks(&[]);
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel::<()>();
    let shutdown = async { stopped.await.unwrap_or(()) };
    let served = tokio::spawn(serve(listener, world.service.clone(), shutdown));
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let response = client.get(format!("http://{address}{FEED}")).send().await.unwrap();
    stop.send(()).unwrap();
    // One that is cut has no end that could be read.
    assert_eq!(response.text().await.unwrap(), "");
    served.await.unwrap().unwrap();
}
