//! Configurations and sources that the tests of S3 share.

use std::num::NonZeroU32;
use std::path::Path;
use std::time::Duration;

use tempfile::TempDir;
use watchme_core::{AudioSource, ErrorChain, FetchedAudio, ObjectKey, SourceError};
use watchme_storage::{AwsCredentials, DEFAULT_MAX_BYTES, S3Config, S3Source, S3Timeouts};
use watchme_testkit::S3Server;

pub(crate) const BUCKET: &str = "watchme-vault";
pub(crate) const REGION: &str = "us-east-1";

/// Credentials as they must never be printed.
pub(crate) const TOKEN: &str = "testkit/session+token";

/// The server's own keys, a pause of 1 ms between attempts, and patience with a slow machine.
pub(crate) fn config_for(endpoint: &str, spool_dir: &Path) -> S3Config {
    S3Config {
        bucket: BUCKET.to_owned(),
        region: Some(REGION.to_owned()),
        endpoint: Some(endpoint.to_owned()),
        credentials: keys(S3Server::ACCESS_KEY_ID, S3Server::SECRET_ACCESS_KEY),
        max_bytes: DEFAULT_MAX_BYTES,
        spool_dir: spool_dir.to_owned(),
        timeouts: S3Timeouts {
            connect: Duration::from_secs(10),
            stall: Duration::from_secs(20),
            attempt: Duration::from_mins(1),
            backoff: Duration::from_millis(1),
        },
        attempts: NonZeroU32::new(3).unwrap(),
    }
}

pub(crate) fn keys(access_key_id: &str, secret: &str) -> AwsCredentials {
    AwsCredentials::Static {
        access_key_id: access_key_id.to_owned(),
        secret_access_key: secret.into(),
        session_token: None,
    }
}

pub(crate) fn temporary_keys() -> AwsCredentials {
    AwsCredentials::Static {
        access_key_id: S3Server::ACCESS_KEY_ID.to_owned(),
        secret_access_key: S3Server::SECRET_ACCESS_KEY.into(),
        session_token: Some(TOKEN.into()),
    }
}

pub(crate) fn key(name: &str) -> ObjectKey {
    name.parse().unwrap()
}

/// A source and its spool folder.
pub(crate) struct Made {
    pub(crate) source: S3Source,
    pub(crate) spool: TempDir,
}

impl Made {
    pub(crate) async fn new(endpoint: &str, change: impl FnOnce(&mut S3Config)) -> Self {
        let spool = TempDir::new().unwrap();
        let mut config = config_for(endpoint, spool.path());
        change(&mut config);
        Self { source: S3Source::connect(config).await.unwrap(), spool }
    }

    pub(crate) async fn fetch(&self, name: &str) -> Result<FetchedAudio, SourceError> {
        self.source.fetch(&key(name)).await
    }

    /// The error of a fetch, which leaves no file and reveals no secret.
    pub(crate) async fn fetch_error(&self, name: &str) -> SourceError {
        let error = self.fetch(name).await.unwrap_err();
        assert_eq!(std::fs::read_dir(self.spool.path()).unwrap().count(), 0, "{error:?}");
        assert_tells_no_secret(&error);
        error
    }
}

pub(crate) fn assert_tells_no_secret(error: &SourceError) {
    let told = format!("{error:?} {}", ErrorChain(error));
    for secret in [S3Server::SECRET_ACCESS_KEY, S3Server::ACCESS_KEY_ID, TOKEN] {
        assert!(!told.contains(secret), "{told}");
    }
}

/// The reason of a refusal.
pub(crate) fn denied(error: &SourceError) -> &str {
    let SourceError::Denied { reason, .. } = error else { panic!("{error:?}") };
    reason
}
