//! Things that go wrong in production: each has its name, loses nothing, and the next run
//! finishes the rest.

use futures_util::future::join_all;
use serde_json::Value;
use watchme_testkit::S3Server;
use watchme_testkit::postgrest::{Fault, PostgrestFake};
use watchme_testkit::sample::{DAY, DEVICE};
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::world::{World, end};

const BLOCKS: [&str; 2] = ["12-00", "12-30"];

const TRANSCRIBE_DAY: [&str; 6] = ["transcribe", "--device", DEVICE, "--date", DAY, "--json"];

/// A fault of the store until it is repaired, and the failure of the recordings.
/// With `None` it is retried, and nothing fails.
fn store_faults() -> Vec<(&'static str, Fault, Option<&'static str>)> {
    let save = |fault: Fault| fault.on("POST", "vibe_whisper");
    let mark = |fault: Fault| fault.on("PATCH", "audio_files");
    let many = usize::MAX;
    vec![
        ("rate limited once", save(Fault::too_many_requests("0")), None),
        ("bad gateway once", save(Fault::answer(502, "text/html", "<html>")), None),
        ("statement timeout once", mark(Fault::error(500, "57014", "canceling statement")), None),
        ("answer cut once", save(Fault::cut_body()), None),
        (
            "no connection left",
            save(Fault::error(503, "53300", "slots")).times(many),
            Some("store_unavailable"),
        ),
        (
            "database gone",
            mark(Fault::error(503, "PGRST000", "connection")).times(many),
            Some("store_unavailable"),
        ),
        (
            "pool exhausted",
            save(Fault::error(504, "PGRST003", "pool")).times(many),
            Some("store_unavailable"),
        ),
        (
            "key expired",
            save(Fault::error(401, "PGRST303", "JWT expired")).times(many),
            Some("store_denied"),
        ),
        (
            "no permission",
            save(Fault::error(403, "42501", "permission denied")).times(many),
            Some("store_denied"),
        ),
        (
            "column missing",
            save(Fault::error(400, "PGRST204", "no column")).times(many),
            Some("store_denied"),
        ),
        (
            "table missing",
            save(Fault::error(404, "PGRST205", "no table")).times(many),
            Some("store_denied"),
        ),
        (
            "a login page",
            save(Fault::answer(200, "text/html", "<html>login</html>")).times(many),
            Some("store_denied"),
        ),
        ("row refused", save(Fault::error(400, "23514", "check")).times(many), Some("row_refused")),
    ]
}

#[tokio::test]
async fn a_fault_of_the_store_is_named_and_loses_nothing() {
    // Side by side: most of the time is spent waiting before a retry.
    join_all(store_faults().into_iter().map(suffer)).await;
}

async fn suffer((name, fault, kind): (&str, Fault, Option<&str>)) {
    let world = two_recordings().await;
    world.postgrest.inject(fault);

    let (code, report) = world.transcribe_day().await;

    let expected = kind.map_or(Vec::new(), |kind| vec![kind; 2]);
    assert_eq!(kinds(&report), expected, "{name}: {report}");
    assert_eq!(code, i32::from(kind.is_some()), "{name}");
    assert_nothing_is_marked_that_is_not_saved(&world);

    world.postgrest.clear_faults();
    assert_the_next_run_finishes(&world, name).await;
}

/// A policy that lets a key read and not update makes every update answer 200 and `[]`.
#[tokio::test]
async fn a_write_that_changes_nothing_names_row_level_security() {
    let world = two_recordings().await;
    let nothing = Fault::answer(200, "application/json", "[]").times(usize::MAX);
    world.postgrest.inject(nothing.on("PATCH", "audio_files"));

    let (_, report) = world.transcribe_day().await;

    assert_eq!(kinds(&report), ["not_written"; 2], "{report}");
    let reason = report["error_details"][0]["reason"].as_str().unwrap();
    assert!(reason.contains("row-level security"), "{reason}");
    world.postgrest.clear_faults();
    assert_the_next_run_finishes(&world, "row-level security").await;
}

#[tokio::test]
async fn an_unreachable_database_is_an_error_and_not_an_empty_day() {
    let world = two_recordings().await;
    let fault = Fault::error(503, "PGRST000", "connection").times(usize::MAX);
    world.postgrest.inject(fault.on("GET", "audio_files"));
    let server = world.serve().await;

    let (status, body) = server.fetch_and_transcribe().await;

    assert_eq!(status, 500, "{body}");
    assert!(body["detail"].as_str().unwrap().starts_with("データベースクエリエラー: "), "{body}");
}

#[tokio::test]
async fn a_missing_object_is_missing_and_waits() {
    let world = two_recordings().await;
    world.s3.delete(crate::world::BUCKET, &watchme_testkit::sample::key_of("12-30"));

    let (code, report) = world.transcribe_day().await;

    assert_eq!(code, 0, "not an error of the run");
    assert_eq!(kinds(&report), ["missing"], "{report}");
    assert_eq!(world.status("12-00"), ["completed"]);
    assert_eq!(world.status("12-30"), ["pending"]);
    assert_eq!(world.texts().len(), 1, "no row for a failure");
}

/// A fault of the bucket until it is repaired, and the failure of the recordings.
fn source_faults() -> Vec<(&'static str, ResponseTemplate, &'static str)> {
    let error = |status: u16, code: &str| {
        let body = format!("<Error><Code>{code}</Code><Message>no</Message></Error>");
        ResponseTemplate::new(status).set_body_raw(body, "application/xml")
    };
    let cut = ResponseTemplate::new(200)
        .insert_header("etag", "\"d41d8cd98f00b204e9800998ecf8427e\"")
        .set_body_bytes(b"RIFF".to_vec());
    vec![
        ("expired keys", error(400, "ExpiredToken"), "source_denied"),
        ("wrong keys", error(403, "SignatureDoesNotMatch"), "source_denied"),
        ("no such bucket", error(404, "NoSuchBucket"), "source_denied"),
        ("overloaded", error(503, "SlowDown"), "source_unavailable"),
        ("another body than was stored", cut, "damaged_download"),
    ]
}

#[tokio::test]
async fn a_fault_of_the_bucket_is_named_and_loses_nothing() {
    for (name, answer, kind) in source_faults() {
        let world = two_recordings().await;
        let broken = MockServer::start().await;
        Mock::given(any()).respond_with(answer).mount(&broken).await;
        let mut command = world.command("watchme");
        command.env("AWS_ENDPOINT_URL", broken.uri());

        let ended = end(command.args(TRANSCRIBE_DAY)).await;

        assert_eq!(kinds(&ended.json()), [kind; 2], "{name}: {ended:?}");
        assert_eq!(ended.code, 1, "{name}");
        for secret in [S3Server::SECRET_ACCESS_KEY, PostgrestFake::SECRET_KEY] {
            assert!(!ended.stderr.contains(secret) && !ended.stdout.contains(secret), "{name}");
        }
        assert_eq!(world.texts(), [], "{name}");
        assert_the_next_run_finishes(&world, name).await;
    }
}

#[tokio::test]
async fn a_wrong_region_is_followed() {
    let world = two_recordings().await;
    world.s3.move_to("eu-central-1");
    let mut command = world.command("watchme");
    command.env("AWS_REGION", "us-east-1");

    let ended = end(command.args(TRANSCRIBE_DAY)).await;

    assert_eq!(ended.code, 0, "{ended:?}");
    assert_the_next_run_finishes(&world, "wrong region").await;
}

/// A file system of its own, too small for a recording.
#[cfg(target_os = "linux")]
#[tokio::test]
#[ignore = "needs the right to mount: run by script/test --full"]
async fn a_full_disk_is_named_and_loses_nothing() {
    let world = two_recordings().await;
    let spool = world.home.path().join("spool");
    std::fs::create_dir(&spool).unwrap();
    let mut command = tokio::process::Command::new("unshare");
    command.args(["--map-root-user", "--mount", "sh", "-c"]);
    command.arg(r#"mount -t tmpfs -o size=16k tmpfs "$WATCHME_SPOOL_DIR" && exec "$0" "$@""#);
    command.arg(crate::binaries::binary("watchme")).args(TRANSCRIBE_DAY);
    let mut command = world.settle(command);
    command.env("WATCHME_SPOOL_DIR", spool);

    let ended = end(&mut command).await;

    let report = ended.json();
    assert_eq!(kinds(&report), ["spool"; 2], "{report}");
    let reason = report["error_details"][0]["reason"].as_str().unwrap();
    assert!(reason.contains("full disk"), "{reason}");
    assert_eq!(world.texts(), []);
    assert_the_next_run_finishes(&world, "full disk").await;
}

#[tokio::test]
async fn a_process_that_is_killed_repeats_work_and_loses_none() {
    let world = two_recordings().await;
    let (hold, mut gate) = Fault::hold();
    world.postgrest.inject(hold.on("PATCH", "audio_files"));
    let mut command = world.command("watchme");
    let mut child =
        command.args(["transcribe", "--device", DEVICE, "--date", DAY]).spawn().unwrap();
    gate.reached().await;

    child.kill().await.unwrap();
    gate.open();

    assert_nothing_is_marked_that_is_not_saved(&world);
    assert_the_next_run_finishes(&world, "kill -9").await;
}

async fn two_recordings() -> World {
    let world = World::new().await;
    world.record("12-00", "models/recordings/ja-02.wav");
    world.record("12-30", "models/recordings/silence.wav");
    world
}

/// Returns the classes of the failures in a report.
fn kinds(report: &Value) -> Vec<&str> {
    let details = report["error_details"].as_array().map(Vec::as_slice).unwrap_or_default();
    details.iter().map(|detail| detail["kind"].as_str().unwrap()).collect()
}

fn assert_nothing_is_marked_that_is_not_saved(world: &World) {
    let saved: Vec<String> = world.texts().into_iter().map(|(block, _)| block).collect();
    for block in BLOCKS {
        assert!(
            world.status(block) == ["pending"] || saved.iter().any(|saved| saved == block),
            "{block} is marked without a text"
        );
    }
}

async fn assert_the_next_run_finishes(world: &World, name: &str) {
    let (code, report) = world.transcribe_day().await;
    assert_eq!(code, 0, "{name}: {report}");
    let texts = [("12-00", "会社に行きました。"), ("12-30", "")];
    assert_eq!(
        world.texts(),
        texts.map(|(block, text)| (block.to_owned(), text.to_owned())),
        "{name}"
    );
    for block in BLOCKS {
        assert_eq!(world.status(block), ["completed"], "{name}");
    }
}
