//! Alive, ready, and why not.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use axum::http::{Method, StatusCode};
use serde_json::json;
use watchme_core::{
    Check, FetchedAudio, Progress, TranscribeError, TranscribeOptions, Transcriber, Transcript,
};
use watchme_server::{Limits, Settings};
use watchme_testkit::{FakeSource, FakeStore};

use crate::world::{World, request, service_over, settings};

/// Result of the model's check.
#[derive(Debug, Clone, Copy)]
enum Finding {
    Fails,
    Hangs,
    Panics,
    Passes,
}

#[derive(Debug)]
struct CheckedModel {
    finding: Finding,
    checks: Arc<AtomicUsize>,
}

#[async_trait]
impl Transcriber for CheckedModel {
    async fn transcribe(
        &self,
        _audio: FetchedAudio,
        _options: &TranscribeOptions,
        _progress: Arc<dyn Progress>,
    ) -> Result<Transcript, TranscribeError> {
        Err(TranscribeError::Cancelled)
    }

    async fn check(&self) -> Vec<Check> {
        self.checks.fetch_add(1, Ordering::Relaxed);
        match self.finding {
            Finding::Fails => vec![Check::fail("model `base`", "not found", "pull it")],
            Finding::Hangs => std::future::pending().await,
            Finding::Panics => panic!("a fault on purpose"),
            Finding::Passes => vec![Check::pass("model `base`", "found")],
        }
    }
}

/// A world whose model is as found, and how often it was looked at.
fn world(finding: Finding, limits: Limits) -> (World, Arc<AtomicUsize>) {
    let settings = Settings { limits, ..settings() };
    let (store, source) = (FakeStore::new([]), FakeSource::new::<String, String>([]));
    let checks = Arc::new(AtomicUsize::new(0));
    let model = CheckedModel { finding, checks: checks.clone() };
    let service = service_over(&store, source.clone(), Arc::new(model), settings.clone());
    let router = watchme_server::router(service.clone());
    (World { service, router, ..World::new(store, source, settings) }, checks)
}

#[tokio::test]
async fn nothing_is_begun_with_a_model_that_cannot_be_used() {
    let (world, checks) = world(Finding::Fails, Limits::default());
    let body = json!({ "file_paths": ["files/a.wav"] }).to_string();
    for path in ["/v1/runs", "/fetch-and-transcribe"] {
        let answer = world.send(request(Method::POST, path, body.clone())).await;
        answer.assert_error(StatusCode::BAD_REQUEST, "not found; pull it");
    }
    assert!(world.get("/v1/runs").await.json()["runs"].as_array().unwrap().is_empty());
    assert_eq!(checks.load(Ordering::Relaxed), 1);
}

#[tokio::test]
async fn health_is_ok_and_looks_at_nothing() {
    let (world, checks) = world(Finding::Hangs, Limits::default());
    let answer = world.get("/health").await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.json()["status"], "ok");
    assert_eq!(checks.load(Ordering::Relaxed), 0);
    assert!(world.store.operations().is_empty());
}

#[tokio::test]
async fn a_probe_with_head_is_answered_200_without_a_body() {
    let (world, _) = world(Finding::Passes, Limits::default());
    for path in ["/", "/health", "/ready"] {
        let answer = world.send(request(Method::HEAD, path, "")).await;
        assert_eq!((answer.status, answer.text.as_str()), (StatusCode::OK, ""), "{path}");
    }
}

#[tokio::test]
async fn ready_tells_what_was_checked() {
    let (world, _) = world(Finding::Passes, Limits::default());
    let answer = world.get("/ready").await;
    assert_eq!(answer.status, StatusCode::OK);
    let body = answer.json();
    assert_eq!(body["ok"], true);
    let subjects: Vec<_> =
        body["checks"].as_array().unwrap().iter().map(|c| &c["subject"]).collect();
    assert_eq!(subjects, ["model `base`", "store", "source"]);
}

#[tokio::test]
async fn a_failing_check_is_503_with_the_mend() {
    let (world, _) = world(Finding::Fails, Limits::default());
    let answer = world.get("/ready").await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(
        answer.json()["checks"][0],
        json!({
            "subject": "model `base`",
            "verdict": "fail",
            "finding": "not found",
            "mend": "pull it"
        })
    );
}

#[tokio::test]
async fn a_check_that_hangs_is_a_failing_one() {
    let limits = Limits { ready_timeout: Duration::ZERO, ..Limits::default() };
    let (world, _) = world(Finding::Hangs, limits);
    let answer = world.get("/ready").await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(answer.text.contains("no answer"), "{answer:?}");
}

#[tokio::test]
async fn one_check_counts_for_a_while_and_no_longer() {
    let (world, checks) = world(Finding::Passes, Limits::default());
    world.get("/ready").await;
    world.get("/ready").await;
    assert_eq!(checks.load(Ordering::Relaxed), 1);

    let (world, checks) =
        self::world(Finding::Passes, Limits { ready_for: Duration::ZERO, ..Limits::default() });
    world.get("/ready").await;
    world.get("/ready").await;
    assert_eq!(checks.load(Ordering::Relaxed), 2);
}

#[tokio::test]
async fn a_panic_in_a_handler_is_an_error_like_any_other() {
    let (world, _) = world(Finding::Panics, Limits::default());
    let answer = world.get("/ready").await;
    answer.assert_error(StatusCode::INTERNAL_SERVER_ERROR, "a fault");
    assert!(!answer.text.contains("on purpose"));
    assert!(answer.header("x-request-id").is_some());
    assert_eq!(world.get("/health").await.status, StatusCode::OK);
}
