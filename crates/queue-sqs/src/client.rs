//! The client of one queue: who asks, where, and how long for.

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_sqs::Client;
use aws_sdk_sqs::config::retry::RetryConfig;
use aws_sdk_sqs::config::timeout::TimeoutConfig;
use aws_sdk_sqs::config::{Builder, Credentials, StalledStreamProtectionConfig};
use secrecy::ExposeSecret;
use watchme_core::QueueError;

use crate::{SqsConfig, SqsCredentials};

/// The region of requests where nothing names one: what stands in for SQS takes any.
const LAST_REGION: &str = "us-east-1";

/// A client for the queue. Makes no request, but may ask the machine for its role's region.
pub(crate) async fn connect(config: &SqsConfig) -> Result<Client, QueueError> {
    config.validate()?;
    // The URL first: a queue answers nowhere else than where it is.
    let url = &config.queue_url;
    let known =
        url.region().or(config.region.as_deref()).map(|region| Region::new(region.to_owned()));
    let (builder, chain) = credentials(&config.credentials, known.clone()).await;
    let chain_region = chain.as_ref().and_then(|chain| chain.region().cloned());
    let chain_endpoint = chain.as_ref().and_then(SdkConfig::endpoint_url);
    let endpoint = config.endpoint.as_deref().or(url.endpoint()).or(chain_endpoint);
    let mut builder = builder
        .behavior_version(BehaviorVersion::latest())
        .region(known.or(chain_region).unwrap_or(Region::from_static(LAST_REGION)))
        .timeout_config(TimeoutConfig::builder().connect_timeout(config.timeouts.connect).build())
        // Retries and the wait for an answer are ours alone.
        .retry_config(RetryConfig::disabled())
        .stalled_stream_protection(StalledStreamProtectionConfig::disabled());
    builder.set_endpoint_url(endpoint.map(str::to_owned));
    Ok(Client::from_conf(builder.build()))
}

/// A client's settings with what signs its requests, and what else the chain knows.
async fn credentials(
    credentials: &SqsCredentials,
    region: Option<Region>,
) -> (Builder, Option<SdkConfig>) {
    let mut builder = aws_sdk_sqs::Config::builder();
    match credentials {
        SqsCredentials::Static { access_key_id, secret_access_key, session_token } => {
            let credentials = Credentials::new(
                access_key_id,
                secret_access_key.expose_secret(),
                session_token.as_ref().map(|token| token.expose_secret().to_owned()),
                None,
                "configured",
            );
            (builder.credentials_provider(credentials), None)
        }
        SqsCredentials::DefaultChain { profile } => {
            let mut loader = aws_config::defaults(BehaviorVersion::latest());
            if let Some(profile) = profile {
                loader = loader.profile_name(profile);
            }
            if let Some(region) = region {
                // Otherwise the chain asks the machine it runs on.
                loader = loader.region(region);
            }
            let chain = loader.load().await;
            builder.set_credentials_provider(chain.credentials_provider());
            (builder, Some(chain))
        }
    }
}
