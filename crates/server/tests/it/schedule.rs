//! The schedule of the service, as `/v1/schedule` shows it.

use std::future::pending;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::http::StatusCode;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use watchme_core::{Claiming, Quarantine, RecordingStatus, StoreError, TranscribeError};
use watchme_runner::{LeasedPipeline, Scheduler, SchedulerConfig};
use watchme_server::{Schedule, Service, Settings, router};
use watchme_testkit::sample::{DAY, DEVICE, key_of, options};
use watchme_testkit::{FakeSource, FakeStore, FakeTranscriber, RecordingSeed, pipeline_over};

use crate::world::{World, settings};

/// A grace that never ends in a test.
const LONG: Duration = Duration::from_hours(1);

/// A look-back that reaches the sample day from any now.
const EVER: Duration = Duration::from_hours(24 * 365 * 1000);

/// A service and the schedule beside it, over pending rows of these blocks.
fn scheduled(blocks: &[String]) -> (World, Scheduler) {
    let store = FakeStore::new(blocks.iter().map(|block| RecordingSeed::at(block)));
    let source = FakeSource::new(blocks.iter().map(|block| (key_of(block), block.clone())));
    let transcriber = FakeTranscriber::new();
    let claiming = Claiming {
        store: Arc::new(store.clone()),
        owner: "test".to_owned(),
        lease: Duration::from_mins(1),
        quarantine: Quarantine { max_strikes: 5, status: RecordingStatus::Failed },
    };
    let pipeline = pipeline_over(source, transcriber.clone(), store.clone());
    let schedule = Schedule {
        when: "10 * * * *".to_owned(),
        zone: Some("Asia/Tokyo".to_owned()),
        look_back: Duration::from_hours(24),
        skip: "23-05".parse().unwrap(),
    };
    let settings = Settings { schedule: Some(schedule), ..settings() };
    let service = Service::new(pipeline.clone(), settings);
    let config = SchedulerConfig {
        look_back: EVER,
        skip: "11-12".parse().unwrap(),
        zone: jiff::tz::TimeZone::UTC,
        options: options(),
    };
    let scheduler = Scheduler::new(LeasedPipeline::new(pipeline, claiming, LONG), config);
    let scheduler = scheduler.heard_by(service.schedule_listener());
    let router = router(service.clone());
    (World { store, transcriber, service, router }, scheduler)
}

fn blocks(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

/// Every five seconds, for as many times as that.
fn times(count: usize) -> impl Fn(Timestamp) -> Option<Timestamp> + Send + 'static {
    let left = AtomicUsize::new(count);
    move |after| {
        use Ordering::Relaxed;
        let is_left = left.fetch_update(Relaxed, Relaxed, |left| left.checked_sub(1)).is_ok();
        is_left.then(|| after + SignedDuration::from_secs(5))
    }
}

async fn told(world: &World) -> Value {
    let answer = world.get("/v1/schedule").await;
    assert_eq!(answer.status, StatusCode::OK);
    answer.json()
}

#[tokio::test]
async fn without_a_schedule_there_is_none() {
    let world = World::of_blocks(&["12-00"]);
    let none = json!({ "schedule": null, "zone": null, "next_at": null, "look_back_hours": null,
        "skip_hours": null, "firings": [] });
    assert_eq!(told(&world).await, none);
}

#[tokio::test(start_paused = true)]
async fn a_firing_is_told_from_its_time_to_its_end() {
    let (world, scheduler) = scheduled(&blocks(&["11-30", "12-00", "12-30"]));
    world.transcriber.answer("12-00", "おはよう");
    let damage = || TranscribeError::Damaged { reason: "on purpose".into() };
    world.transcriber.fail("12-30", damage);
    let mut gate = world.transcriber.hold("12-30");
    let observer = world.service.observer();
    let running = tokio::spawn(scheduler.run(times(1), observer, pending(), LONG));
    tokio::task::yield_now().await;
    let planned = told(&world).await;
    assert_eq!(
        (&planned["schedule"], &planned["zone"]),
        (&json!("10 * * * *"), &json!("Asia/Tokyo"))
    );
    assert_eq!(
        (&planned["look_back_hours"], &planned["skip_hours"]),
        (&json!(24.0), &json!("23-05"))
    );
    assert!(planned["next_at"].as_str().unwrap().ends_with('Z'));
    assert_eq!(planned["firings"], json!([]));

    gate.reached().await;
    let going_on = told(&world).await["firings"][0].take();
    assert_eq!((&going_on["state"], &going_on["found"]), (&json!("running"), &json!(2)));
    assert_eq!((&going_on["completed"], &going_on["ended_at"]), (&json!(1), &Value::Null));
    assert_eq!(going_on["at"], planned["next_at"]);

    gate.open();
    running.await.unwrap();
    let body = told(&world).await;
    assert_eq!(body["next_at"], Value::Null);
    let ended = &body["firings"][0];
    assert_eq!(ended["state"], "finished");
    assert!(ended["ended_at"].is_string());
    assert_eq!(
        (&ended["completed"], &ended["failed"], &ended["skipped"]),
        (&json!(1), &json!(1), &json!(0))
    );
    let due = &ended["due"];
    assert_eq!((&due["pending"], &due["in_skipped_hours"]), (&json!(3), &json!(1)));
    assert_eq!((&due["dates"], &due["devices"]), (&json!([DAY]), &json!([DEVICE])));
    let recordings = ended["recordings"].as_array().unwrap();
    let lines: Vec<(&Value, &Value, &Value)> = recordings
        .iter()
        .map(|item| (&item["time_block"], &item["outcome"], &item["error"]["kind"]))
        .collect();
    assert_eq!(
        lines,
        [
            (&json!("12-00"), &json!("completed"), &Value::Null),
            (&json!("12-30"), &json!("failed"), &json!("damaged_audio")),
        ]
    );
    assert!(!body.to_string().contains("おはよう"), "what was said is not told");
}

#[tokio::test(start_paused = true)]
async fn the_latest_twenty_are_kept_the_newest_first_and_one_that_read_nothing_says_why() {
    let (world, scheduler) = scheduled(&[]);
    world.store.fail_reads(1, || StoreError::Unavailable {
        backend: "the store",
        retry_after: None,
        source: "http://secret.example".into(),
    });
    let observer = world.service.observer();
    scheduler.clone().run(times(2), observer.clone(), pending(), LONG).await;
    let firings = told(&world).await["firings"].take();
    assert_eq!((&firings[0]["state"], &firings[0]["error"]), (&json!("finished"), &Value::Null));
    let failed = &firings[1];
    assert_eq!((&failed["state"], &failed["found"]), (&json!("failed"), &Value::Null));
    let error = failed["error"].as_str().unwrap();
    assert!(error.contains("could not be read: the store"), "{error}");
    assert!(!error.contains("secret"), "{error}");
    scheduler.run(times(30), observer, pending(), LONG).await;
    let firings = told(&world).await["firings"].take();
    let firings = firings.as_array().unwrap();
    assert_eq!(firings.len(), 20);
    assert!(firings.is_sorted_by_key(|firing| std::cmp::Reverse(firing["at"].to_string())));
}

#[tokio::test(start_paused = true)]
async fn a_firing_that_outlasts_the_grace_is_told_as_cancelled() {
    let (world, scheduler) = scheduled(&blocks(&["12-00"]));
    let mut gate = world.transcriber.hold("12-00");
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let stopped = async { drop(stopped.await) };
    let observer = world.service.observer();
    let running = tokio::spawn(scheduler.run(times(9), observer, stopped, Duration::ZERO));
    gate.reached().await;
    stop.send(()).unwrap();
    running.await.unwrap();
    let firing = told(&world).await["firings"][0].take();
    assert_eq!(firing["state"], "cancelled");
    assert!(firing["error"].as_str().unwrap().contains("shut down"), "{firing}");
}

#[tokio::test(start_paused = true)]
async fn of_many_recordings_the_first_are_told_and_the_others_counted() {
    // Objects that are not there, each with a row.
    let (world, scheduler) = scheduled(&[]);
    world.store.add((0..205).map(|number| {
        let recorded_at = format!("{DAY}T03:{:02}:{:02}+00:00", number / 60, number % 60);
        RecordingSeed::new(recorded_at, format!("files/{DEVICE}/{DAY}/12-00/{number}.wav"))
    }));
    scheduler.run(times(1), world.service.observer(), pending(), LONG).await;
    let firing = told(&world).await["firings"][0].take();
    assert_eq!((&firing["found"], &firing["failed"]), (&json!(205), &json!(205)));
    assert_eq!(firing["recordings"].as_array().unwrap().len(), 200);
    assert_eq!(firing["recordings_left_out"], 5);
}
