//! A worker that stands still for longer than its lease.

use std::process::Stdio;

use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};
use tokio::time::timeout;

use crate::farm::{Farm, LONG, PATIENCE, key, wait_until};

#[tokio::test(flavor = "multi_thread")]
async fn a_frozen_worker_wakes_and_changes_nothing() {
    let farm = Farm::new(&[(key(0), LONG)]).await;
    let mut command = farm.watchme();
    command.args(["worker", "--json"]).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut frozen = command.env("WATCHME_LOG", "warn").spawn().unwrap();
    let is_claimed =
        async || farm.claim(&key(0)).await.is_some_and(|claim| claim["state"] == "claimed");
    wait_until("the recording is claimed", is_claimed).await;
    signal("STOP", &frozen).await;

    // It looks until the lease has run out.
    let mut other = farm.worker(&[]);
    wait_until("another worker finished it", async || farm.completed().await == 1).await;
    other.kill().await.unwrap();
    let before = farm.everything().await;

    signal("CONT", &frozen).await;
    let mut log = BufReader::new(frozen.stderr.take().unwrap()).lines();
    let told = async {
        while let Some(line) = log.next_line().await.unwrap() {
            if line.contains("claim_lost") {
                return;
            }
        }
        panic!("the worker said nothing of its lost claim");
    };
    timeout(PATIENCE, told).await.expect("it wakes");
    assert_eq!(farm.everything().await, before, "who lost the claim changes nothing");

    signal("TERM", &frozen).await;
    let ended = timeout(PATIENCE, frozen.wait_with_output()).await.unwrap().unwrap();
    assert!(ended.status.success(), "{}", ended.status);
    let report: serde_json::Value = serde_json::from_slice(&ended.stdout).unwrap();
    assert_eq!((&report["completed"], &report["lost"]), (&0.into(), &1.into()), "{report}");
    assert_eq!(farm.everything().await, before);
}

async fn signal(name: &str, process: &Child) {
    let id = process.id().unwrap().to_string();
    let sent = Command::new("kill").args([&format!("-{name}"), &id]).status().await.unwrap();
    assert!(sent.success());
}
