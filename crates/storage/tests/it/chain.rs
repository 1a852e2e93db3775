//! The default chain of credentials. Each test runs itself once more in a child process with an
//! environment of its own, because a change to this process's own would reach its neighbours.

use std::process::{Command, Output};

use tempfile::TempDir;
use watchme_core::AudioSource;
use watchme_storage::{AwsCredentials, S3Config, S3Source};
use watchme_testkit::S3Server;

use crate::made::{BUCKET, config_for, key};

/// Variable with the server to fetch from, set in the child only.
const ENDPOINT: &str = "CHAIN_TEST_ENDPOINT";
const PROFILE: &str = "CHAIN_TEST_PROFILE";

/// Runs this test in a child process with the given environment, and returns what the child says
/// about a fetch with the chain.
///
/// In the child itself, fetches, says how that ended, and exits.
async fn said_by_child(test: &str, environment: &[(&str, &str)]) -> String {
    if let Ok(endpoint) = std::env::var(ENDPOINT) {
        fetch_and_say(&endpoint).await;
        std::process::exit(0);
    }
    let server = S3Server::temporary().await;
    server.put(BUCKET, "files/a.wav", b"bytes");
    let mut child = Command::new(std::env::current_exe().unwrap());
    child.args(["--exact", &format!("chain::{test}"), "--nocapture"]);
    child.env_clear().env(ENDPOINT, server.endpoint());
    // Neither a machine's role nor a home folder of the person who runs the tests.
    child.env("AWS_EC2_METADATA_DISABLED", "true").env("HOME", "/nonexistent");
    child.envs(environment.iter().copied());
    let ran = tokio::task::spawn_blocking(move || child.output()).await.unwrap();
    let Output { status, stdout, stderr } = ran.unwrap();
    assert!(status.success(), "{}", String::from_utf8_lossy(&stderr));
    String::from_utf8(stdout).unwrap()
}

async fn fetch_and_say(endpoint: &str) {
    let spool = TempDir::new().unwrap();
    let credentials = AwsCredentials::DefaultChain { profile: std::env::var(PROFILE).ok() };
    let config = S3Config { credentials, ..config_for(endpoint, spool.path()) };
    let source = S3Source::connect(config).await.unwrap();
    match source.fetch(&key("files/a.wav")).await {
        Ok(audio) => println!("fetched {} bytes", audio.size_bytes()),
        Err(error) => println!("failed: {error}"),
    }
}

#[tokio::test]
async fn keys_come_from_the_environment() {
    let keys = [
        ("AWS_ACCESS_KEY_ID", S3Server::ACCESS_KEY_ID),
        ("AWS_SECRET_ACCESS_KEY", S3Server::SECRET_ACCESS_KEY),
    ];
    let said = said_by_child("keys_come_from_the_environment", &keys).await;
    assert!(said.contains("fetched 5 bytes"), "{said}");
}

#[tokio::test]
async fn keys_come_from_the_named_profile() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("credentials");
    let profiles = format!(
        "[default]\naws_access_key_id = WRONG\naws_secret_access_key = WRONG\n\
         [recordings]\naws_access_key_id = {}\naws_secret_access_key = {}\n",
        S3Server::ACCESS_KEY_ID,
        S3Server::SECRET_ACCESS_KEY,
    );
    std::fs::write(&file, profiles).unwrap();
    let named = [("AWS_SHARED_CREDENTIALS_FILE", file.to_str().unwrap()), (PROFILE, "recordings")];
    let said = said_by_child("keys_come_from_the_named_profile", &named).await;
    assert!(said.contains("fetched 5 bytes"), "{said}");
}

#[tokio::test]
async fn no_credentials_anywhere_are_denied_with_the_mend() {
    let said = said_by_child("no_credentials_anywhere_are_denied_with_the_mend", &[]).await;
    assert!(said.contains("no usable credentials; set an access key"), "{said}");
}
