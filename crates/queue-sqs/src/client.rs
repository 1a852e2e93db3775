//! Client of one queue.

use aws_sdk_sqs::Client;
use aws_sdk_sqs::config::Builder;
use aws_sdk_sqs::config::timeout::TimeoutConfig;
use watchme_aws::Identity;
use watchme_core::QueueError;

use crate::SqsConfig;

/// Returns a client of the queue. Makes no request, but may ask the machine for its role's region.
pub(crate) async fn connect(config: &SqsConfig) -> Result<Client, QueueError> {
    config.validate()?;
    // The URL first: a queue answers nowhere else than where it is.
    let url = &config.queue_url;
    let region = url.region().or(config.region.as_deref()).map(str::to_owned);
    let timeouts = TimeoutConfig::builder().connect_timeout(config.timeouts.connect).build();
    let identity = Identity::resolve(&config.credentials, region).await;
    let endpoint = config.endpoint.as_deref().or(url.endpoint()).or(identity.endpoint.as_deref());
    let mut builder = Builder::from(&identity.client_settings(timeouts));
    builder.set_endpoint_url(endpoint.map(str::to_owned));
    Ok(Client::from_conf(builder.build()))
}
