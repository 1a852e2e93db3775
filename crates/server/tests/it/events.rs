//! The stream of events of a run.

use std::time::Duration;

use axum::http::{Method, StatusCode};
use futures_util::StreamExt;
use serde_json::{Value, json};
use tokio::time::Instant;
use tower::ServiceExt;
use watchme_testkit::sample::{DAY, DEVICE, key_of};

use crate::world::{Answer, RUNS, World, request};

/// An event as a client reads it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Event {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) data: Value,
}

/// The events of a text, comments left out.
pub(crate) fn events(text: &str) -> Vec<Event> {
    let blocks = text.split_terminator("\n\n").filter(|block| !block.starts_with(':'));
    blocks.map(event).collect()
}

fn event(block: &str) -> Event {
    let field = |name: &str| {
        let mut values = block.lines().filter_map(|line| line.strip_prefix(name));
        values.next().unwrap_or_else(|| panic!("no {name} in {block}"))
    };
    let data: Value = serde_json::from_str(field("data: ")).unwrap();
    let event = Event { id: field("id: ").to_owned(), name: field("event: ").to_owned(), data };
    assert_eq!(event.data["type"], event.name);
    event
}

pub(crate) fn day() -> Value {
    json!({ "device_id": DEVICE, "date": DAY })
}

pub(crate) fn path(run: &Value) -> String {
    format!("{RUNS}/{}/events", run["id"].as_str().unwrap())
}

async fn resumed(world: &World, run: &Value, last_event_id: &str) -> Answer {
    let mut asked = request(Method::GET, &path(run), "");
    asked.headers_mut().insert("last-event-id", last_event_id.parse().unwrap());
    world.send(asked).await
}

#[tokio::test]
async fn a_run_is_told_from_its_start_to_its_report() {
    let world = World::of_blocks(&["12-00"]);
    let run = world.start(&day()).await;
    let answer = world.get(&path(&run)).await;
    assert_eq!(answer.header("content-type"), Some("text/event-stream"));
    assert_eq!(answer.header("x-accel-buffering"), Some("no"));
    assert_eq!(answer.header("cache-control"), Some("no-cache, no-transform"));
    let told = events(&answer.text);
    let names: Vec<&str> = told.iter().map(|event| event.name.as_str()).collect();
    assert_eq!(names[..3], ["run_started", "run_planned", "recording_fetched"]);
    assert!(names[3..].starts_with(&["recording_progress"]), "{names:?}");
    assert!(names.ends_with(&["recording_finished", "run_finished"]), "{names:?}");
    let finished = &told[told.len() - 2].data;
    assert_eq!(
        (&finished["file"], &finished["outcome"]),
        (&json!(key_of("12-00")), &json!("completed"))
    );
    let end = &told[told.len() - 1].data;
    assert_eq!(end["report"]["summary"]["pending_processed"], 1);
    assert_eq!(end["state"], "finished");
}

#[tokio::test]
async fn what_was_said_is_told_to_those_who_ask_for_it() {
    let world = World::of_blocks(&["12-00"]);
    world.transcriber.answer("12-00", " おはよう");
    let run = world.start(&day()).await;
    assert!(!world.get(&path(&run)).await.text.contains("おはよう"));
    let told = events(&world.get(&format!("{}?text=true", path(&run))).await.text);
    let heard = &told[told.len() - 2].data["heard"];
    let segments = heard["segments"].as_array().unwrap().iter();
    let joined: String = segments.map(|segment| segment["text"].as_str().unwrap()).collect();
    assert_eq!(heard["text"], joined.trim());
    let wrong = world.get(&format!("{}?text=1", path(&run))).await;
    wrong.assert_error(StatusCode::UNPROCESSABLE_ENTITY, "query.text");
}

#[tokio::test]
async fn who_resumes_at_any_event_gets_the_others_once_and_in_order() {
    let world = World::of_blocks(&["12-00", "12-30"]);
    let run = world.start(&day()).await;
    let every = events(&world.get(&path(&run)).await.text);
    for (index, event) in every.iter().enumerate() {
        let by_header = resumed(&world, &run, &event.id).await;
        let by_query = world.get(&format!("{}?after={}", path(&run), event.id)).await;
        if index + 1 == every.len() {
            assert_eq!(by_header.status, StatusCode::NO_CONTENT);
            assert_eq!(by_query.status, StatusCode::NO_CONTENT);
        } else {
            assert_eq!(events(&by_header.text), every[index + 1..]);
            assert_eq!(by_query.text, by_header.text);
        }
    }
    let mut both = request(Method::GET, &format!("{}?after=0", path(&run)), "");
    both.headers_mut().insert("last-event-id", every[2].id.parse().unwrap());
    assert_eq!(events(&world.send(both).await.text), every[3..]);
}

#[tokio::test]
async fn a_number_that_was_never_given_is_a_gap_and_text_is_no_number() {
    let world = World::of_blocks(&["12-00"]);
    let run = world.start(&day()).await;
    let every = events(&world.get(&path(&run)).await.text);
    let told = events(&resumed(&world, &run, "999").await.text);
    assert_eq!(told[0].name, "gap");
    assert_eq!(told[0].data, json!({ "type": "gap", "asked_after": 999, "resumed_after": 0 }));
    assert_eq!(told[1..], every);
    assert_eq!(events(&resumed(&world, &run, "").await.text), every);
    for id in ["-1", "x", "1.5", "9223372036854775808"] {
        let wrong = resumed(&world, &run, id).await;
        wrong.assert_error(StatusCode::UNPROCESSABLE_ENTITY, "header.last-event-id");
        let wrong = world.get(&format!("{}?after={id}", path(&run))).await;
        wrong.assert_error(StatusCode::UNPROCESSABLE_ENTITY, "query.after");
        let mut both = request(Method::GET, &format!("{}?after={id}", path(&run)), "");
        both.headers_mut().insert("last-event-id", "1".parse().unwrap());
        world.send(both).await.assert_error(StatusCode::UNPROCESSABLE_ENTITY, "query.after");
    }
}

#[tokio::test(start_paused = true)]
async fn a_quiet_stream_shows_that_it_lives() {
    let world = World::of_blocks(&["12-00"]);
    let gate = world.transcriber.hold("12-00");
    let run = world.start(&day()).await;
    let asked = request(Method::GET, &path(&run), "");
    let response = world.router.clone().oneshot(asked).await.unwrap();
    let mut body = response.into_body().into_data_stream();
    let mut text = String::new();
    while !text.ends_with(":\n\n:\n\n:\n\n") {
        text += std::str::from_utf8(&body.next().await.unwrap().unwrap()).unwrap();
    }
    let quiet = Instant::now();
    gate.open();
    while let Some(more) = body.next().await {
        text += std::str::from_utf8(&more.unwrap()).unwrap();
    }
    assert_eq!(quiet.elapsed(), Duration::ZERO, "events do not wait for a comment");
    assert_eq!(events(&text).last().unwrap().name, "run_finished");
}

#[tokio::test]
async fn a_cancelled_run_is_told_as_such_and_its_stream_ends() {
    let world = World::of_blocks(&["12-00"]);
    let mut gate = world.transcriber.hold("12-00");
    let run = world.start(&day()).await;
    gate.reached().await;
    let followed = tokio::spawn({
        let (router, asked) = (world.router.clone(), request(Method::GET, &path(&run), ""));
        async move { Answer::read(router.oneshot(asked).await.unwrap()).await }
    });
    let run_path = format!("{RUNS}/{}", run["id"].as_str().unwrap());
    world.send(request(Method::DELETE, &run_path, "")).await;
    let told = events(&followed.await.unwrap().text);
    let end = &told.last().unwrap().data;
    assert_eq!((&end["state"], &end["report"]), (&json!("cancelled"), &Value::Null));
    assert_eq!(end["error"]["kind"], "withdrawn");
}
