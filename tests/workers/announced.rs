//! Workers that hear of recordings by SQS: messages come twice, one is poison, a worker dies;
//! every recording is completed once.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use crate::farm::{Farm, LOOK, PATIENCE, SHORT_SAYS, short_recordings, wait_until};

/// Number of recordings.
const RECORDINGS: usize = 200;

/// Every fifth message comes twice.
const DUPLICATE_EVERY: usize = 5;

/// Number of receives after which a message counts as poison.
const MAX_RECEIVES: &str = "5";

/// Number of recordings a worker holds at once, and may have to do again when it is killed.
const LANES: usize = 2;

/// The server finds the service by it, and does not look at the signature.
const CALLER: &str = "AWS4-HMAC-SHA256 Credential=key/20260101/us-east-1/sqs/aws4_request, \
     SignedHeaders=host, Signature=none";

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs an SQS server: script/test --full"]
async fn each_recording_is_completed_once_whatever_the_queue_and_the_workers_do() {
    let recordings = short_recordings(RECORDINGS);
    let mut farm = Farm::new(&recordings).await;
    let credentials = write_credentials(farm.home());
    farm.settings = vec![
        ("WATCHME_PREFETCH", LANES.to_string()),
        ("AWS_SHARED_CREDENTIALS_FILE", credentials.display().to_string()),
    ];
    let queues = Queues::create().await;
    for (index, (key, _)) in recordings.iter().enumerate() {
        let event = json!({"Records": [{
            "eventSource": "aws:s3", "eventName": "ObjectCreated:Put",
            "s3": {"bucket": {"name": "watchme-vault"}, "object": {"key": key}}
        }]});
        for _ in 0..if index % DUPLICATE_EVERY == 0 { 2 } else { 1 } {
            queues.send(&event.to_string()).await;
        }
    }
    queues.send("poison").await;

    farm.settings.push(("WATCHME_QUEUE_URL", queues.url.clone()));
    farm.run(&["doctor"]).await;

    let mut doomed = farm.worker(&["--queue", &queues.url]);
    let _survivor = farm.worker(&["--queue", &queues.url]);
    let quarter = async || farm.completed().await >= RECORDINGS / 4;
    wait_until("a quarter is done", quarter).await;
    doomed.kill().await.unwrap();
    let at_the_kill = farm.completed().await;
    wait_until("all are done", async || farm.completed().await == RECORDINGS).await;

    let texts = farm.rows("vibe_whisper", &["transcription"]).await;
    assert_eq!(texts.len(), RECORDINGS);
    assert!(texts.iter().all(|row| row["transcription"] == SHORT_SAYS), "{texts:?}");
    let claims = farm.rows("transcription_claims", &["state", "attempts"]).await;
    assert!(claims.iter().all(|row| row["state"] == "completed"), "{claims:?}");
    let attempts: usize = claims.iter().map(|row| row["attempts"].parse::<usize>().unwrap()).sum();
    let repeated = attempts - RECORDINGS;
    assert!(repeated <= LANES, "{repeated} were done again after one kill");
    let poison = queues.wait_for_the_dead().await;
    assert_eq!(poison, ["poison"], "nothing else was given up");
    println!("{RECORDINGS} recordings; killed after {at_the_kill}; {repeated} done again");
}

/// Writes a file of credentials. Any keys will do: the server that stands in for SQS takes all.
fn write_credentials(home: &Path) -> PathBuf {
    let path = home.join("credentials");
    let keys = "[default]\naws_access_key_id = key\naws_secret_access_key = secret\n";
    fs::write(&path, keys).unwrap();
    path
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
        live["QueueUrl"].as_str().unwrap().clone_into(&mut queues.url);
        queues
    }

    async fn send(&self, body: &str) {
        self.call("SendMessage", &json!({"QueueUrl": self.url, "MessageBody": body})).await;
    }

    /// Waits for messages in the dead-letter queue, and returns them.
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

    /// Makes one call of the service's JSON protocol.
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
