//! Recordings in an S3 bucket.

mod answer;
mod check;
mod config;
mod download;
mod location;
mod meaning;
mod retry;

use std::fmt;

use async_trait::async_trait;
use watchme_core::{AudioSource, Check, FetchedAudio, ObjectKey, SourceError};

pub use config::{S3Config, S3Timeouts};
use location::Location;

use crate::spool;

/// Recordings in an S3 bucket, spooled to temporary files.
///
/// One request fetches a recording. Its length is checked, and its content against the checksum
/// that is stored with it, or else against its `ETag` where that is an MD5. A bucket in another
/// region than the configured one is found and remembered.
pub struct S3Source {
    config: S3Config,
    location: Location,
}

impl S3Source {
    /// Makes a source of the objects in `config.bucket`, and deletes the spooled files that killed
    /// processes left behind. Fails with [`SourceError::Denied`] if the configuration cannot work.
    ///
    /// Makes no request to S3. The default chain of credentials may ask the network for the region
    /// of the machine it runs on.
    pub async fn connect(config: S3Config) -> Result<Self, SourceError> {
        config.validate()?;
        spool::sweep(&config.spool_dir).await;
        let location = Location::connect(&config).await;
        Ok(Self { config, location })
    }
}

#[async_trait]
impl AudioSource for S3Source {
    async fn fetch(&self, key: &ObjectKey) -> Result<FetchedAudio, SourceError> {
        self.retrying(|client| download::download(client, &self.config, key)).await
    }

    async fn check(&self) -> Vec<Check> {
        self.checks().await
    }
}

impl fmt::Debug for S3Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("S3Source")
            .field("config", &self.config)
            .field("region", &self.location.region())
            .finish_non_exhaustive()
    }
}
