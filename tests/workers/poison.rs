//! A recording that ends every process that touches it.

use crate::farm::{Farm, LONG, SHORT, key, wait_until};

/// Number of attempts.
const ATTEMPTS: &str = "3";

#[tokio::test(flavor = "multi_thread")]
async fn a_recording_that_kills_is_quarantined_and_everything_else_is_done() {
    let poison = key(0);
    let recordings = [(poison.clone(), LONG), (key(1), SHORT), (key(2), SHORT), (key(3), SHORT)];
    let mut farm = Farm::new(&recordings).await;
    farm.settings = vec![
        ("WATCHME_MAX_ATTEMPTS", ATTEMPTS.to_owned()),
        ("WATCHME_LEASE_SECONDS", "1".to_owned()),
        // The others are held when the worker dies, and are not to blame.
        ("WATCHME_PREFETCH", "4".to_owned()),
    ];
    let state = async || farm.claim(&poison).await.map(|claim| claim["state"].clone());
    let started = async |attempt: &str| {
        let claim = farm.claim(&poison).await;
        claim.is_some_and(|claim| claim["attempts"] == attempt && claim["started"] == "1")
    };

    // As a service manager would: another worker for each that died.
    for attempt in ["1", "2", ATTEMPTS] {
        let mut worker = farm.worker(&[]);
        wait_until("it is tried again", async || started(attempt).await).await;
        worker.kill().await.unwrap();
    }
    let mut worker = farm.worker(&[]);
    wait_until("it is quarantined", async || state().await.as_deref() == Some("quarantined")).await;
    wait_until("the others are done", async || farm.completed().await == 3).await;
    worker.kill().await.unwrap();

    let rows = farm.rows("audio_files", &["file_path", "transcriptions_status"]).await;
    let failed = rows.iter().find(|row| row["transcriptions_status"] == "failed").unwrap();
    assert_eq!(failed["file_path"], poison);
    let listed: serde_json::Value =
        serde_json::from_str(&farm.run(&["quarantine", "list", "--json"]).await).unwrap();
    assert_eq!(listed.as_array().unwrap().len(), 1, "{listed}");
    assert_eq!(listed[0]["file"], poison.as_str());
    assert_eq!(listed[0]["attempts"], 3);
    assert!(listed[0]["reason"].as_str().unwrap().contains("lease"), "{listed}");

    farm.run(&["quarantine", "release", &poison]).await;
    farm.run(&["worker", "--once"]).await;
    assert_eq!(farm.completed().await, recordings.len(), "it comes back by request");
}
