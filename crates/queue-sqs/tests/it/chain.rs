//! The default chain of credentials. Each test runs itself once more in a child process with an
//! environment of its own, because a change to this process's own would reach its neighbours.

use std::process::{Command, Output};

use serde_json::json;
use watchme_core::{AnnouncementQueue, Receipt};
use watchme_queue_sqs::{AwsCredentials, SqsConfig, SqsQueue};

use crate::scripted::{Reply, Scripted};
use crate::{ACCESS_KEY_ID, SECRET, config};

/// Variable that is set in the child only.
const IS_CHILD: &str = "CHAIN_TEST_CHILD";

const QUEUE: &str = "https://sqs.ap-southeast-2.amazonaws.com/123456789012/recordings";

/// Runs this test in a child process with the given environment, and returns what the child says
/// about a deletion with the chain.
///
/// In the child itself, deletes, says how that ended, and exits.
async fn said_by_child(test: &str, environment: &[(&str, &str)]) -> String {
    if std::env::var_os(IS_CHILD).is_some() {
        delete_and_say().await;
        std::process::exit(0);
    }
    let mut child = Command::new(std::env::current_exe().unwrap());
    child.args(["--exact", &format!("chain::{test}"), "--nocapture"]);
    child.env_clear().env(IS_CHILD, "1");
    // Neither a machine's role nor a home folder of the person who runs the tests.
    child.env("AWS_EC2_METADATA_DISABLED", "true").env("HOME", "/nonexistent");
    child.envs(environment.iter().copied());
    let ran = tokio::task::spawn_blocking(move || child.output()).await.unwrap();
    let Output { status, stdout, stderr } = ran.unwrap();
    assert!(status.success(), "{}", String::from_utf8_lossy(&stderr));
    String::from_utf8(stdout).unwrap()
}

async fn delete_and_say() {
    let credentials = AwsCredentials::DefaultChain { profile: None };
    let queue = SqsQueue::connect(SqsConfig { credentials, ..config(QUEUE) }, None).await.unwrap();
    match queue.delete(&Receipt::new("r1")).await {
        Ok(()) => println!("deleted"),
        Err(error) => println!("failed: {error}"),
    }
}

#[tokio::test]
async fn keys_and_endpoint_come_from_the_environment_and_the_region_from_the_url() {
    let server = Scripted::start(|_| Reply::ok(json!({}))).await;
    let environment = [
        ("AWS_ACCESS_KEY_ID", ACCESS_KEY_ID),
        ("AWS_SECRET_ACCESS_KEY", SECRET),
        ("AWS_REGION", "eu-north-1"),
        ("AWS_ENDPOINT_URL", &server.endpoint),
    ];
    let test = "keys_and_endpoint_come_from_the_environment_and_the_region_from_the_url";
    let said = said_by_child(test, &environment).await;
    assert!(said.contains("deleted"), "{said}");
    let [request] = &server.requests()[..] else { panic!("one request") };
    let signed = format!("credential={}/", ACCESS_KEY_ID.to_lowercase());
    assert!(request.head.contains(&signed), "{}", request.head);
    assert!(request.head.contains("/ap-southeast-2/sqs/aws4_request"), "{}", request.head);
}

#[tokio::test]
async fn no_credentials_anywhere_are_denied_with_the_mend() {
    let said = said_by_child("no_credentials_anywhere_are_denied_with_the_mend", &[]).await;
    assert!(said.contains("no usable credentials; set an access key"), "{said}");
}
