//! Runs without a client that waits.

use axum::http::{Method, StatusCode};
use serde_json::{Value, json};
use watchme_core::StoreError;
use watchme_server::{Limits, Settings};
use watchme_testkit::sample::{DAY, DEVICE, key_of};
use watchme_testkit::{FakeSource, FakeStore, RecordingSeed};

use crate::world::{Answer, RUNS, World, post, request, settings};

fn day() -> Value {
    json!({ "device_id": DEVICE, "date": DAY })
}

fn block(name: &str) -> Value {
    json!({ "device_id": DEVICE, "local_date": DAY, "time_blocks": [name] })
}

async fn cancel(world: &World, id: &Value) -> Answer {
    let path = format!("{RUNS}/{}", id.as_str().unwrap());
    world.send(request(Method::DELETE, &path, "")).await
}

#[tokio::test]
async fn a_run_is_accepted_at_once_and_its_report_is_there_when_it_ended() {
    let world = World::of_blocks(&["12-00", "12-30"]);
    let mut gate = world.transcriber.hold("12-00");
    let answer = world.send(request(Method::POST, RUNS, day().to_string())).await;
    assert_eq!(answer.status, StatusCode::ACCEPTED);
    let accepted = answer.json();
    assert_eq!((&accepted["state"], &accepted["joined"]), (&json!("running"), &json!(false)));
    let id = accepted["id"].as_str().unwrap();
    assert_eq!(answer.header("location"), Some(format!("runs/{id}").as_str()));

    gate.reached().await;
    let running = world.get(&format!("{RUNS}/{id}")).await.json();
    assert_eq!(running["state"], "running");
    assert_eq!(running["progress"]["recordings"], 2);
    assert_eq!(running["progress"]["current"]["file"], key_of("12-00"));
    assert_eq!(running["request"]["date"], DAY);
    assert!(running.get("report").is_none() && running["ended_at"].is_null());

    gate.open();
    let ended = world.ended(&accepted["id"]).await;
    assert_eq!(ended["state"], "finished");
    assert_eq!(ended["progress"]["completed"], 2);
    assert_eq!(ended["report"]["summary"]["pending_processed"], 2);
    assert_eq!(ended["report"]["recordings"][1]["heard"]["text"], "12-30");
    assert!(ended["accepted_at"].as_str().unwrap().ends_with('Z'), "{ended}");

    let silent = world.get(&format!("{RUNS}/{id}")).await;
    assert!(silent.json()["report"]["recordings"][1]["heard"].get("text").is_none());
}

#[tokio::test]
async fn an_equal_request_is_the_same_run_whoever_asks_and_however() {
    let world = World::of_blocks(&["12-00"]);
    let mut gate = world.transcriber.hold("12-00");
    let first = world.start(&day()).await;
    gate.reached().await;
    let again = world.start(&json!({ "device_id": DEVICE, "local_date": DAY })).await;
    assert_eq!((&again["id"], &again["joined"]), (&first["id"], &json!(true)));
    let waiting =
        tokio::spawn(tower::ServiceExt::oneshot(world.router.clone(), post(day().to_string())));
    gate.open();
    let report = Answer::read(waiting.await.unwrap().unwrap()).await.json();
    assert_eq!(report["summary"]["pending_processed"], 1);
    assert_eq!(world.transcriber.heard(), ["12-00"]);
}

#[tokio::test]
async fn the_request_of_a_run_can_be_sent_again_as_it_is() {
    let world = World::of_blocks(&["12-00"]);
    for body in [day(), block("12-00"), json!({ "file_paths": [key_of("12-00")] })] {
        let first = world.start(&body).await;
        let ended = world.ended(&first["id"]).await;
        let again = world.start(&ended["request"]).await;
        assert_eq!(world.ended(&again["id"]).await["request"], ended["request"]);
        assert_eq!(ended["request"]["language"], "ja");
    }
}

#[tokio::test]
async fn a_run_may_name_a_language_and_another_language_is_another_run() {
    let world = World::of_blocks(&["12-00"]);
    let body = json!({ "file_paths": [key_of("12-00")], "language": "auto" });
    let id = &world.start(&body).await["id"];
    world.ended(id).await;
    assert_eq!(world.transcriber.options()[0].language.to_string(), "auto");

    let body = json!({ "file_paths": ["a"], "language": "yue" }).to_string();
    let answer = world.send(request(Method::POST, RUNS, body)).await;
    answer.assert_error(StatusCode::BAD_REQUEST, "`base` does not know the language `yue`");
    for (language, kind) in [(json!("jp"), "value_error"), (json!(1), "string_type")] {
        let body = json!({ "file_paths": ["a"], "language": language }).to_string();
        let answer = world.send(request(Method::POST, RUNS, body)).await;
        answer.assert_error(StatusCode::UNPROCESSABLE_ENTITY, "body.language");
        assert_eq!(answer.json()["detail"][0]["type"], kind);
    }
    // The original ignores what it does not know, and so do its clients' requests here.
    let old = json!({ "device_id": DEVICE, "date": DAY, "language": 1 });
    assert_eq!(world.ask(old.to_string()).await.status, StatusCode::OK);
}

#[tokio::test]
async fn what_does_not_fit_is_refused_as_in_the_older_form() {
    let world = World::of_blocks(&[]);
    for body in ["", "{", "{}", r#"{"device_id":"a","date":"x"}"#, r#"{"file_paths":[]}"#] {
        let old = world.ask(body).await;
        let new = world.send(request(Method::POST, RUNS, body)).await;
        assert_eq!((new.status, new.text), (old.status, old.text), "{body}");
    }
    let body = json!({ "device_id": DEVICE, "date": DAY, "model": "huge" }).to_string();
    let answer = world.send(request(Method::POST, RUNS, body)).await;
    answer.assert_error(StatusCode::BAD_REQUEST, "サポートされていないモデル");
}

#[tokio::test]
async fn runs_are_listed_from_the_newest_and_as_many_as_asked_for() {
    let world = World::of_blocks(&["12-00"]);
    let mut ids = Vec::new();
    for _ in 0..3 {
        let run = world.start(&day()).await;
        world.ended(&run["id"]).await;
        ids.insert(0, run["id"].clone());
    }
    let listed = |body: Value| {
        let runs = body["runs"].as_array().unwrap().iter();
        runs.map(|run| run["id"].clone()).collect::<Vec<_>>()
    };
    let all = world.get(RUNS).await.json();
    assert_eq!(listed(all.clone()), ids);
    assert!(all["runs"][0].get("report").is_none());
    assert_eq!(listed(world.get("/v1/runs?limit=2").await.json()), ids[..2]);
    for limit in ["0", "201", "-1", "many", ""] {
        let answer = world.get(&format!("{RUNS}?limit={limit}")).await;
        answer.assert_error(StatusCode::UNPROCESSABLE_ENTITY, "query.limit");
    }
}

#[tokio::test]
async fn runs_make_room_for_newer_ones() {
    let settings = Settings { limits: Limits { kept_runs: 1, ..Limits::default() }, ..settings() };
    let store = FakeStore::new([RecordingSeed::at("12-00")]);
    let world = World::new(store, FakeSource::new([(key_of("12-00"), "a")]), settings);
    let old = world.start(&day()).await;
    world.ended(&old["id"]).await;
    let new = world.start(&day()).await;
    world.ended(&new["id"]).await;
    let gone = world.get(&format!("{RUNS}/{}", old["id"].as_str().unwrap())).await;
    gone.assert_error(StatusCode::NOT_FOUND, "no run has this id");
}

#[tokio::test]
async fn cancelling_states_its_latency_and_other_clients_are_told() {
    let world = World::of_blocks(&["12-00", "12-30"]);
    let mut gate = world.transcriber.hold("12-00");
    let run = world.start(&day()).await;
    gate.reached().await;
    let waiting = world.start(&block("12-30")).await;
    let client =
        tokio::spawn(tower::ServiceExt::oneshot(world.router.clone(), post(day().to_string())));
    tokio::task::yield_now().await;

    let answer = cancel(&world, &waiting["id"]).await;
    assert_eq!(
        (answer.status, answer.json()["state"].as_str()),
        (StatusCode::ACCEPTED, Some("cancelled"))
    );
    let answer = cancel(&world, &run["id"]).await;
    assert_eq!(answer.status, StatusCode::ACCEPTED);
    assert!(answer.json()["latency"].as_str().unwrap().contains("within one step"));

    gate.left().await;
    let ended = world.ended(&run["id"]).await;
    assert_eq!(
        (&ended["state"], &ended["error"]["kind"]),
        (&json!("cancelled"), &json!("withdrawn"))
    );
    let told = Answer::read(client.await.unwrap().unwrap()).await;
    told.assert_error(StatusCode::CONFLICT, "cancelled by request");
    assert_eq!(told.header("retry-after"), None);
    assert_eq!(world.store.statuses(&key_of("12-00")), ["pending"]);

    let again = cancel(&world, &run["id"]).await;
    again.assert_error(StatusCode::CONFLICT, "cancelled already");
}

#[tokio::test]
async fn a_run_that_is_none_is_404_everywhere() {
    let world = World::of_blocks(&[]);
    for id in ["01981a2b-0000-7000-8000-000000000000", "1", "x%2Fy"] {
        let path = format!("{RUNS}/{id}");
        for (method, path) in [
            (Method::GET, path.clone()),
            (Method::DELETE, path.clone()),
            (Method::GET, format!("{path}/events")),
        ] {
            let answer = world.send(request(method, &path, "")).await;
            answer.assert_error(StatusCode::NOT_FOUND, "no run has this id");
        }
    }
}

#[tokio::test]
async fn a_run_that_read_no_rows_failed_and_names_no_host() {
    let world = World::of_blocks(&["12-00"]);
    world.store.fail_reads(1, || StoreError::Unavailable {
        backend: "supabase",
        retry_after: None,
        source: "https://project.supabase.co refused".into(),
    });
    let run = world.start(&day()).await;
    let ended = world.ended(&run["id"]).await;
    assert_eq!((&ended["state"], &ended["error"]["kind"]), (&json!("failed"), &json!("store")));
    let reason = ended["error"]["reason"].as_str().unwrap();
    assert!(reason.contains("supabase is unavailable") && !reason.contains("supabase.co"));
}

#[tokio::test]
async fn a_client_that_prefers_it_gets_a_run_to_follow() {
    let world = World::of_blocks(&["12-00"]);
    let mut gate = world.transcriber.hold("12-00");
    let mut asked = post(day().to_string());
    asked.headers_mut().insert("prefer", "respond-async, wait=10".parse().unwrap());
    let answer = world.send(asked).await;
    assert_eq!(answer.status, StatusCode::ACCEPTED);
    assert_eq!(answer.header("preference-applied"), Some("respond-async"));
    let accepted = answer.json();
    let location = format!("v1/runs/{}", accepted["id"].as_str().unwrap());
    assert_eq!(answer.header("location"), Some(location.as_str()));
    gate.reached().await;
    gate.open();
    assert_eq!(world.ended(&accepted["id"]).await["state"], "finished");
}

#[tokio::test]
async fn a_run_too_many_is_refused_here_as_well() {
    let limits = Limits { waiting_runs: 0, ..Limits::default() };
    let store = FakeStore::new([RecordingSeed::at("12-00")]);
    let source = FakeSource::new([(key_of("12-00"), "a")]);
    let world = World::new(store, source, Settings { limits, ..settings() });
    let mut gate = world.transcriber.hold("a");
    world.start(&day()).await;
    gate.reached().await;
    let answer = world.send(request(Method::POST, RUNS, block("12-30").to_string())).await;
    answer.assert_error(StatusCode::SERVICE_UNAVAILABLE, "ask again");
    assert!(answer.header("retry-after").is_some());
}
