//! A backend goes away in the middle of the work, and comes back.

use std::time::Duration;

use tokio::process::Child;
use tokio::time::sleep;
use watchme_testkit::S3Server;

use crate::farm::{Farm, SHORT, SHORT_SAYS, project_file, short_recordings, wait_until};
use crate::relay::Relay;

/// Number of recordings that is large enough to notice the outage.
const RECORDINGS: usize = 20;

const BUCKET: &str = "watchme-vault";

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_goes_on_when_s3_is_back() {
    let (farm, _s3, way) = with_s3().await;
    outage("S3 gone, worker", &farm, &way, farm.worker(&[])).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_takes_up_by_its_schedule_what_broke_off_without_s3() {
    let (farm, _s3, way) = with_s3().await;
    outage("S3 gone, server", &farm, &way, scheduled_server(&farm)).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs a PostgREST server: script/test --full"]
async fn a_worker_goes_on_when_the_database_is_back() {
    let (farm, way) = with_database().await;
    outage("database gone, worker", &farm, &way, farm.worker(&[])).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs a PostgREST server: script/test --full"]
async fn a_server_takes_up_by_its_schedule_what_broke_off_without_the_database() {
    let (farm, way) = with_database().await;
    outage("database gone, server", &farm, &way, scheduled_server(&farm)).await;
}

/// The embedded store, with the recordings in an S3 that can be cut off.
async fn with_s3() -> (Farm, S3Server, Relay) {
    let s3 = S3Server::temporary().await;
    let recordings = short_recordings(RECORDINGS);
    let audio = std::fs::read(project_file(SHORT)).unwrap();
    for (key, _) in &recordings {
        s3.put(BUCKET, key, &audio);
    }
    let way = Relay::to(s3.endpoint()).await;
    let mut farm = Farm::new(&recordings).await;
    farm.settings = [
        ("WATCHME_AUDIO_DIR", ""),
        ("S3_BUCKET_NAME", BUCKET),
        ("AWS_ENDPOINT_URL", way.url()),
        ("AWS_ACCESS_KEY_ID", S3Server::ACCESS_KEY_ID),
        ("AWS_SECRET_ACCESS_KEY", S3Server::SECRET_ACCESS_KEY),
    ]
    .map(|(name, value)| (name, value.to_owned()))
    .to_vec();
    (farm, s3, way)
}

/// A PostgreSQL that can be cut off.
async fn with_database() -> (Farm, Relay) {
    let mut farm = Farm::in_postgres(&short_recordings(RECORDINGS)).await;
    let way = Relay::to(&std::env::var("WATCHME_TEST_POSTGREST_URL").unwrap()).await;
    farm.settings = vec![("SUPABASE_URL", way.url().to_owned())];
    (farm, way)
}

/// A service that looks for pending recordings every few seconds.
fn scheduled_server(farm: &Farm) -> Child {
    let mut command = farm.program("watchme-server");
    command
        .env("WATCHME_BIND", "127.0.0.1:0")
        .env("WATCHME_SCHEDULE", "*/3 * * * * *")
        .env("WATCHME_LOOK_BACK_HOURS", "100000");
    command.spawn().unwrap()
}

/// Cuts `way` while `process` is at work: nothing is lost, doubled, given up or stuck.
async fn outage(name: &str, farm: &Farm, way: &Relay, mut process: Child) {
    wait_until("the work is under way", async || farm.completed().await >= 2).await;
    way.cut();
    let length = outage_length();
    sleep(length).await;
    let before = farm.completed().await;
    assert!(before < RECORDINGS, "nothing was missed");
    way.restore();
    wait_until("everything is done", async || farm.completed().await == RECORDINGS).await;
    assert!(process.try_wait().unwrap().is_none(), "the process lives");

    let texts = farm.rows("vibe_whisper", &["transcription"]).await;
    assert_eq!(texts.len(), RECORDINGS, "none lost, none doubled");
    assert!(texts.iter().all(|row| row["transcription"] == SHORT_SAYS), "{texts:?}");
    let claims = farm.rows("transcription_claims", &["state", "attempts"]).await;
    assert!(claims.iter().all(|claim| claim["state"] == "completed"), "none stuck: {claims:?}");
    let attempts = claims.iter().map(|claim| claim["attempts"].parse::<usize>().unwrap());
    let repeated = attempts.sum::<usize>() - RECORDINGS;
    println!(
        "{name} for {} s: {before} of {RECORDINGS} done before, {repeated} attempts repeated",
        length.as_secs()
    );
}

/// `WATCHME_OUTAGE_SECONDS`, or long enough to be noticed everywhere.
fn outage_length() -> Duration {
    let seconds = std::env::var("WATCHME_OUTAGE_SECONDS").map_or(8, |text| text.parse().unwrap());
    Duration::from_secs(seconds)
}
