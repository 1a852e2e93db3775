//! The telemetry of the real binaries: spans for a collector, and lines for a log.

use serde_json::{Value, json};
use watchme_testkit::postgrest::PostgrestFake;
use watchme_testkit::sample::{DAY, DEVICE, key_of};
use wiremock::matchers::{header, method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::binaries::project_file;
use crate::station::{Service, Station};
use crate::world::{World, end};

const ENDPOINT: &str = "OTEL_EXPORTER_OTLP_ENDPOINT";

/// Words of the recording of the tests.
const SPOKEN: &str = "会社に行きました";

async fn collector() -> MockServer {
    let collector = MockServer::start().await;
    Mock::given(method("POST"))
        .and(path("/v1/traces"))
        .and(header("content-type", "application/x-protobuf"))
        .and(header("x-token", "a b"))
        .respond_with(ResponseTemplate::new(200))
        .mount(&collector)
        .await;
    collector
}

/// Returns everything that was sent. Protobuf keeps texts as they are.
async fn sent_to(collector: &MockServer) -> String {
    let requests = collector.received_requests().await.unwrap();
    assert!(!requests.is_empty(), "nothing was sent");
    assert!(requests.iter().all(|request| request.url.path() == "/v1/traces"));
    let bodies = requests.iter().map(|request| String::from_utf8_lossy(&request.body));
    bodies.collect()
}

#[track_caller]
fn assert_tells_of_a_recording(sent: &str) {
    let key = key_of("12-00");
    for words in [
        "watchme-transcriber",
        "service.version",
        "recording",
        "recording.key",
        &key,
        "recording.device",
        "recording.audio_seconds",
        "recording.outcome",
        "completed",
    ] {
        assert!(sent.contains(words), "no `{words}` in {sent}");
    }
    for secret in [SPOKEN, PostgrestFake::SECRET_KEY] {
        assert!(!sent.contains(secret), "{sent}");
    }
}

fn speech() -> Vec<u8> {
    std::fs::read(project_file("models/recordings/ja-02.wav")).unwrap()
}

#[tokio::test]
async fn a_command_sends_its_spans_before_it_ends() {
    let (world, collector) = (World::new().await, collector().await);
    world.record("12-00", "models/recordings/ja-02.wav");
    let mut command = world.command("watchme");
    command.env(ENDPOINT, collector.uri()).env("OTEL_EXPORTER_OTLP_HEADERS", "x-token=a%20b");

    let ended = end(command.args(["transcribe", "--device", DEVICE, "--date", DAY])).await;

    assert_eq!(ended.code, 0, "{ended:?}");
    assert_tells_of_a_recording(&sent_to(&collector).await);
}

#[tokio::test]
async fn a_worker_tells_the_attempt_and_nothing_of_its_lanes() {
    let (station, collector) = (Station::new(), collector().await);
    station.record("12-00", &speech()).await;
    let mut command = station.command("watchme");
    command.env(ENDPOINT, collector.uri()).env("OTEL_EXPORTER_OTLP_HEADERS", "x-token=a%20b");

    let ended = end(command.args(["worker", "--once"])).await;

    assert_eq!(ended.code, 0, "{ended:?}");
    let sent = sent_to(&collector).await;
    assert_tells_of_a_recording(&sent);
    assert!(sent.contains("recording.attempt") && !sent.contains("lane"), "{sent}");
}

#[tokio::test]
async fn a_service_sends_its_spans_at_the_stop_and_none_of_probes() {
    let (station, collector) = (Station::new(), collector().await);
    station.record("12-00", &speech()).await;
    let mut command = station.command("watchme-server");
    command.env(ENDPOINT, collector.uri()).env("OTEL_EXPORTER_OTLP_HEADERS", "x-token=a%20b");
    let service = Service::start(command).await;
    service.get("/health").await;
    let run = service.start_run(&json!({ "device_id": DEVICE, "date": DAY })).await.unwrap();
    service.follow(&run, "run_finished").await;

    service.terminate();
    let (code, log) = service.ended().await;

    assert_eq!(code, Some(0), "{log:#?}");
    let sent = sent_to(&collector).await;
    assert_tells_of_a_recording(&sent);
    assert!(sent.contains("/v1/runs") && !sent.contains("/health"), "{sent}");
}

#[tokio::test]
async fn a_collector_that_is_away_hinders_nothing() {
    let station = Station::new();
    station.record("12-00", &speech()).await;
    let mut command = station.command("watchme");
    // Nobody listens there.
    command.env(ENDPOINT, "http://127.0.0.1:1");

    let ended = end(command.args(["worker", "--once", "--json"])).await;

    assert_eq!(ended.code, 0, "{ended:?}");
    assert_eq!(ended.json()["completed"], 1, "{ended:?}");
}

#[tokio::test]
async fn each_line_of_the_log_is_one_object_with_the_fields_of_its_span() {
    let station = Station::new();
    station.record("12-00", &speech()).await;
    let service = Service::start(station.command("watchme-server")).await;
    let run = service.start_run(&json!({ "device_id": DEVICE, "date": DAY })).await.unwrap();
    service.follow(&run, "run_finished").await;
    service.terminate();
    let (_, log) = service.ended().await;

    let lines: Vec<Value> = log.iter().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(lines.iter().all(Value::is_object), "{log:#?}");
    let done = lines.iter().find(|line| line["message"] == "recording completed");
    let span = &done.unwrap_or_else(|| panic!("{log:#?}"))["span"];
    assert_eq!(span["name"], "recording", "{span}");
    assert_eq!(span["recording.key"], key_of("12-00").as_str());
    assert_eq!(span["recording.device"], DEVICE);
    assert_eq!(span["recording.attempt"], 1);
    assert_eq!(span["recording.audio_seconds"], 2.0);
    assert!(log.iter().all(|line| !line.contains(SPOKEN)), "{log:#?}");
}
