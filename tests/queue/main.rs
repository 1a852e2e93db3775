//! Workers that are told of recordings by SQS: messages come twice, one is poison, a worker dies;
//! every recording is completed once.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    missing_docs,
    reason = "tests"
)]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use rusqlite::Connection;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::process::{Child, Command};
use tokio::time::{Instant, sleep};

/// How many recordings there are.
const RECORDINGS: u32 = 200;

/// Every fifth message comes twice.
const DUPLICATE_EVERY: usize = 5;

/// How many receives a message has before it counts as poison.
const MAX_RECEIVES: &str = "5";

/// How many recordings a worker holds at once, and may have to do again when it is killed.
const LANES: u32 = 2;

/// No machine takes longer for what is waited for here.
const PATIENCE: Duration = Duration::from_mins(8);

/// The server finds the service by it, and does not look at the signature.
const CALLER: &str = "AWS4-HMAC-SHA256 Credential=key/20260101/us-east-1/sqs/aws4_request, \
     SignedHeaders=host, Signature=none";

/// Between two looks at what is waited for.
const LOOK: Duration = Duration::from_millis(200);

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs an SQS server: script/test --full"]
async fn each_recording_is_completed_once_whatever_the_queue_and_the_workers_do() {
    let home = TempDir::new().unwrap();
    let keys = lay_out(home.path());
    run(home.path(), &["import"]).await;
    let queues = Queues::create().await;
    for (index, key) in keys.iter().enumerate() {
        let event = json!({"Records": [{
            "eventSource": "aws:s3", "eventName": "ObjectCreated:Put",
            "s3": {"bucket": {"name": "watchme-vault"}, "object": {"key": key}}
        }]});
        for _ in 0..if index % DUPLICATE_EVERY == 0 { 2 } else { 1 } {
            queues.send(&event.to_string()).await;
        }
    }
    queues.send("poison").await;

    let mut doomed = worker(home.path(), &queues.url);
    let _survivor = worker(home.path(), &queues.url);
    wait_until("a quarter is done", || completed(home.path()) >= RECORDINGS / 4).await;
    doomed.kill().await.unwrap();
    let at_the_kill = completed(home.path());
    wait_until("all are done", || completed(home.path()) == RECORDINGS).await;

    let database = database(home.path());
    let count = |query: &str| database.query_row(query, [], |row| row.get::<_, u32>(0)).unwrap();
    assert_eq!(count("SELECT count(*) FROM vibe_whisper"), RECORDINGS);
    assert_eq!(count("SELECT count(*) FROM vibe_whisper WHERE transcription <> ''"), RECORDINGS);
    let not_done = "SELECT count(*) FROM transcription_claims WHERE state <> 'completed'";
    assert_eq!(count(not_done), 0);
    let repeated = count("SELECT sum(attempts) FROM transcription_claims") - RECORDINGS;
    assert!(repeated <= LANES, "{repeated} were done again after one kill");
    let poison = queues.wait_for_the_dead().await;
    assert_eq!(poison, ["poison"], "nothing else was given up");
    println!("{RECORDINGS} recordings; killed after {at_the_kill}; {repeated} done again");
}

/// The keys of as many recordings as there are, a short clip each, a few days of half hours.
fn lay_out(home: &Path) -> Vec<String> {
    let clip = fs::read(project_file("models/recordings/ja-01.wav")).unwrap();
    let key = |n: u32| {
        let (day, slot) = (n / 48 + 1, n % 48);
        let (hour, minute) = (slot / 2, slot % 2 * 30);
        format!("files/device/2025-07-{day:02}/{hour:02}-{minute:02}/audio.wav")
    };
    let keys: Vec<String> = (0..RECORDINGS).map(key).collect();
    for key in &keys {
        let path = home.join("data/recordings").join(key);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, &clip).unwrap();
    }
    keys
}

fn worker(home: &Path, queue: &str) -> Child {
    let mut command = watchme(home);
    command.args(["worker", "--queue", queue]).stdout(Stdio::null()).stderr(Stdio::null());
    command.spawn().unwrap()
}

async fn run(home: &Path, arguments: &[&str]) {
    let status = watchme(home).args(arguments).status().await.unwrap();
    assert!(status.success(), "{arguments:?}: {status}");
}

/// `watchme` with settings of its own: a lease of two seconds, so that a killed worker's work is
/// taken up soon.
fn watchme(home: &Path) -> Command {
    let model = project_file("models/ggml-synth-tiny.bin");
    let test = std::env::current_exe().unwrap();
    let mut command = Command::new(test.ancestors().nth(2).unwrap().join("watchme"));
    command
        .env_clear()
        .env("HOME", home)
        .env("AWS_REGION", "us-east-1")
        .env("WATCHME_AUDIO_DIR", home.join("data/recordings"))
        .env("WATCHME_DATA_DIR", home.join("data"))
        .env("WATCHME_MODELS", format!("base={}", model.display()))
        .env("WATCHME_LEASE_SECONDS", "2")
        .env("WATCHME_PREFETCH", LANES.to_string())
        .env("AWS_SHARED_CREDENTIALS_FILE", credentials(home))
        .current_dir(home)
        .stdin(Stdio::null())
        .kill_on_drop(true);
    command
}

/// Any keys: the server that stands in for SQS takes all of them.
fn credentials(home: &Path) -> PathBuf {
    let path = home.join("credentials");
    let keys = "[default]\naws_access_key_id = key\naws_secret_access_key = secret\n";
    fs::write(&path, keys).unwrap();
    path
}

fn completed(home: &Path) -> u32 {
    let query = "SELECT count(*) FROM audio_files WHERE transcriptions_status = 'completed'";
    database(home).query_row(query, [], |row| row.get(0)).unwrap()
}

fn database(home: &Path) -> Connection {
    let connection = Connection::open(home.join("data/watchme.sqlite3")).unwrap();
    connection.busy_timeout(Duration::from_secs(10)).unwrap();
    connection
}

async fn wait_until(what: &str, is_so: impl Fn() -> bool) {
    let give_up = Instant::now() + PATIENCE;
    while !is_so() {
        assert!(Instant::now() < give_up, "{what}: not in {PATIENCE:?}");
        sleep(LOOK).await;
    }
}

fn project_file(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join(path)
}

/// A queue and its dead-letter queue.
struct Queues {
    http: reqwest::Client,
    server: String,
    url: String,
    dead: String,
}

impl Queues {
    async fn create() -> Self {
        let server = std::env::var("WATCHME_TEST_SQS_URL").expect("WATCHME_TEST_SQS_URL");
        let (http, url, dead) = (reqwest::Client::new(), String::new(), String::new());
        let mut queues = Self { http, server, url, dead };
        let id = std::process::id();
        let create = |name: String| json!({"QueueName": name});
        let dead = queues.call("CreateQueue", &create(format!("dead-{id}"))).await;
        queues.dead = dead["QueueUrl"].as_str().unwrap().to_owned();
        let ask = json!({"QueueUrl": queues.dead, "AttributeNames": ["QueueArn"]});
        let arn = queues.call("GetQueueAttributes", &ask).await["Attributes"]["QueueArn"].clone();
        let redrive = json!({"deadLetterTargetArn": arn, "maxReceiveCount": MAX_RECEIVES});
        let mut live = create(format!("live-{id}"));
        live["Attributes"] = json!({"RedrivePolicy": redrive.to_string()});
        let live = queues.call("CreateQueue", &live).await;
        queues.url = live["QueueUrl"].as_str().unwrap().to_owned();
        queues
    }

    async fn send(&self, body: &str) {
        self.call("SendMessage", &json!({"QueueUrl": self.url, "MessageBody": body})).await;
    }

    /// What is in the dead-letter queue, once there is anything.
    async fn wait_for_the_dead(&self) -> Vec<String> {
        let give_up = Instant::now() + PATIENCE;
        let mut bodies = BTreeSet::new();
        let receive = json!({"QueueUrl": self.dead, "MaxNumberOfMessages": 10});
        while bodies.is_empty() {
            assert!(Instant::now() < give_up, "the dead-letter queue stays empty");
            let answer = self.call("ReceiveMessage", &receive).await;
            let messages = answer["Messages"].as_array().cloned().unwrap_or_default();
            bodies.extend(messages.iter().map(|one| one["Body"].as_str().unwrap().to_owned()));
            sleep(LOOK).await;
        }
        bodies.into_iter().collect()
    }

    /// One call of the service's JSON protocol.
    async fn call(&self, action: &str, body: &Value) -> Value {
        let request = self
            .http
            .post(&self.server)
            .header("x-amz-target", format!("AmazonSQS.{action}"))
            .header("content-type", "application/x-amz-json-1.0")
            .header("authorization", CALLER)
            .body(body.to_string());
        let response = request.send().await.unwrap();
        let (status, text) = (response.status(), response.text().await.unwrap());
        assert!(status.is_success(), "{action}: {status} {text}");
        serde_json::from_str(&text).unwrap()
    }
}
