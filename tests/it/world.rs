//! Production in small: an S3 server, a PostgREST server, and our binaries between them.

use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStderr, Command};
use watchme_testkit::RecordingSeed;
use watchme_testkit::S3Server;
use watchme_testkit::postgrest::PostgrestFake;
use watchme_testkit::sample::{DAY, DEVICE};

use crate::binaries::{binary, isolate, project_file};

/// The bucket of the tests.
pub(crate) const BUCKET: &str = "watchme-vault";

/// Longest time that a run of a few short clips takes.
const PATIENCE: Duration = Duration::from_mins(2);

/// The services around our binaries, and a folder for what they keep.
pub(crate) struct World {
    pub(crate) postgrest: PostgrestFake,
    pub(crate) s3: S3Server,
    pub(crate) home: TempDir,
}

/// End of a run of `watchme`.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// A running `watchme-server`.
pub(crate) struct Server {
    pub(crate) url: String,
    _process: Child,
}

impl World {
    pub(crate) async fn new() -> Self {
        let s3 = S3Server::temporary().await;
        s3.create_bucket(BUCKET);
        Self { postgrest: PostgrestFake::start().await, s3, home: TempDir::new().unwrap() }
    }

    /// Lays out a pending row of the sample device and day, and its audio: a file of the project.
    pub(crate) fn record(&self, block: &str, file: &str) {
        self.record_row(&RecordingSeed::at(block), &std::fs::read(project_file(file)).unwrap());
    }

    /// Lays out a row and its audio.
    pub(crate) fn record_row(&self, row: &RecordingSeed, audio: &[u8]) {
        self.postgrest.insert_recording(row);
        self.s3.put(BUCKET, &row.object_key, audio);
    }

    /// Makes a command of one of our binaries with the settings of this world, and no others.
    pub(crate) fn command(&self, name: &str) -> Command {
        self.settle(Command::new(binary(name)))
    }

    /// Gives a command the settings of this world, and no others.
    pub(crate) fn settle(&self, mut command: Command) -> Command {
        isolate(&mut command, self.home.path());
        command
            .env("PATH", "/usr/bin:/bin")
            .env("SUPABASE_URL", self.postgrest.url())
            .env("SUPABASE_KEY", PostgrestFake::SECRET_KEY)
            .env("S3_BUCKET_NAME", BUCKET)
            .env("AWS_ENDPOINT_URL", self.s3.endpoint())
            .env("AWS_ACCESS_KEY_ID", S3Server::ACCESS_KEY_ID)
            .env("AWS_SECRET_ACCESS_KEY", S3Server::SECRET_ACCESS_KEY);
        command
    }

    /// Runs `watchme` to its end.
    pub(crate) async fn watchme(&self, arguments: &[&str]) -> Ended {
        let mut command = self.command("watchme");
        end(command.args(arguments)).await
    }

    /// Transcribes the sample day with `watchme`; the report is its JSON.
    pub(crate) async fn transcribe_day(&self) -> (i32, Value) {
        let arguments = ["transcribe", "--device", DEVICE, "--date", DAY, "--json"];
        let ended = self.watchme(&arguments).await;
        (ended.code, ended.json())
    }

    /// Starts the service on a free port.
    pub(crate) async fn serve(&self) -> Server {
        let mut command = self.command("watchme-server");
        command.env("WATCHME_BIND", "127.0.0.1:0").env("WATCHME_LOG_FORMAT", "json");
        let mut process = command.spawn().unwrap();
        let mut log = BufReader::new(process.stderr.take().unwrap()).lines();
        let address = tokio::time::timeout(PATIENCE, address_in(&mut log)).await;
        let url = format!("http://{}", address.expect("the service starts"));
        // A full pipe would stop the service.
        tokio::spawn(async move { while let Ok(Some(_)) = log.next_line().await {} });
        Server { url, _process: process }
    }

    /// Returns the saved texts of the sample day, by block.
    pub(crate) fn texts(&self) -> Vec<(String, String)> {
        let rows = self.postgrest.transcripts().into_iter();
        rows.map(|(_device, _date, block, text)| (block, text)).collect()
    }

    /// Returns the statuses of the sample day's rows in a block.
    pub(crate) fn status(&self, block: &str) -> Vec<String> {
        self.postgrest.statuses(&watchme_testkit::sample::key_of(block))
    }
}

impl Ended {
    /// Parses the output for programs.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.stdout)
            .unwrap_or_else(|error| panic!("{error}: {}\n{}", self.stdout, self.stderr))
    }
}

impl Server {
    /// Requests the sample day, and returns the answer.
    pub(crate) async fn fetch_and_transcribe(&self) -> (u16, Value) {
        let body = serde_json::json!({"device_id": DEVICE, "date": DAY, "model": "base"});
        let request = reqwest::Client::new()
            .post(format!("{}/fetch-and-transcribe", self.url))
            .json(&body)
            .timeout(PATIENCE);
        let response = request.send().await.unwrap();
        (response.status().as_u16(), response.json().await.unwrap())
    }
}

/// Reads a log up to the line with the address of the service.
async fn address_in(log: &mut Lines<BufReader<ChildStderr>>) -> String {
    let mut seen = Vec::new();
    while let Some(line) = log.next_line().await.unwrap() {
        let event: Value = serde_json::from_str(&line).unwrap_or_default();
        if let Some(address) = event["address"].as_str() {
            return address.to_owned();
        }
        seen.push(line);
    }
    panic!("the service did not start: {seen:#?}");
}

/// Waits for a process, and for no longer than [`PATIENCE`].
pub(crate) async fn end(command: &mut Command) -> Ended {
    let mut child = command.spawn().unwrap();
    let (mut stdout, mut stderr) = (String::new(), String::new());
    let (mut out, mut err) = (child.stdout.take().unwrap(), child.stderr.take().unwrap());
    let run = async {
        tokio::try_join!(out.read_to_string(&mut stdout), err.read_to_string(&mut stderr)).unwrap();
        child.wait().await.unwrap()
    };
    let status = tokio::time::timeout(PATIENCE, run).await.expect("the command ends");
    Ended { code: status.code().unwrap_or(-1), stdout, stderr }
}
