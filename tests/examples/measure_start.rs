//! Measures the service from its start to ready, and for a day that is done: run by
//! `script/measure-start`.
#![allow(clippy::unwrap_used, clippy::print_stdout, missing_docs, reason = "a measurement")]

use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rusqlite::Connection;
use serde_json::{Value, json};

/// Number of starts of the service, and of requests for the day.
const STARTS: usize = 20;
const REQUESTS: usize = 200;

/// Pause between two looks whether it is ready.
const LOOK: Duration = Duration::from_millis(2);

/// Number of rows of three days around the day, as the store reads them for a request.
const ROWS: &str = "SELECT * FROM audio_files WHERE device_id = 'device' ORDER BY recorded_at";

struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let [program, address, store] =
        std::env::args().skip(1).collect::<Vec<_>>().try_into().unwrap();
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let mut starts = Vec::new();
    for _ in 0..STARTS {
        let started = Instant::now();
        let server = start(&program);
        wait_until_ready(&client, &address).await;
        starts.push(started.elapsed());
        drop(server);
    }
    print("start to ready", &mut starts);

    let _server = start(&program);
    wait_until_ready(&client, &address).await;
    let body = json!({ "device_id": "device", "date": "2025-07-20" });
    let mut requests = Vec::new();
    for _ in 0..REQUESTS {
        let started = Instant::now();
        let request = client.post(format!("http://{address}/fetch-and-transcribe")).json(&body);
        let answer: Value = request.send().await.unwrap().json().await.unwrap();
        requests.push(started.elapsed());
        assert_eq!(answer["summary"]["already_completed"], 48, "{answer}");
    }
    print("a day already done", &mut requests);
    let store = Connection::open(store).unwrap();
    let mut select = store.prepare(ROWS).unwrap();
    let mut reads = Vec::new();
    for _ in 0..REQUESTS {
        let started = Instant::now();
        let mut rows = select.query([]).unwrap();
        let mut count = 0;
        while let Some(row) = rows.next().unwrap() {
            assert!(row.get_ref(0).is_ok());
            count += 1;
        }
        reads.push(started.elapsed());
        assert_eq!(count, 48);
    }
    print("the store's own time", &mut reads);
}

fn start(program: &str) -> Server {
    let mut command = Command::new(program);
    Server(command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap())
}

async fn wait_until_ready(client: &reqwest::Client, address: &str) {
    loop {
        let answer = client.get(format!("http://{address}/ready")).send().await;
        if answer.is_ok_and(|answer| answer.status().is_success()) {
            return;
        }
        tokio::time::sleep(LOOK).await;
    }
}

fn print(what: &str, took: &mut [Duration]) {
    took.sort_unstable();
    let at = |percent: usize| took[(took.len() * percent / 100).min(took.len() - 1)];
    let [p50, p99, max] = [50, 99, 100].map(|percent| at(percent).as_secs_f64() * 1000.0);
    println!("{what}: p50 {p50:.2} ms, p99 {p99:.2} ms, max {max:.2} ms of {}", took.len());
}
