//! Completions to a queue, in the ecosystem's shape.

use std::fmt::Write;
use std::time::Duration;

use async_trait::async_trait;
use aws_sdk_sqs::Client;
use serde::Serialize;
use sha2::{Digest, Sha256};
use watchme_core::{
    Check, CompletionEvent, CompletionSink, CompletionStatus, DeviceId, ObjectKey, QueueError,
};

use crate::answer::failure;
use crate::meaning::Subject;
use crate::retry::retrying;
use crate::{SqsConfig, check, client};

/// Size of the largest message that every queue takes, in bytes: SQS's limit before 2025, which
/// a queue may still have.
const MAX_BODY_BYTES: usize = 256 << 10;

/// A [`CompletionSink`] in Amazon SQS.
///
/// A FIFO queue keeps the order of each device's events, and an event that is sent twice within
/// five minutes arrives once.
#[derive(Debug)]
pub struct SqsCompletions {
    client: Client,
    config: SqsConfig,
}

/// The event as the ecosystem's consumers read it.
#[derive(Serialize)]
struct Body<'a> {
    device_id: &'a str,
    recorded_at: String,
    feature_type: &'static str,
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    processed_files: Option<Vec<&'a str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'a str>,
}

impl SqsCompletions {
    /// Makes a queue of completions. Makes no request; fails only if the configuration cannot work.
    pub async fn connect(config: SqsConfig) -> Result<Self, QueueError> {
        let client = client::connect(&config).await?;
        Ok(Self { client, config })
    }
}

#[async_trait]
impl CompletionSink for SqsCompletions {
    async fn send(&self, event: &CompletionEvent) -> Result<(), QueueError> {
        let body = write_body(event)?;
        let is_fifo = self.config.queue_url.is_fifo();
        let request = self
            .client
            .send_message()
            .queue_url(self.config.queue_url.as_str())
            .set_message_group_id(is_fifo.then(|| group(&event.device)))
            .set_message_deduplication_id(is_fifo.then(|| hex_of_hash(&body)))
            .message_body(body);
        let sent = retrying(&self.config, Duration::ZERO, || {
            let request = request.clone();
            async { request.send().await.map_err(|error| failure(Subject::Queue, &error)) }
        });
        sent.await.map(drop)
    }

    async fn check(&self) -> Vec<Check> {
        check::completions(&self.client, &self.config).await
    }
}

fn write_body(event: &CompletionEvent) -> Result<String, QueueError> {
    let (status, processed_files, error) = match &event.status {
        CompletionStatus::Completed { processed } => {
            ("completed", Some(processed.iter().map(ObjectKey::as_str).collect()), None)
        }
        CompletionStatus::Failed { error } => ("failed", None, Some(error.as_str())),
    };
    let body = Body {
        device_id: event.device.as_str(),
        recorded_at: event.recorded_at.to_string(),
        feature_type: "vibe",
        status,
        processed_files,
        error,
    };
    let body = serde_json::to_string(&body).ok().filter(|body| body.len() <= MAX_BODY_BYTES);
    body.ok_or_else(|| QueueError::Denied {
        reason: "the event is larger than a message may be; send fewer recordings in one".into(),
        source: None,
    })
}

/// Returns the group of a device's messages: its identifier, if SQS accepts that, or a hash.
fn group(device: &DeviceId) -> String {
    let name = device.as_str();
    // At most 128 letters, digits and punctuation.
    if name.len() <= 128 && name.bytes().all(|byte| byte.is_ascii_graphic()) {
        name.to_owned()
    } else {
        hex_of_hash(name)
    }
}

fn hex_of_hash(text: &str) -> String {
    Sha256::digest(text).iter().fold(String::with_capacity(64), |mut hex, byte| {
        // Writing to a string does not fail.
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(status: CompletionStatus) -> CompletionEvent {
        CompletionEvent {
            device: "d067d407-cf73-4174-a9c1-d91fb60d64d0".parse().unwrap(),
            recorded_at: "2025-07-20T12:00:00+00:00".parse().unwrap(),
            status,
        }
    }

    fn completed(keys: &[&str]) -> CompletionEvent {
        let processed = keys.iter().map(|key| key.parse().unwrap()).collect();
        event(CompletionStatus::Completed { processed })
    }

    #[test]
    fn an_event_has_the_ecosystems_shape() {
        let key = "files/d067d407-cf73-4174-a9c1-d91fb60d64d0/2025-07-20/12-00/audio.wav";
        insta::assert_snapshot!(
            write_body(&completed(&[key])).unwrap(),
            @r#"{"device_id":"d067d407-cf73-4174-a9c1-d91fb60d64d0","recorded_at":"2025-07-20T12:00:00+00:00","feature_type":"vibe","status":"completed","processed_files":["files/d067d407-cf73-4174-a9c1-d91fb60d64d0/2025-07-20/12-00/audio.wav"]}"#
        );
        let failed = event(CompletionStatus::Failed { error: "unsupported audio".to_owned() });
        insta::assert_snapshot!(
            write_body(&failed).unwrap(),
            @r#"{"device_id":"d067d407-cf73-4174-a9c1-d91fb60d64d0","recorded_at":"2025-07-20T12:00:00+00:00","feature_type":"vibe","status":"failed","error":"unsupported audio"}"#
        );
    }

    #[test]
    fn an_event_that_no_queue_takes_is_refused() {
        let long = format!("files/{}", "a".repeat(1000));
        let keys: Vec<&str> = std::iter::repeat_n(long.as_str(), 300).collect();
        let error = write_body(&completed(&keys)).unwrap_err();
        assert!(matches!(error, QueueError::Denied { .. }));
    }

    #[test]
    fn a_group_is_the_device_where_that_can_be() {
        for (device, expected) in [
            ("test_device_001", "test_device_001"),
            ("a b", "c8687a08aa5d6ed2044328fa6a697ab8e96dc34291e8c2034ae8c38e6fcc6d65"),
        ] {
            assert_eq!(group(&device.parse().unwrap()), expected);
        }
        for device in ["居間のマイク", &"a".repeat(129)] {
            assert_eq!(group(&device.parse().unwrap()).len(), 64);
        }
    }
}
