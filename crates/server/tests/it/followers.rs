//! Many clients that follow runs, on real sockets and without.

use std::time::Duration;

use axum::http::{Method, StatusCode};
use serde_json::json;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinSet;
use tower::ServiceExt;
use watchme_server::{Limits, Settings, serve};
use watchme_testkit::sample::key_of;
use watchme_testkit::{FakeSource, FakeStore, RecordingSeed};

use crate::events::{Event, day, events, path};
use crate::world::{Answer, World, request, settings};

fn limited(followers: usize) -> World {
    let limits = Limits { followers, ..Limits::default() };
    let store = FakeStore::new([RecordingSeed::at("12-00")]);
    let source = FakeSource::new([(key_of("12-00"), "a")]);
    World::new(store, source, Settings { limits, ..settings() })
}

/// Follows on connections that break after each event, as a client does that comes back.
async fn follow_in_pieces(url: String) -> Vec<Event> {
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let mut read: Vec<Event> = Vec::new();
    loop {
        let mut asked = client.get(&url);
        if let Some(last) = read.last() {
            asked = asked.header("last-event-id", &last.id);
        }
        let mut response = asked.send().await.unwrap();
        if response.status() == StatusCode::NO_CONTENT {
            return read;
        }
        let mut text = String::new();
        while !text.contains("\n\n") {
            let more = response.chunk().await.unwrap().expect("an event before the end");
            text += std::str::from_utf8(&more).unwrap();
        }
        read.push(events(&text).swap_remove(0));
    }
}

#[tokio::test]
async fn who_comes_back_after_every_event_sees_each_once_and_in_order() {
    let world = World::of_blocks(&["12-00", "12-30", "13-00"]);
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    let served = tokio::spawn(serve(listener, world.service.clone(), std::future::pending()));
    let mut gate = world.transcriber.hold("12-30");
    let run = world.start(&day()).await;
    gate.reached().await;
    let following = tokio::spawn(follow_in_pieces(format!("http://{address}{}", path(&run))));
    tokio::task::yield_now().await;
    gate.open();
    let read = following.await.unwrap();
    let ids: Vec<u64> = read.iter().map(|event| event.id.parse().unwrap()).collect();
    assert!(ids.is_sorted_by(|a, b| a < b), "{ids:?}");
    // Progress that was overtaken meanwhile may have been seen besides.
    for event in events(&world.get(&path(&run)).await.text) {
        assert!(read.contains(&event), "{event:?} is not in {ids:?}");
    }
    served.abort();
}

#[tokio::test]
async fn a_thousand_followers_leave_the_run_as_it_is() {
    let world = World::of_blocks(&["12-00", "12-30"]);
    let mut gate = world.transcriber.hold("12-00");
    let run = world.start(&day()).await;
    gate.reached().await;
    let mut readers = JoinSet::new();
    let mut idle = Vec::new();
    for number in 0..1000 {
        let asked = request(Method::GET, &path(&run), "");
        let response = world.router.clone().oneshot(asked).await.unwrap();
        assert_eq!(response.status(), StatusCode::OK);
        if number % 2 == 0 {
            readers.spawn(Answer::read(response));
        } else {
            idle.push(response);
        }
    }
    gate.open();
    let ended = world.ended(&run["id"]).await;
    assert_eq!(ended["report"]["summary"]["pending_processed"], 2);
    let every = events(&world.get(&path(&run)).await.text);
    // The log has one progress for each recording, however many follow.
    assert_eq!(every.len(), 2 + 3 * 2 + 1, "{every:?}");
    for answer in readers.join_all().await {
        let read = events(&answer.text);
        assert!(every.iter().all(|event| read.contains(event)));
    }
    // Those who did not read find the log as everybody does.
    for response in idle {
        assert_eq!(events(&Answer::read(response).await.text), every);
    }
}

#[tokio::test]
async fn a_follower_too_many_is_refused_and_one_that_left_makes_room() {
    let world = limited(1);
    let mut gate = world.transcriber.hold("a");
    let run = world.start(&day()).await;
    gate.reached().await;
    let asked = request(Method::GET, &path(&run), "");
    let first = world.router.clone().oneshot(asked).await.unwrap();
    let answer = world.get(&path(&run)).await;
    answer.assert_error(StatusCode::SERVICE_UNAVAILABLE, "too many clients follow");
    assert!(answer.header("retry-after").is_some());
    drop(first);
    gate.open();
    let read = events(&world.get(&path(&run)).await.text);
    assert_eq!(read.last().unwrap().name, "run_finished");
}

#[tokio::test]
async fn at_shutdown_those_who_follow_read_how_the_run_ended() {
    let settings = Settings { shutdown_grace: Duration::ZERO, ..settings() };
    let store = FakeStore::new([RecordingSeed::at("12-00")]);
    let world = World::new(store, FakeSource::new([(key_of("12-00"), "a")]), settings);
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel::<()>();
    let shutdown = async { stopped.await.unwrap_or(()) };
    let served = tokio::spawn(serve(listener, world.service.clone(), shutdown));
    let mut gate = world.transcriber.hold("a");
    let run = world.start(&day()).await;
    gate.reached().await;
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let response = client.get(format!("http://{address}{}", path(&run))).send().await.unwrap();
    stop.send(()).unwrap();
    let read = events(&response.text().await.unwrap());
    let end = &read.last().unwrap().data;
    assert_eq!((&end["state"], &end["error"]["kind"]), (&json!("cancelled"), &json!("shutdown")));
    served.await.unwrap().unwrap();
}
