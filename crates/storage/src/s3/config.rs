//! Settings of an S3 source.

use std::num::NonZeroU32;
use std::path::PathBuf;
use std::time::Duration;

use watchme_aws::{AwsCredentials, check_address};
use watchme_core::SourceError;

/// Settings of an S3 source: which bucket, how it is reached, and how patiently.
#[derive(Debug, Clone)]
pub struct S3Config {
    /// Name of the bucket.
    pub bucket: String,
    /// Region of the bucket. If it is absent or wrong, the first request finds the right one.
    pub region: Option<String>,
    /// URL of a service other than Amazon's, with the bucket in the path of each request.
    pub endpoint: Option<String>,
    /// Credentials that requests are signed with.
    pub credentials: AwsCredentials,
    /// Size of the largest recording that is fetched, in bytes.
    pub max_bytes: u64,
    /// Folder that recordings are spooled to, created if there is none.
    pub spool_dir: PathBuf,
    /// Time limits.
    pub timeouts: S3Timeouts,
    /// Number of attempts at a recording, the first included. The SDK's own retries are off.
    pub attempts: NonZeroU32,
}

/// Time limits of an S3 source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct S3Timeouts {
    /// Limit for a connection to be made.
    pub connect: Duration,
    /// Limit for an answer to begin, and then for each next piece of it.
    pub stall: Duration,
    /// Limit for one attempt at a whole recording.
    pub attempt: Duration,
    /// Longest pause before the second attempt; it doubles before each further one, up to 5 s.
    pub backoff: Duration,
}

impl S3Config {
    /// Four attempts, with about two seconds of pauses: enough for a restarted connection and a
    /// throttled second.
    // Evaluated by the compiler: a zero here would not build.
    pub const DEFAULT_ATTEMPTS: NonZeroU32 = NonZeroU32::new(4).unwrap();

    pub(super) fn validate(&self) -> Result<(), SourceError> {
        if self.bucket.is_empty() || self.bucket.contains('/') {
            return Err(denied(format!("`{}` is no bucket name", self.bucket)));
        }
        check_address(self.region.as_deref(), self.endpoint.as_deref(), "s3")
            .map_err(|error| denied(error.to_string()))
    }
}

impl Default for S3Timeouts {
    /// 5 s to connect, in which two lost packets are sent again; 30 s without a byte; 10 minutes
    /// in all, in which 100 MiB come at 1.5 Mbit/s; a backoff of 400 ms.
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(5),
            stall: Duration::from_secs(30),
            attempt: Duration::from_mins(10),
            backoff: Duration::from_millis(400),
        }
    }
}

fn denied(reason: String) -> SourceError {
    SourceError::Denied { reason, source: None }
}
