//! Location of the bucket: the client, and the region it asks.

use std::sync::{PoisonError, RwLock};

use aws_sdk_s3::Client;
use aws_sdk_s3::config::timeout::TimeoutConfig;
use aws_sdk_s3::config::{Builder, Region, ResponseChecksumValidation};
use watchme_aws::{Identity, is_region};

use super::answer::{self, Answered};
use super::config::S3Config;

/// Client for the bucket's region, as far as that is known.
pub(super) struct Location {
    /// A plain lock: it is never held across an await.
    current: RwLock<Current>,
}

#[derive(Clone)]
struct Current {
    client: Client,
    region: Region,
    /// True if S3 sent us here.
    is_found: bool,
}

impl Location {
    pub(super) async fn connect(config: &S3Config) -> Self {
        let identity = Identity::resolve(&config.credentials, config.region.clone()).await;
        let client = Client::from_conf(client_settings(config, &identity).build());
        let region = identity.region;
        Self { current: RwLock::new(Current { client, region, is_found: false }) }
    }

    /// Returns the client, and the region that it asks.
    pub(super) fn client(&self) -> (Client, Region) {
        let Current { client, region, .. } = self.read();
        (client, region)
    }

    pub(super) fn region(&self) -> String {
        self.read().region.to_string()
    }

    /// Returns the region that S3 sent us to, if that was not the configured one.
    pub(super) fn found_region(&self) -> Option<String> {
        let current = self.read();
        current.is_found.then(|| current.region.to_string())
    }

    /// Moves to the region that the answer to a request in `asked` names, or else to the one that
    /// S3 names when asked. Returns false if there is no other region.
    pub(super) async fn follow(&self, bucket: &str, asked: &Region, answered: &Answered) -> bool {
        let region = match &answered.region {
            Some(region) => Some(region.clone()),
            None => self.ask_for_region(bucket).await,
        };
        let Some(region) = region.map(Region::new).filter(|region| region != asked) else {
            return false;
        };
        let mut current = self.current.write().unwrap_or_else(PoisonError::into_inner);
        // Another request may have gone there in the meantime.
        if region != current.region {
            let settings = current.client.config().to_builder().region(region.clone());
            let client = Client::from_conf(settings.build());
            *current = Current { client, region, is_found: true };
        }
        true
    }

    async fn ask_for_region(&self, bucket: &str) -> Option<String> {
        match self.read().client.head_bucket().bucket(bucket).send().await {
            Ok(answer) => answer.bucket_region.filter(|region| is_region(region)),
            Err(error) => error.raw_response().and_then(answer::region_of),
        }
    }

    fn read(&self) -> Current {
        self.current.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Returns the settings of a client, which are the same in every region.
fn client_settings(config: &S3Config, identity: &Identity) -> Builder {
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(config.timeouts.connect)
        .read_timeout(config.timeouts.stall)
        .build();
    let mut builder = Builder::from(&identity.client_settings(timeouts))
        .force_path_style(config.endpoint.is_some())
        .response_checksum_validation(ResponseChecksumValidation::WhenSupported);
    builder.set_endpoint_url(config.endpoint.clone());
    builder
}
