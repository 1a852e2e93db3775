//! A machine of its own: recordings in a folder, the embedded store, and our binaries.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::Value;
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};
use tokio::task::JoinHandle;
use tokio::time::timeout;
use watchme_testkit::sample::key_of;

use crate::binaries::{binary, isolate};
use crate::world::end;

/// Longest time that anything here takes.
const PATIENCE: Duration = Duration::from_mins(2);

/// A folder for everything that a machine keeps.
pub(crate) struct Station {
    home: TempDir,
}

/// A running service whose log is kept.
pub(crate) struct Service {
    pub(crate) url: String,
    process: Child,
    log: JoinHandle<Vec<String>>,
}

impl Station {
    pub(crate) fn new() -> Self {
        Self { home: TempDir::new().unwrap() }
    }

    /// Lays out a recording of the sample day and adds its row.
    pub(crate) async fn record(&self, block: &str, audio: &[u8]) {
        let path = self.data("recordings").join(key_of(block));
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, audio).unwrap();
        let ended = end(self.command("watchme").arg("import")).await;
        assert_eq!(ended.code, 0, "{ended:?}");
    }

    /// Makes a command of one of our binaries with the settings of this machine, and no others.
    pub(crate) fn command(&self, name: &str) -> Command {
        let mut command = Command::new(binary(name));
        isolate(&mut command, self.home.path());
        command.env("WATCHME_BIND", "127.0.0.1:0").env("WATCHME_LOG_FORMAT", "json");
        command
    }

    /// Returns the states of all claims, as the table has them.
    pub(crate) fn claims(&self) -> Vec<String> {
        let store = rusqlite::Connection::open(self.data("watchme.sqlite3")).unwrap();
        let mut select = store.prepare("SELECT state FROM transcription_claims").unwrap();
        let states = select.query_map([], |row| row.get(0)).unwrap();
        states.map(Result::unwrap).collect()
    }

    /// Changes the store behind the back of our binaries.
    pub(crate) fn change(&self, statements: &str) {
        let store = rusqlite::Connection::open(self.data("watchme.sqlite3")).unwrap();
        store.execute_batch(statements).unwrap();
    }

    fn data(&self, below: &str) -> PathBuf {
        self.home.path().join("data").join(below)
    }
}

impl Service {
    /// Starts a service that writes JSON lines.
    pub(crate) async fn start(mut command: Command) -> Self {
        let mut process = command.spawn().unwrap();
        let mut lines = BufReader::new(process.stderr.take().unwrap()).lines();
        let mut seen = Vec::new();
        let address = loop {
            let line = timeout(PATIENCE, lines.next_line()).await.unwrap().unwrap();
            let line = line.unwrap_or_else(|| panic!("the service did not start: {seen:#?}"));
            let event: Value = serde_json::from_str(&line).unwrap_or_default();
            seen.push(line);
            if let Some(address) = event["address"].as_str() {
                break address.to_owned();
            }
        };
        let log = tokio::spawn(async move {
            while let Ok(Some(line)) = lines.next_line().await {
                seen.push(line);
            }
            seen
        });
        Self { url: format!("http://{address}"), process, log }
    }

    /// Sends the signal with which a service manager stops it.
    pub(crate) fn terminate(&self) {
        let id = self.process.id().unwrap().try_into().unwrap();
        kill(Pid::from_raw(id), Signal::SIGTERM).unwrap();
    }

    /// Waits for the end, and returns the exit status and the log.
    pub(crate) async fn ended(mut self) -> (Option<i32>, Vec<String>) {
        let status = timeout(PATIENCE, self.process.wait()).await.expect("the service ends");
        (status.unwrap().code(), self.log.await.unwrap())
    }

    pub(crate) async fn get(&self, path: &str) -> reqwest::Response {
        let request = client().get(format!("{}{path}", self.url)).timeout(PATIENCE);
        request.send().await.unwrap()
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> reqwest::Response {
        let request = client().post(format!("{}{path}", self.url)).timeout(PATIENCE);
        request.json(body).send().await.unwrap()
    }

    /// Starts a run, and returns its path.
    pub(crate) async fn start_run(&self, body: &Value) -> Result<String, reqwest::StatusCode> {
        let request = client().post(format!("{}/v1/runs", self.url)).body(body.to_string());
        let response = request.send().await.unwrap();
        match response.headers().get("location") {
            Some(location) => {
                let location = location.to_str().unwrap();
                Ok(response.url().join(location).unwrap().path().to_owned())
            }
            None => Err(response.status()),
        }
    }

    /// Follows a run until there is an event of this name, or to its end.
    pub(crate) async fn follow(&self, run: &str, event: &str) -> String {
        let mut response = self.get(&format!("{run}/events")).await;
        let mut text = String::new();
        while let Some(chunk) = response.chunk().await.unwrap() {
            text.push_str(std::str::from_utf8(&chunk).unwrap());
            if text.contains(&format!("event: {event}\n")) {
                break;
            }
        }
        text
    }
}

/// Makes a client with a connection for each request, as a balancer would use.
fn client() -> reqwest::Client {
    reqwest::Client::builder().no_proxy().pool_max_idle_per_host(0).build().unwrap()
}
