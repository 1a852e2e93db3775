//! Workers are killed at random, one after the other, until everything is done.

use std::time::Duration;

use fastrand::Rng;
use tokio::time::{Instant, sleep};

use crate::farm::{Farm, SHORT_SAYS, short_recordings};

/// Number of workers.
const WORKERS: usize = 3;

/// Number of recordings each holds at once, and may have to do again when it is killed.
const LANES: usize = 2;

/// Longest time that any machine takes for one of them, repetitions included.
const EACH: Duration = Duration::from_secs(12);

/// Pause between two kills.
const PAUSE: Duration = Duration::from_secs(1);

#[tokio::test(flavor = "multi_thread")]
async fn a_storm_of_kills_loses_and_doubles_nothing_in_sqlite() {
    let storm = Storm::from_environment();
    let farm = Farm::new(&short_recordings(storm.recordings)).await;
    storm.rage("SQLite", farm).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs a PostgREST server: script/test --full"]
async fn a_storm_of_kills_loses_and_doubles_nothing_in_postgresql() {
    let storm = Storm::from_environment();
    let farm = Farm::in_postgres(&short_recordings(storm.recordings)).await;
    storm.rage("PostgreSQL", farm).await;
}

struct Storm {
    recordings: usize,
    seed: u64,
}

impl Storm {
    /// Reads `WATCHME_STORM_RECORDINGS` and `WATCHME_STORM_SEED`; by default a short storm from a
    /// fixed seed.
    fn from_environment() -> Self {
        let number = |name: &str| std::env::var(name).ok().map(|text| text.parse().unwrap());
        Self {
            recordings: number("WATCHME_STORM_RECORDINGS")
                .map_or(40, |n: u64| n.try_into().unwrap()),
            seed: number("WATCHME_STORM_SEED").unwrap_or(1),
        }
    }

    async fn rage(&self, store: &str, mut farm: Farm) {
        // No recording is to blame here, however often it is hit.
        farm.settings = vec![
            ("WATCHME_MAX_ATTEMPTS", "1000".to_owned()),
            ("WATCHME_PREFETCH", LANES.to_string()),
        ];
        let started = Instant::now();
        let patience = EACH * u32::try_from(self.recordings).unwrap();
        let mut random = Rng::with_seed(self.seed);
        let mut workers: Vec<_> = (0..WORKERS).map(|_| farm.worker(&[])).collect();
        let mut kills = 0;
        while farm.completed().await < self.recordings {
            assert!(started.elapsed() < patience, "{} are done", farm.completed().await);
            sleep(PAUSE).await;
            let unlucky = random.usize(..WORKERS);
            workers[unlucky].kill().await.unwrap();
            workers[unlucky] = farm.worker(&[]);
            kills += 1;
        }
        let took = started.elapsed();
        drop(workers);

        let rows = farm.rows("audio_files", &["file_path", "transcriptions_status"]).await;
        assert_eq!(rows.len(), self.recordings);
        let texts = farm.rows("vibe_whisper", &["transcription"]).await;
        assert_eq!(texts.len(), self.recordings, "none lost, none doubled");
        assert!(texts.iter().all(|row| row["transcription"] == SHORT_SAYS), "{texts:?}");
        let kept = farm.rows("transcription_ledger", &["object_key"]).await;
        assert_eq!(kept.len(), self.recordings, "each text has its entry in the ledger");
        let claims = farm.rows("transcription_claims", &["state", "attempts"]).await;
        assert!(claims.iter().all(|row| row["state"] == "completed"), "none stuck: {claims:?}");
        let attempts: usize =
            claims.iter().map(|row| row["attempts"].parse::<usize>().unwrap()).sum();
        let repeated = attempts - self.recordings;
        println!(
            "{store}, seed {}: {} recordings, {kills} kills, {repeated} attempts repeated, {:.0} s",
            self.seed,
            self.recordings,
            took.as_secs_f64()
        );
        assert!(repeated <= kills * LANES, "{repeated} repeated after {kills} kills");
    }
}
