//! URL of a queue, and what it says: the name, the region, the endpoint.

use std::fmt;
use std::str::FromStr;

use url::Url;

/// URL of a queue as SQS writes it, `https://sqs.REGION.amazonaws.com/ACCOUNT/NAME`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueueUrl {
    text: String,
    name: String,
    region: Option<String>,
    endpoint: Option<String>,
}

/// Error of a text that is no URL of a queue. The text is not repeated: it may hold credentials.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "this is no queue's URL; write it like `https://sqs.us-east-1.amazonaws.com/123456789012/name`"
)]
pub struct ParseQueueUrlError;

impl QueueUrl {
    /// Returns the URL as it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Returns the name of the queue.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns true if the queue keeps the order of each group of messages.
    #[must_use]
    pub fn is_fifo(&self) -> bool {
        self.name.strip_suffix(".fifo").is_some()
    }

    /// Returns the region of the queue, if the host names it.
    #[must_use]
    pub fn region(&self) -> Option<&str> {
        self.region.as_deref()
    }

    /// Returns the endpoint of the service, unless it follows from the region.
    #[must_use]
    pub fn endpoint(&self) -> Option<&str> {
        self.endpoint.as_deref()
    }
}

impl FromStr for QueueUrl {
    type Err = ParseQueueUrlError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let url = Url::parse(text).map_err(|_| ParseQueueUrlError)?;
        let is_plain = matches!(url.scheme(), "http" | "https")
            && url.username().is_empty()
            && url.password().is_none()
            && url.query().is_none()
            && url.fragment().is_none();
        let host = url.host_str().filter(|_| is_plain).ok_or(ParseQueueUrlError)?;
        let name = url.path_segments().and_then(|mut segments| segments.next_back());
        let name = name.filter(|name| is_queue_name(name)).ok_or(ParseQueueUrlError)?;
        let (region, is_regional) = region_of(host);
        Ok(Self {
            text: text.to_owned(),
            name: name.to_owned(),
            region,
            endpoint: (!is_regional).then(|| url.origin().ascii_serialization()),
        })
    }
}

impl fmt::Display for QueueUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// Returns true for at most 80 bytes of letters, digits, `-` and `_`, with `.fifo` at the end of a
/// FIFO queue.
fn is_queue_name(name: &str) -> bool {
    let plain = name.strip_suffix(".fifo").unwrap_or(name);
    let known = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
    !plain.is_empty() && name.len() <= 80 && plain.bytes().all(known)
}

/// Returns the region that a host names, and whether the host is the region's ordinary endpoint.
/// Endpoints of private networks, of FIPS, of dual stacks and of programs that stand in for SQS
/// are not. The forms are those of the AWS General Reference, "Amazon SQS endpoints and quotas".
fn region_of(host: &str) -> (Option<String>, bool) {
    let labels: Vec<&str> = host.split('.').collect();
    match labels[..] {
        ["queue", "amazonaws", "com"] => (Some("us-east-1".to_owned()), true),
        ["sqs", region, "amazonaws", "com"]
        | ["sqs", region, "amazonaws", "com", "cn"]
        | [region, "queue", "amazonaws", "com"] => (Some(region.to_owned()), true),
        _ => {
            let after = labels.windows(2).find(|pair| matches!(pair[0], "sqs" | "sqs-fips"));
            let region = after.map(|pair| pair[1]).filter(|label| looks_like_region(label));
            (region.map(str::to_owned), false)
        }
    }
}

/// Returns true for words with a number at the end, like `us-gov-west-1`.
fn looks_like_region(label: &str) -> bool {
    let mut parts = label.rsplit('-');
    let is_number = parts.next().is_some_and(|last| last.parse::<u8>().is_ok());
    is_number && parts.clone().count() >= 2 && parts.all(|part| !part.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> QueueUrl {
        text.parse().unwrap_or_else(|error| panic!("{text}: {error}"))
    }

    #[test]
    fn the_host_tells_region_and_endpoint() {
        let table = [
            ("https://sqs.ap-southeast-2.amazonaws.com/1/q", Some("ap-southeast-2"), None),
            ("https://sqs.cn-north-1.amazonaws.com.cn/1/q", Some("cn-north-1"), None),
            ("https://eu-west-1.queue.amazonaws.com/1/q", Some("eu-west-1"), None),
            ("https://queue.amazonaws.com/1/q", Some("us-east-1"), None),
            (
                "https://sqs-fips.us-gov-west-1.amazonaws.com/1/q",
                Some("us-gov-west-1"),
                Some("https://sqs-fips.us-gov-west-1.amazonaws.com"),
            ),
            (
                "https://sqs.us-east-1.api.aws/1/q",
                Some("us-east-1"),
                Some("https://sqs.us-east-1.api.aws"),
            ),
            (
                "https://vpce-0a.sqs.us-east-1.vpce.amazonaws.com/1/q",
                Some("us-east-1"),
                Some("https://vpce-0a.sqs.us-east-1.vpce.amazonaws.com"),
            ),
            (
                "http://sqs.us-east-1.localhost.localstack.cloud:4566/0/q",
                Some("us-east-1"),
                Some("http://sqs.us-east-1.localhost.localstack.cloud:4566"),
            ),
            ("http://127.0.0.1:9324/0/q", None, Some("http://127.0.0.1:9324")),
            ("https://sqs.example.com/q", None, Some("https://sqs.example.com")),
        ];
        for (text, region, endpoint) in table {
            let url = parsed(text);
            assert_eq!((url.region(), url.endpoint()), (region, endpoint), "{text}");
            assert_eq!((url.as_str(), url.name()), (text, "q"));
        }
    }

    #[test]
    fn the_name_tells_whether_the_queue_keeps_order() {
        assert!(parsed("https://sqs.us-east-1.amazonaws.com/1/a-b_C1.fifo").is_fifo());
        assert!(!parsed("https://sqs.us-east-1.amazonaws.com/1/fifo").is_fifo());
    }

    #[test]
    fn other_texts_are_no_urls_of_queues_and_are_not_repeated() {
        for text in [
            "",
            "my-queue",
            "arn:aws:sqs:us-east-1:1:q",
            "ftp://sqs.us-east-1.amazonaws.com/1/q",
            "https://sqs.us-east-1.amazonaws.com",
            "https://sqs.us-east-1.amazonaws.com/1/",
            "https://sqs.us-east-1.amazonaws.com/1/a b",
            "https://sqs.us-east-1.amazonaws.com/1/a.b",
            "https://sqs.us-east-1.amazonaws.com/1/.fifo",
            "https://sqs.us-east-1.amazonaws.com/1/q?Action=ReceiveMessage",
            "https://user:hunter2@sqs.us-east-1.amazonaws.com/1/q",
            &format!("https://sqs.us-east-1.amazonaws.com/1/{}", "a".repeat(81)),
        ] {
            let error = text.parse::<QueueUrl>().unwrap_err();
            assert!(!format!("{error} {error:?}").contains("hunter2"));
        }
    }
}
