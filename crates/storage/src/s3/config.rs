//! What an S3 source is told.

use std::num::NonZeroU32;
use std::path::PathBuf;
use std::time::Duration;

use secrecy::SecretString;
use url::Url;
use watchme_core::SourceError;

use super::answer::is_region;

/// Which bucket, how it is reached, and how long for.
#[derive(Debug, Clone)]
pub struct S3Config {
    /// The bucket's name.
    pub bucket: String,
    /// The bucket's region. Where it is absent or wrong, the real one is found at the first
    /// request.
    pub region: Option<String>,
    /// The URL of another service than Amazon's, with the bucket in the path of each request.
    pub endpoint: Option<String>,
    /// Whose requests these are.
    pub credentials: S3Credentials,
    /// The largest recording that is fetched, in bytes.
    pub max_bytes: u64,
    /// The folder that recordings are spooled to. Made where it is not there.
    pub spool_dir: PathBuf,
    /// How long to wait for what.
    pub timeouts: S3Timeouts,
    /// How often a recording is tried, the first time included. The SDK's own retries are off.
    pub attempts: NonZeroU32,
}

/// Where the credentials come from.
#[derive(Debug, Clone)]
pub enum S3Credentials {
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

/// How long an S3 source waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct S3Timeouts {
    /// For a connection.
    pub connect: Duration,
    /// For an answer to begin, and then for each next piece of it.
    pub stall: Duration,
    /// For one attempt at a whole recording.
    pub attempt: Duration,
    /// Before the second attempt at most; twice as long before each further one, up to 5 s.
    pub backoff: Duration,
}

impl S3Config {
    /// Four attempts take about two seconds of waiting: enough for a restarted connection and a
    /// throttled second.
    // Evaluated by the compiler: a zero here would not build.
    pub const DEFAULT_ATTEMPTS: NonZeroU32 = NonZeroU32::new(4).unwrap();

    pub(super) fn validate(&self) -> Result<(), SourceError> {
        if self.bucket.is_empty() || self.bucket.contains('/') {
            return Err(denied(format!("`{}` is no bucket name", self.bucket)));
        }
        if let Some(region) = self.region.as_deref().filter(|region| !is_region(region)) {
            return Err(denied(format!("`{region}` is no region; write it like `us-east-1`")));
        }
        if let Some(endpoint) = &self.endpoint {
            validate_endpoint(endpoint)?;
        }
        Ok(())
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

/// The endpoint is not repeated in the reasons: it may hold credentials.
fn validate_endpoint(endpoint: &str) -> Result<(), SourceError> {
    let url = Url::parse(endpoint).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
    let Some(url) = url.filter(Url::has_host) else {
        return Err(denied(
            "the endpoint is no URL; write it like `https://s3.example.com`".into(),
        ));
    };
    if url.username().is_empty() && url.password().is_none() {
        Ok(())
    } else {
        Err(denied("the endpoint has credentials in it; set them as access key and secret".into()))
    }
}

fn denied(reason: String) -> SourceError {
    SourceError::Denied { reason, source: None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_endpoint_is_a_web_address_without_credentials() {
        for good in ["http://127.0.0.1:9000", "https://s3.example.com/", "https://h/storage/v1/s3"]
        {
            assert!(validate_endpoint(good).is_ok(), "{good}");
        }
        for bad in ["", "s3.example.com", "ftp://h", "https://user:hunter2@h", "https://user@h"] {
            let error = validate_endpoint(bad).unwrap_err();
            assert!(matches!(error, SourceError::Denied { .. }), "{bad}");
            assert!(!format!("{error} {error:?}").contains("hunter2"));
        }
    }
}
