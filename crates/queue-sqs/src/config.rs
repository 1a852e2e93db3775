//! Settings of a queue.

use std::num::NonZeroU32;
use std::time::Duration;

use watchme_aws::{AwsCredentials, check_address};
use watchme_core::QueueError;

use crate::QueueUrl;

/// Settings of a queue: its URL, how it is reached, and how patiently.
#[derive(Debug, Clone)]
pub struct SqsConfig {
    /// URL of the queue.
    pub queue_url: QueueUrl,
    /// Region of the queue, for a URL that does not name it.
    pub region: Option<String>,
    /// Endpoint of the service, if it is not the one of the queue's URL or region.
    pub endpoint: Option<String>,
    /// Credentials that requests are signed with.
    pub credentials: AwsCredentials,
    /// Time limits.
    pub timeouts: SqsTimeouts,
    /// Number of attempts at a request, the first included. The SDK's own retries are off.
    pub attempts: NonZeroU32,
}

/// Time limits of a queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SqsTimeouts {
    /// Limit for a connection to be made.
    pub connect: Duration,
    /// Limit for the answer to one request, beyond the time that the queue itself was asked to wait
    /// for a message.
    pub attempt: Duration,
    /// Longest pause before the second attempt; it doubles before each further one, up to 5 s.
    pub backoff: Duration,
}

impl SqsConfig {
    /// Four attempts, with about two seconds of pauses: enough for a restarted connection and a
    /// throttled second.
    // Evaluated by the compiler: a zero here would not build.
    pub const DEFAULT_ATTEMPTS: NonZeroU32 = NonZeroU32::new(4).unwrap();

    pub(crate) fn validate(&self) -> Result<(), QueueError> {
        check_address(self.region.as_deref(), self.endpoint.as_deref(), "sqs")
            .map_err(|error| QueueError::Denied { reason: error.to_string(), source: None })
    }
}

impl Default for SqsTimeouts {
    /// 5 s to connect, in which two lost packets are sent again; 10 s for an answer, which takes
    /// milliseconds; a backoff of 400 ms.
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(5),
            attempt: Duration::from_secs(10),
            backoff: Duration::from_millis(400),
        }
    }
}
