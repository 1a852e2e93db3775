//! Two servers with one schedule and one store: each recording is done by one of them.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::JoinHandle;
use tokio::time::timeout;

use crate::binaries::{binary, project_file};
use crate::world::{Ended, end};

const RECORDINGS: usize = 12;

/// Longest time that a run of a few short clips takes.
const PATIENCE: Duration = Duration::from_mins(2);

/// Makes a command of a binary on the embedded store below `home`, with no other settings.
fn command(name: &str, home: &Path) -> Command {
    let model = project_file("models/ggml-synth-tiny.bin");
    let mut command = Command::new(binary(name));
    command
        .env_clear()
        .env("PATH", "/usr/bin:/bin")
        .env("HOME", home)
        .env("WATCHME_MODELS", format!("base={}", model.display()))
        .env("WATCHME_DATA_DIR", home.join("data"))
        .env("WATCHME_BIND", "127.0.0.1:0")
        .env("WATCHME_LOG_FORMAT", "json")
        .env("WATCHME_SCHEDULE", "* * * * * *")
        .env("WATCHME_LOOK_BACK_HOURS", "876000")
        .env("WATCHME_SKIP_HOURS", "23-05")
        .current_dir(home)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    command
}

/// A running server, whose log goes to `events`, each with the server's number.
struct Server {
    process: Child,
    reading: JoinHandle<()>,
}

impl Server {
    fn start(number: usize, home: &Path, events: UnboundedSender<(usize, Value)>) -> Self {
        let mut process = command("watchme-server", home).spawn().unwrap();
        let mut log = BufReader::new(process.stderr.take().unwrap()).lines();
        let reading = tokio::spawn(async move {
            while let Some(line) = log.next_line().await.unwrap() {
                let event = serde_json::from_str(&line).unwrap_or(Value::String(line));
                let _ = events.send((number, event));
            }
        });
        Self { process, reading }
    }

    /// Asks it to stop, waits for that, and returns the exit status.
    async fn stop(mut self) -> Option<i32> {
        let id = self.process.id().unwrap().to_string();
        let asked = Command::new("kill").arg(id).status().await.unwrap();
        assert!(asked.success());
        let status = timeout(PATIENCE, self.process.wait()).await.expect("it stops").unwrap();
        self.reading.await.unwrap();
        status.code()
    }
}

/// The log of all servers, as far as it was read.
struct Log {
    events: UnboundedReceiver<(usize, Value)>,
    seen: Vec<(usize, Value)>,
}

impl Log {
    /// Reads on until the log so far is as it should be.
    async fn until(&mut self, what: &str, is_met: impl Fn(&Self) -> bool) {
        let reading = async {
            while !is_met(self) {
                let event = self.events.recv().await;
                self.seen.push(event.expect("a server runs"));
            }
        };
        let waited = timeout(PATIENCE, reading).await;
        assert!(waited.is_ok(), "{what} did not come: {:#?}", self.seen);
    }

    fn of<'a>(&'a self, message: &'a str) -> impl Iterator<Item = &'a (usize, Value)> {
        self.seen.iter().filter(move |(_, event)| is(event, message))
    }

    /// Returns the number of servers that logged this.
    fn servers(&self, message: &str) -> usize {
        self.of(message).map(|(server, _)| server).collect::<BTreeSet<_>>().len()
    }
}

fn is(event: &Value, message: &str) -> bool {
    event["message"].as_str().is_some_and(|text| text.starts_with(message))
}

async fn watchme(home: &Path, arguments: &[&str]) -> Ended {
    end(command("watchme", home).args(arguments)).await
}

fn record(home: &Path, key: &str) {
    let path = home.join("data/recordings").join(key);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::copy(project_file("models/recordings/ja-02.wav"), path).unwrap();
}

#[tokio::test]
async fn two_servers_with_one_schedule_do_each_recording_once() {
    let home = TempDir::new().unwrap();
    let home = home.path();
    let (sending, events) = unbounded_channel();
    let servers = [0, 1].map(|number| Server::start(number, home, sending.clone()));
    drop(sending);
    let mut log = Log { events, seen: Vec::new() };
    // Both fire each second before there is anything to do.
    log.until("a firing of each", |log| log.servers("schedule done") == 2).await;

    for index in 0..RECORDINGS {
        record(
            home,
            &format!("files/d1/2025-07-20/{:02}-{:02}/audio.wav", 8 + index / 2, index % 2 * 30),
        );
    }
    record(home, "files/d1/2025-07-20/23-30/audio.wav");
    let imported = watchme(home, &["import"]).await;
    assert_eq!(imported.code, 0, "{imported:?}");

    let completed = "recording completed";
    log.until("the last recording", |log| log.of(completed).count() >= RECORDINGS).await;
    // A server that had nothing left looks once more.
    let before = log.seen.len();
    log.until("a look of each at what is done", |log| {
        let found = |event: &Value| is(event, "found 1 pending: 0 due");
        let servers = log.seen[before..].iter().filter(|(_, event)| found(event));
        servers.map(|(server, _)| server).collect::<BTreeSet<_>>().len() == 2
    })
    .await;
    for server in servers {
        assert_eq!(server.stop().await, Some(0));
    }
    while let Some(event) = log.events.recv().await {
        log.seen.push(event);
    }

    assert_eq!(log.of(completed).count(), RECORDINGS, "{:#?}", log.seen);
    let keys: BTreeSet<_> =
        log.of(completed).map(|(_, event)| event["recording.key"].to_string()).collect();
    assert_eq!(keys.len(), RECORDINGS, "each once");
    assert_eq!(log.of("recording failed").count(), 0, "{:#?}", log.seen);
    assert_eq!(log.servers("the schedule ends"), 2);

    let left = watchme(home, &["transcribe", "--pending", "--dry-run", "--json"]).await.json();
    let left = left["objects"].as_array().unwrap();
    assert_eq!(left.len(), 1, "the one of an hour to skip: {left:#?}");
    assert_eq!(left[0]["time_block"], "23-30");
}
