//! The figures of `/metrics`.

use std::collections::{BTreeMap, BTreeSet};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::http::{Method, StatusCode};
use futures_util::poll;
use serde_json::json;
use tower::ServiceExt;
use watchme_core::{
    ClaimOrder, ClaimRequest, ClaimScope, ClaimStore, Claiming, Quarantine, RemovalReason,
    TranscribeError,
};
use watchme_server::{Limits, Settings};
use watchme_testkit::sample::{DAY, DEVICE, key_of};
use watchme_testkit::{FakeSource, FakeStore, RecordingSeed};

use crate::world::{World, post, request, settings};

/// The samples of a scrape, each under its name and labels.
struct Scrape {
    samples: BTreeMap<String, f64>,
    types: BTreeMap<String, String>,
}

impl Scrape {
    async fn of(world: &World) -> Self {
        let answer = world.get("/metrics").await;
        assert_eq!(answer.status, StatusCode::OK);
        let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
        assert_eq!(answer.header("content-type"), Some(kind));
        Self::parse(&answer.text)
    }

    /// Reads the text as its grammar has it: families with type and help, then their samples.
    fn parse(text: &str) -> Self {
        let text = text.strip_suffix("# EOF\n").expect("the end is marked");
        let mut scrape = Self { samples: BTreeMap::new(), types: BTreeMap::new() };
        let mut helped = BTreeSet::new();
        for line in text.lines() {
            if let Some(comment) = line.strip_prefix("# ") {
                let [word, name, rest] = comment.splitn(3, ' ').collect::<Vec<_>>()[..] else {
                    panic!("{line}")
                };
                match word {
                    "TYPE" => drop(scrape.types.insert(name.to_owned(), rest.to_owned())),
                    "HELP" => drop(helped.insert(name.to_owned())),
                    "UNIT" => assert!(name.ends_with(&format!("_{rest}")), "{line}"),
                    _ => panic!("{line}"),
                }
                continue;
            }
            let (series, value) = line.rsplit_once(' ').unwrap();
            let twice = scrape.samples.insert(series.to_owned(), value.parse().unwrap());
            assert_eq!(twice, None, "{line}");
        }
        assert_eq!(scrape.types.keys().cloned().collect::<BTreeSet<_>>(), helped);
        scrape.check_names();
        scrape
    }

    /// Every sample belongs to a family of ours, and its ending fits the family's type.
    fn check_names(&self) {
        for series in self.samples.keys() {
            let name = series.split('{').next().unwrap();
            assert!(name.starts_with("watchme_"), "{series}");
            let endings = ["_total", "_info", "_bucket", "_count", "_sum", ""];
            let ending = endings.iter().find(|ending| name.ends_with(**ending)).unwrap();
            let family = &name[..name.len() - ending.len()];
            let expected = match *ending {
                "_total" => "counter",
                "_info" => "info",
                "" => "gauge",
                _ => "histogram",
            };
            assert_eq!(self.types.get(family).map(String::as_str), Some(expected), "{series}");
        }
    }

    /// The series of the store, as they are read.
    fn backlog(&self) -> [Option<f64>; 2] {
        ["watchme_pending_recordings", "watchme_quarantined"]
            .map(|series| self.samples.get(series).copied())
    }

    #[track_caller]
    fn value(&self, series: &str) -> f64 {
        let names = || self.samples.keys().collect::<Vec<_>>();
        *self.samples.get(series).unwrap_or_else(|| panic!("no `{series}` in {:#?}", names()))
    }

    #[track_caller]
    fn assert_is(&self, series: &str, expected: f64) {
        let value = self.value(series);
        assert!((value - expected).abs() < 1e-9, "{series} is {value}");
    }
}

fn day() -> String {
    json!({ "device_id": DEVICE, "date": DAY }).to_string()
}

#[tokio::test]
async fn a_new_service_tells_its_build_its_memory_and_no_work() {
    let scrape = Scrape::of(&World::of_blocks(&[])).await;
    let build = format!("watchme_build_info{{version=\"{}\"}}", env!("CARGO_PKG_VERSION"));
    scrape.assert_is(&build, 1.0);
    for series in [
        "watchme_runs{state=\"running\"}",
        "watchme_runs{state=\"waiting\"}",
        "watchme_fetched_bytes_total",
        "watchme_audio_seconds_total",
        "watchme_speech_seconds_total",
        "watchme_processing_seconds_total",
        "watchme_rtf_count",
    ] {
        scrape.assert_is(series, 0.0);
    }
    let bytes = scrape.value("watchme_process_resident_memory_bytes");
    assert!((1e6..1e12).contains(&bytes), "{bytes}");
}

#[tokio::test]
async fn requests_are_counted_by_route_method_and_status() {
    let world = World::of_blocks(&[]);
    world.get("/health").await;
    world.get("/health").await;
    world.get("/docs/page.js").await;
    world.get("/docs/nothing").await;
    world.get("/nowhere").await;
    world.get("/docs/").await;
    world.send(request(Method::from_bytes(b"BREW").unwrap(), "/health", "")).await;
    world.ask("no json").await;
    let scrape = Scrape::of(&world).await;
    for (labels, count) in [
        ("route=\"/health\",method=\"GET\",status=\"200\"", 2.0),
        ("route=\"/docs/{file}\",method=\"GET\",status=\"200\"", 1.0),
        ("route=\"/docs/{file}\",method=\"GET\",status=\"404\"", 1.0),
        ("route=\"none\",method=\"GET\",status=\"404\"", 1.0),
        ("route=\"none\",method=\"GET\",status=\"307\"", 1.0),
        ("route=\"/health\",method=\"other\",status=\"405\"", 1.0),
        ("route=\"/fetch-and-transcribe\",method=\"POST\",status=\"422\"", 1.0),
    ] {
        scrape.assert_is(&format!("watchme_http_requests_total{{{labels}}}"), count);
        let duration = "watchme_http_request_duration_seconds";
        scrape.assert_is(&format!("{duration}_count{{{labels}}}"), count);
        scrape.assert_is(&format!("{duration}_bucket{{le=\"+Inf\",{labels}}}"), count);
    }
}

#[tokio::test]
async fn recordings_are_counted_by_what_became_of_them_and_timed() {
    let blocks = ["12-00", "12-30", "13-00", "13-30"];
    let store = FakeStore::new(blocks.map(RecordingSeed::at));
    // The third has no audio.
    let spoken = [("12-00", "spoken"), ("12-30", ""), ("13-30", "damaged")];
    let source = FakeSource::new(spoken.map(|(block, text)| (key_of(block), text)));
    let world = World::new(store, source, settings());
    let damage = || TranscribeError::Damaged { reason: "on purpose".into() };
    world.transcriber.fail("damaged", damage);
    assert_eq!(world.ask(day()).await.status, StatusCode::OK);

    let scrape = Scrape::of(&world).await;
    scrape.assert_is("watchme_slots_total{state=\"transcribed\",kind=\"\"}", 1.0);
    scrape.assert_is("watchme_slots_total{state=\"silent\",kind=\"\"}", 1.0);
    scrape.assert_is("watchme_slots_total{state=\"missing\",kind=\"missing\"}", 1.0);
    scrape.assert_is("watchme_slots_total{state=\"failed\",kind=\"damaged_audio\"}", 1.0);
    // `spoken`, nothing and `damaged`.
    scrape.assert_is("watchme_fetched_bytes_total", 13.0);
    // The fake hears a minute in each of two recordings, in next to no time.
    scrape.assert_is("watchme_audio_seconds_total", 120.0);
    scrape.assert_is("watchme_rtf_count", 2.0);
    assert!(scrape.value("watchme_processing_seconds_total") > 0.0);
    assert!(scrape.value("watchme_rtf_sum") > 0.0);
}

#[tokio::test]
async fn what_nobody_said_is_counted_by_why_it_was_left_out() {
    let world = World::of_blocks(&["12-00", "12-30", "13-00", "13-30"]);
    world.transcriber.invent("12-00", RemovalReason::Loop);
    world.transcriber.invent("12-30", RemovalReason::NoSpeech);
    world.transcriber.invent("13-00", RemovalReason::OutsideSpeech);
    assert_eq!(world.ask(day()).await.status, StatusCode::OK);
    let scrape = Scrape::of(&world).await;
    scrape.assert_is("watchme_hallucinations_total{reason=\"loop\"}", 1.0);
    scrape.assert_is("watchme_hallucinations_total{reason=\"no_speech\"}", 1.0);
    scrape.assert_is("watchme_hallucinations_total{reason=\"outside_speech\"}", 1.0);
    scrape.assert_is("watchme_slots_total{state=\"silent\",kind=\"\"}", 3.0);
}

#[tokio::test]
async fn runs_under_way_and_waiting_are_told_while_they_are() {
    let world = World::of_blocks(&["12-00", "12-30"]);
    let only = |block: &str| {
        json!({ "device_id": DEVICE, "local_date": DAY, "time_blocks": [block] }).to_string()
    };
    let mut gate = world.transcriber.hold("12-00");
    let mut first = pin!(world.router.clone().oneshot(post(only("12-00"))));
    assert!(poll!(&mut first).is_pending());
    gate.reached().await;
    {
        let mut second = pin!(world.router.clone().oneshot(post(only("12-30"))));
        assert!(poll!(&mut second).is_pending());
        let scrape = Scrape::of(&world).await;
        scrape.assert_is("watchme_runs{state=\"running\"}", 1.0);
        scrape.assert_is("watchme_runs{state=\"waiting\"}", 1.0);
    }
    let left = "route=\"/fetch-and-transcribe\",method=\"POST\",status=\"499\"";
    let left = format!("watchme_http_requests_total{{{left}}}");
    Scrape::of(&world).await.assert_is(&left, 1.0);
    gate.open();
    assert_eq!(first.await.unwrap().status(), StatusCode::OK);
}

/// No test takes longer.
const LEASE: Duration = Duration::from_mins(1);

fn quarantine() -> Quarantine {
    Quarantine { max_strikes: 2, status: "failed".parse().unwrap() }
}

/// A service that shares `store`, whose figures count for as long as `backlog_for`.
fn sharing(store: &FakeStore, lease: Duration, backlog_for: Duration) -> World {
    let (claims, owner) = (Arc::new(store.clone()), "test".to_owned());
    let claiming = Claiming { store: claims, owner, lease, quarantine: quarantine() };
    let limits = Limits { backlog_for, ..Limits::default() };
    let settings = Settings { claiming: Some(claiming), limits, ..settings() };
    let spoken = [("12-00", "a"), ("12-30", "damaged")];
    let source = FakeSource::new(spoken.map(|(block, text)| (key_of(block), text)));
    World::new(store.clone(), source, settings)
}

#[tokio::test]
async fn what_waits_and_what_was_given_up_is_asked_of_the_store() {
    let store = FakeStore::new(["12-00", "12-30"].map(RecordingSeed::at));
    let world = sharing(&store, LEASE, Duration::ZERO);
    let scrape = Scrape::of(&world).await;
    assert_eq!(scrape.backlog(), [Some(2.0), Some(0.0)]);
    // The sample day is years ago.
    assert!(scrape.value("watchme_oldest_pending_age_seconds") > 1e7);
    scrape.assert_is("watchme_lease_lost_total", 0.0);

    let damage = || TranscribeError::Damaged { reason: "on purpose".into() };
    world.transcriber.fail("damaged", damage);
    for _ in 0..quarantine().max_strikes {
        assert_eq!(world.ask(day()).await.status, StatusCode::OK);
    }

    let scrape = Scrape::of(&world).await;
    assert_eq!(scrape.backlog(), [Some(0.0), Some(1.0)]);
    scrape.assert_is("watchme_oldest_pending_age_seconds", 0.0);
}

#[tokio::test]
async fn many_scrapes_ask_the_store_once() {
    let store = FakeStore::new(["12-00"].map(RecordingSeed::at));
    let world = sharing(&store, LEASE, Duration::from_hours(1));
    assert_eq!(Scrape::of(&world).await.backlog(), [Some(1.0), Some(0.0)]);
    assert_eq!(world.ask(day()).await.status, StatusCode::OK);
    assert_eq!(Scrape::of(&world).await.backlog(), [Some(1.0), Some(0.0)]);
}

#[tokio::test]
async fn a_store_that_does_not_tell_has_no_figures() {
    let store = FakeStore::new(["12-00"].map(RecordingSeed::at));
    let world = sharing(&store, LEASE, Duration::ZERO);
    assert_eq!(Scrape::of(&world).await.backlog(), [Some(1.0), Some(0.0)]);
    store.remove_claims();
    assert_eq!(Scrape::of(&world).await.backlog(), [None, None]);
    // Alone on its store, it asks nobody.
    let alone = Scrape::of(&World::of_blocks(&["12-00"])).await;
    assert_eq!(alone.backlog(), [None, None]);
    assert_eq!(alone.samples.get("watchme_oldest_pending_age_seconds"), None);
}

#[tokio::test]
async fn a_claim_that_another_took_over_is_counted() {
    let store = FakeStore::new(["12-00"].map(RecordingSeed::at));
    let world = sharing(&store, Duration::ZERO, Duration::ZERO);
    let mut gate = world.transcriber.hold("a");
    let mut response = pin!(world.router.clone().oneshot(post(day())));
    assert!(poll!(&mut response).is_pending());
    gate.reached().await;
    // The lease has run out, and nobody told the one who works.
    let thief = ClaimRequest {
        owner: "thief".to_owned(),
        lease: Duration::from_mins(1),
        limit: 1,
        scope: ClaimScope::Object(key_of("12-00").parse().unwrap()),
        order: ClaimOrder::default(),
        quarantine: quarantine(),
    };
    assert_eq!(store.claim(&thief).await.unwrap().len(), 1);
    gate.open();
    assert_eq!(response.await.unwrap().status(), StatusCode::OK);
    Scrape::of(&world).await.assert_is("watchme_lease_lost_total", 1.0);
}
