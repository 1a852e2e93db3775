//! Connects the queues that the settings name.

use std::sync::Arc;

use watchme_core::{AnnouncementQueue, CompletionSink, QueueError};
use watchme_queue_sqs::{
    AwsCredentials, QueueUrl, SqsCompletions, SqsConfig, SqsQueue, SqsTimeouts,
};

use crate::app::aws_credentials;
use crate::settings::{Settings, SourceSettings};

/// Connects a queue of announcements. Those of other buckets than the source's are malformed.
pub(crate) async fn announcements(
    url: QueueUrl,
    settings: &Settings,
) -> Result<Arc<dyn AnnouncementQueue>, QueueError> {
    let bucket = match &settings.source {
        SourceSettings::S3(s3) => Some(s3.bucket.clone()),
        SourceSettings::Folder { .. } => None,
    };
    Ok(Arc::new(SqsQueue::connect(config(url, settings), bucket).await?))
}

/// Connects a queue of completions.
pub(crate) async fn completions(
    url: QueueUrl,
    settings: &Settings,
) -> Result<Arc<dyn CompletionSink>, QueueError> {
    Ok(Arc::new(SqsCompletions::connect(config(url, settings)).await?))
}

/// Configures a queue with the bucket's region and credentials.
fn config(queue_url: QueueUrl, settings: &Settings) -> SqsConfig {
    let (region, credentials) = match &settings.source {
        SourceSettings::S3(s3) => (Some(s3.region.clone()), aws_credentials(s3)),
        SourceSettings::Folder { .. } => (None, AwsCredentials::DefaultChain { profile: None }),
    };
    SqsConfig {
        queue_url,
        region,
        endpoint: None,
        credentials,
        timeouts: SqsTimeouts::default(),
        attempts: SqsConfig::DEFAULT_ATTEMPTS,
    }
}
