//! The queue against its forms of messages, servers that misbehave and, on demand, a real one.

#![allow(
    clippy::exit,
    clippy::expect_used,
    clippy::print_stdout,
    clippy::unwrap_used,
    missing_docs,
    reason = "tests"
)]

mod announcements;
mod chain;
mod faults;
mod requests;
mod scripted;
mod sqs;

use std::num::NonZeroU32;
use std::time::Duration;

use watchme_queue_sqs::{AwsCredentials, SqsConfig, SqsTimeouts};

const BUCKET: &str = "watchme-vault";

/// Credentials as they must never be printed.
const ACCESS_KEY_ID: &str = "AKIATESTKIT";
const SECRET: &str = "testkit/secret+key";
const TOKEN: &str = "testkit/session+token";

/// S3's notification of new objects, as S3 writes it.
fn s3_event<const N: usize>(keys: [&str; N]) -> String {
    s3_event_of(keys)
}

fn s3_event_of<'a>(keys: impl IntoIterator<Item = &'a str>) -> String {
    let records = keys.into_iter().map(|key| {
        let written: String = url::form_urlencoded::byte_serialize(key.as_bytes()).collect();
        serde_json::json!({
            "eventVersion": "2.1",
            "eventSource": "aws:s3",
            "awsRegion": "us-east-1",
            "eventTime": "2025-07-20T12:01:00.000Z",
            "eventName": "ObjectCreated:Put",
            "s3": {
                "s3SchemaVersion": "1.0",
                "configurationId": "recordings",
                "bucket": {"name": BUCKET, "arn": format!("arn:aws:s3:::{BUCKET}")},
                "object": {"key": written, "size": 7, "sequencer": "0055AED6DCD90281E5"},
            },
        })
    });
    serde_json::json!({"Records": records.collect::<Vec<_>>()}).to_string()
}

/// A pause of 1 ms between three attempts, and patience with a slow machine.
fn config(queue_url: &str) -> SqsConfig {
    SqsConfig {
        queue_url: queue_url.parse().unwrap(),
        region: None,
        endpoint: None,
        credentials: AwsCredentials::Static {
            access_key_id: ACCESS_KEY_ID.to_owned(),
            secret_access_key: SECRET.into(),
            session_token: Some(TOKEN.into()),
        },
        timeouts: SqsTimeouts {
            connect: Duration::from_secs(10),
            attempt: Duration::from_secs(20),
            backoff: Duration::from_millis(1),
        },
        attempts: NonZeroU32::new(3).unwrap(),
    }
}
