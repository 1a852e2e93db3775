//! Where the bucket is: the client, and the region it speaks to.

use std::sync::{PoisonError, RwLock};

use aws_config::{BehaviorVersion, Region};
use aws_sdk_s3::Client;
use aws_sdk_s3::config::retry::RetryConfig;
use aws_sdk_s3::config::timeout::TimeoutConfig;
use aws_sdk_s3::config::{
    Builder, Credentials, ResponseChecksumValidation, SharedCredentialsProvider,
    StalledStreamProtectionConfig,
};
use secrecy::ExposeSecret;

use super::answer::{self, Answered};
use super::config::{S3Config, S3Credentials};

/// The region that knows where every bucket is.
const FIRST_REGION: &str = "us-east-1";

/// The client for the bucket's region, as far as that is known.
pub(super) struct Location {
    /// A plain lock: it is never held across an await.
    current: RwLock<Current>,
}

#[derive(Clone)]
struct Current {
    client: Client,
    region: Region,
    /// Whether S3 sent us here.
    is_found: bool,
}

impl Location {
    pub(super) async fn connect(config: &S3Config) -> Self {
        let wanted = config.region.clone().map(Region::new);
        let (provider, chain_region) = credentials(&config.credentials, wanted.clone()).await;
        let region = wanted.or(chain_region).unwrap_or(Region::from_static(FIRST_REGION));
        let mut builder = client_settings(config).region(region.clone());
        builder.set_credentials_provider(provider);
        let client = Client::from_conf(builder.build());
        Self { current: RwLock::new(Current { client, region, is_found: false }) }
    }

    /// The client, and the region that it asks in.
    pub(super) fn client(&self) -> (Client, Region) {
        let Current { client, region, .. } = self.read();
        (client, region)
    }

    pub(super) fn region(&self) -> String {
        self.read().region.to_string()
    }

    /// The region that S3 sent us to, where that was not the configured one.
    pub(super) fn found_region(&self) -> Option<String> {
        let current = self.read();
        current.is_found.then(|| current.region.to_string())
    }

    /// Goes to the region that the answer to a request in `asked` names, or else the one that
    /// S3 tells when asked. Answers whether there is another region to go to.
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
            Ok(answer) => answer.bucket_region.filter(|region| answer::is_region(region)),
            Err(error) => error.raw_response().and_then(answer::region_of),
        }
    }

    fn read(&self) -> Current {
        self.current.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// What is the same in every region.
fn client_settings(config: &S3Config) -> Builder {
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(config.timeouts.connect)
        .read_timeout(config.timeouts.stall)
        .build();
    let mut builder = aws_sdk_s3::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .force_path_style(config.endpoint.is_some())
        .response_checksum_validation(ResponseChecksumValidation::WhenSupported)
        .timeout_config(timeouts)
        // Retries are ours alone, around the whole download: the SDK's end where a body begins.
        .retry_config(RetryConfig::disabled())
        // So is the wait for a body that stalls.
        .stalled_stream_protection(StalledStreamProtectionConfig::disabled());
    builder.set_endpoint_url(config.endpoint.clone());
    builder
}

/// Who signs the requests, and the region that the chain names.
async fn credentials(
    credentials: &S3Credentials,
    region: Option<Region>,
) -> (Option<SharedCredentialsProvider>, Option<Region>) {
    match credentials {
        S3Credentials::Static { access_key_id, secret_access_key, session_token } => {
            let credentials = Credentials::new(
                access_key_id,
                secret_access_key.expose_secret(),
                session_token.as_ref().map(|token| token.expose_secret().to_owned()),
                None,
                "configured",
            );
            (Some(SharedCredentialsProvider::new(credentials)), None)
        }
        S3Credentials::DefaultChain { profile } => {
            let mut loader = aws_config::defaults(BehaviorVersion::latest());
            if let Some(profile) = profile {
                loader = loader.profile_name(profile);
            }
            if let Some(region) = region {
                // Otherwise the chain asks the machine it runs on.
                loader = loader.region(region);
            }
            let chain = loader.load().await;
            (chain.credentials_provider(), chain.region().cloned())
        }
    }
}
