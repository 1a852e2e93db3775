//! What a queue is told.

use std::num::NonZeroU32;
use std::time::Duration;

use secrecy::SecretString;
use url::Url;
use watchme_core::QueueError;

use crate::QueueUrl;

/// Which queue, how it is reached, and how long for.
#[derive(Debug, Clone)]
pub struct SqsConfig {
    /// The queue's URL.
    pub queue_url: QueueUrl,
    /// The queue's region, for a URL that does not tell it.
    pub region: Option<String>,
    /// Where the service is, if not where the queue's URL or its region says.
    pub endpoint: Option<String>,
    /// Whose requests these are.
    pub credentials: SqsCredentials,
    /// How long to wait for what.
    pub timeouts: SqsTimeouts,
    /// How often a request is tried, the first time included. The SDK's own retries are off.
    pub attempts: NonZeroU32,
}

/// Where the credentials come from.
#[derive(Debug, Clone)]
pub enum SqsCredentials {
    /// A pair of keys.
    Static {
        /// The access key's identifier.
        access_key_id: String,
        /// The secret access key.
        secret_access_key: SecretString,
        /// The token of temporary credentials.
        session_token: Option<SecretString>,
    },
    /// The chain that AWS programs share: the environment, the profile, a web identity, the role
    /// of the container, the role of the machine.
    DefaultChain {
        /// The profile to read; `None` for `AWS_PROFILE` or `default`.
        profile: Option<String>,
    },
}

/// How long a queue is waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SqsTimeouts {
    /// For a connection.
    pub connect: Duration,
    /// For the answer to one request, beyond what the queue was asked to wait for a message.
    pub attempt: Duration,
    /// Before the second attempt at most; twice as long before each further one, up to 5 s.
    pub backoff: Duration,
}

impl SqsConfig {
    /// Four attempts take about two seconds of waiting: enough for a restarted connection and a
    /// throttled second.
    // Evaluated by the compiler: a zero here would not build.
    pub const DEFAULT_ATTEMPTS: NonZeroU32 = NonZeroU32::new(4).unwrap();

    pub(crate) fn validate(&self) -> Result<(), QueueError> {
        if let Some(region) = self.region.as_deref().filter(|region| !is_region(region)) {
            return Err(denied(format!("`{region}` is no region; write it like `us-east-1`")));
        }
        self.endpoint.as_deref().map_or(Ok(()), validate_endpoint)
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

/// Whether `text` is fit to be a part of a host name that signed requests are sent to.
fn is_region(text: &str) -> bool {
    let known = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    (1..=32).contains(&text.len()) && text.bytes().all(known)
}

/// The endpoint is not repeated in the reasons: it may hold credentials.
fn validate_endpoint(endpoint: &str) -> Result<(), QueueError> {
    let url = Url::parse(endpoint).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
    let Some(url) = url.filter(Url::has_host) else {
        return Err(denied(
            "the endpoint is no URL; write it like `https://sqs.example.com`".into(),
        ));
    };
    if url.username().is_empty() && url.password().is_none() {
        Ok(())
    } else {
        Err(denied("the endpoint has credentials in it; set them as access key and secret".into()))
    }
}

fn denied(reason: String) -> QueueError {
    QueueError::Denied { reason, source: None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_endpoint_is_a_web_address_without_credentials() {
        for good in ["http://127.0.0.1:9324", "https://sqs.example.com/"] {
            assert!(validate_endpoint(good).is_ok(), "{good}");
        }
        for bad in ["", "sqs.example.com", "ftp://h", "https://user:hunter2@h", "https://user@h"] {
            let error = validate_endpoint(bad).unwrap_err();
            assert!(matches!(error, QueueError::Denied { .. }), "{bad}");
            assert!(!format!("{error} {error:?}").contains("hunter2"));
        }
    }

    #[test]
    fn a_region_is_a_part_of_a_host_name() {
        for (text, expected) in
            [("ap-southeast-2", true), ("", false), ("us-east-1.evil.example", false), ("A", false)]
        {
            assert_eq!(is_region(text), expected, "{text}");
        }
    }
}
