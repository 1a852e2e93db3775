//! Measures `GET /health` while the engine has all cores: run by `script/measure-health`.
#![allow(clippy::unwrap_used, clippy::print_stdout, missing_docs, reason = "a measurement")]

use std::time::Duration;

use tokio::time::{Instant, MissedTickBehavior, interval};

/// Number of requests, and the time between two.
const REQUESTS: u32 = 2000;
const APART: Duration = Duration::from_millis(10);

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let url = std::env::args().nth(1).unwrap();
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let mut ticks = interval(APART);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Burst);
    let mut took = Vec::new();
    for _ in 0..REQUESTS {
        // Measured from when it was due: a wait before the request counts too.
        let due = ticks.tick().await;
        let answer = client.get(format!("{url}/health")).send().await.unwrap();
        assert!(answer.status().is_success());
        answer.bytes().await.unwrap();
        took.push(Instant::now().duration_since(due));
    }
    took.sort_unstable();
    let at = |percent: usize| took[(took.len() * percent / 100).min(took.len() - 1)];
    for (name, percent) in [("p50", 50), ("p90", 90), ("p99", 99), ("max", 100)] {
        println!("{name} {:.2} ms", at(percent).as_secs_f64() * 1000.0);
    }
}
