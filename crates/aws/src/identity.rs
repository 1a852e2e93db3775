//! Identity of a client, and the settings that follow from it.

use aws_config::retry::RetryConfig;
use aws_config::stalled_stream_protection::StalledStreamProtectionConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use secrecy::ExposeSecret;

use crate::AwsCredentials;

/// Region of requests if nothing names one: in this region S3 knows where every bucket is, and
/// programs that stand in for a service accept any.
const DEFAULT_REGION: Region = Region::from_static("us-east-1");

/// Signer of a client's requests, and what else its credentials say.
#[derive(Debug, Clone)]
pub struct Identity {
    /// Region of the requests.
    pub region: Region,
    /// Endpoint that the chain of credentials names.
    pub endpoint: Option<String>,
    signer: Option<SharedCredentialsProvider>,
}

impl Identity {
    /// Resolves the credentials. The region is `region`, or the chain's, or `us-east-1`.
    ///
    /// Makes no request, but the chain may ask the machine for the region of its role.
    pub async fn resolve(credentials: &AwsCredentials, region: Option<String>) -> Self {
        let region = region.map(Region::new);
        match credentials {
            AwsCredentials::Static { access_key_id, secret_access_key, session_token } => {
                let keys = Credentials::new(
                    access_key_id,
                    secret_access_key.expose_secret(),
                    session_token.as_ref().map(|token| token.expose_secret().to_owned()),
                    None,
                    "configured",
                );
                Self {
                    region: region.unwrap_or(DEFAULT_REGION),
                    endpoint: None,
                    signer: Some(SharedCredentialsProvider::new(keys)),
                }
            }
            AwsCredentials::DefaultChain { profile } => {
                let chain = load_chain(profile.as_deref(), region.clone()).await;
                Self {
                    region: region.or(chain.region().cloned()).unwrap_or(DEFAULT_REGION),
                    endpoint: chain.endpoint_url().map(str::to_owned),
                    signer: chain.credentials_provider(),
                }
            }
        }
    }

    /// Returns the settings of a client without an endpoint, without the SDK's own retries, and
    /// without its watch over bodies that stall: both are the caller's.
    #[must_use]
    pub fn client_settings(&self, timeouts: TimeoutConfig) -> SdkConfig {
        let mut settings = SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(self.region.clone())
            .timeout_config(timeouts)
            .retry_config(RetryConfig::disabled())
            .stalled_stream_protection(StalledStreamProtectionConfig::disabled());
        settings.set_credentials_provider(self.signer.clone());
        settings.build()
    }
}

async fn load_chain(profile: Option<&str>, region: Option<Region>) -> SdkConfig {
    let mut loader = aws_config::defaults(BehaviorVersion::latest());
    if let Some(profile) = profile {
        loader = loader.profile_name(profile);
    }
    if let Some(region) = region {
        // Otherwise the chain asks the machine it runs on.
        loader = loader.region(region);
    }
    loader.load().await
}

#[cfg(test)]
mod tests {
    use aws_credential_types::provider::ProvideCredentials;

    use super::*;

    fn keys() -> AwsCredentials {
        AwsCredentials::Static {
            access_key_id: "AKIATEST".to_owned(),
            secret_access_key: "hunter2".into(),
            session_token: Some("token".into()),
        }
    }

    #[tokio::test]
    async fn the_region_is_the_named_one_or_the_one_that_answers_everywhere() {
        let named = Identity::resolve(&keys(), Some("eu-north-1".to_owned())).await;
        assert_eq!(named.region.as_ref(), "eu-north-1");
        let unnamed = Identity::resolve(&keys(), None).await;
        assert_eq!((unnamed.region.as_ref(), unnamed.endpoint), ("us-east-1", None));
    }

    #[tokio::test]
    async fn requests_are_signed_with_the_keys_and_not_repeated() {
        let identity = Identity::resolve(&keys(), None).await;
        let settings = identity.client_settings(TimeoutConfig::builder().build());
        let signer = settings.credentials_provider().unwrap().provide_credentials().await.unwrap();
        assert_eq!((signer.access_key_id(), signer.session_token()), ("AKIATEST", Some("token")));
        assert_eq!(settings.retry_config(), Some(&RetryConfig::disabled()));
        assert!(!format!("{:?} {identity:?}", keys()).contains("hunter2"));
    }
}
