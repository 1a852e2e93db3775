//! Announcements from a queue.

use std::num::NonZeroUsize;
use std::time::Duration;

use async_trait::async_trait;
use aws_sdk_sqs::Client;
use aws_sdk_sqs::config::http::HttpResponse;
use aws_sdk_sqs::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_sqs::types::{Message, MessageSystemAttributeName};
use watchme_core::{AnnouncementQueue, Check, Delivery, QueueError, Receipt};

use crate::answer::failure;
use crate::meaning::Subject;
use crate::retry::{Failure, retrying};
use crate::{SqsConfig, announcement, check, client};

/// Largest number of messages that SQS hands out at once.
const MAX_BATCH: usize = 10;

/// Longest time that SQS waits for a message.
const MAX_WAIT: Duration = Duration::from_secs(20);

/// Longest time that SQS keeps a message invisible.
const MAX_VISIBILITY: Duration = Duration::from_hours(12);

/// An [`AnnouncementQueue`] in Amazon SQS.
#[derive(Debug)]
pub struct SqsQueue {
    client: Client,
    config: SqsConfig,
    bucket: Option<String>,
}

impl SqsQueue {
    /// Makes a queue of announcements about `bucket`, or about any. Makes no request; fails only
    /// if the configuration cannot work.
    pub async fn connect(config: SqsConfig, bucket: Option<String>) -> Result<Self, QueueError> {
        let client = client::connect(&config).await?;
        Ok(Self { client, config, bucket })
    }

    fn delivery(&self, message: Message) -> Option<Delivery> {
        let received = message
            .attributes()
            .and_then(|attributes| {
                attributes.get(&MessageSystemAttributeName::ApproximateReceiveCount)
            })
            .and_then(|count| count.parse().ok())
            .unwrap_or(1);
        let body = message.body.unwrap_or_default();
        Some(Delivery {
            message: message.message_id.unwrap_or_default(),
            // Without one, nothing can be done about the message, and nothing has to be.
            receipt: Receipt::new(message.receipt_handle?),
            received,
            announcement: announcement(&body, self.bucket.as_deref()),
        })
    }
}

#[async_trait]
impl AnnouncementQueue for SqsQueue {
    async fn receive(
        &self,
        limit: NonZeroUsize,
        wait: Duration,
        visibility: Duration,
    ) -> Result<Vec<Delivery>, QueueError> {
        let wait = wait.min(MAX_WAIT);
        // A repeated request with the same name is given the same messages again; without it,
        // messages of a lost answer would hold up their groups.
        let attempt_id =
            self.config.queue_url.is_fifo().then(|| format!("{:032x}", fastrand::u128(..)));
        let request = self
            .client
            .receive_message()
            .queue_url(self.config.queue_url.as_str())
            .max_number_of_messages(i32::try_from(limit.get().min(MAX_BATCH)).unwrap_or(1))
            .wait_time_seconds(seconds(wait))
            .visibility_timeout(seconds(visibility))
            .set_receive_request_attempt_id(attempt_id)
            .message_system_attribute_names(MessageSystemAttributeName::ApproximateReceiveCount);
        let answer = retrying(&self.config, wait, || {
            let request = request.clone();
            async { request.send().await.map_err(|error| failure(Subject::Queue, &error)) }
        });
        let messages = answer.await?.messages.unwrap_or_default();
        Ok(messages.into_iter().filter_map(|message| self.delivery(message)).collect())
    }

    async fn extend(&self, receipt: &Receipt, visibility: Duration) -> Result<(), QueueError> {
        let request = self
            .client
            .change_message_visibility()
            .queue_url(self.config.queue_url.as_str())
            .receipt_handle(receipt.as_str())
            .visibility_timeout(seconds(visibility));
        retrying(&self.config, Duration::ZERO, || about_receipt(request.clone().send())).await
    }

    async fn delete(&self, receipt: &Receipt) -> Result<(), QueueError> {
        let request = self
            .client
            .delete_message()
            .queue_url(self.config.queue_url.as_str())
            .receipt_handle(receipt.as_str());
        retrying(&self.config, Duration::ZERO, || about_receipt(request.clone().send())).await
    }

    async fn check(&self) -> Vec<Check> {
        check::announcements(&self.client, &self.config).await
    }
}

/// Sends a request about one delivery.
async fn about_receipt<T, E>(
    sending: impl Future<Output = Result<T, SdkError<E, HttpResponse>>>,
) -> Result<(), Failure>
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
{
    sending.await.map(drop).map_err(|error| failure(Subject::Receipt, &error))
}

/// Rounds up to whole seconds within SQS's limit. Zero means something else to SQS, so that a part
/// of a second is one.
fn seconds(duration: Duration) -> i32 {
    let capped = duration.min(MAX_VISIBILITY);
    let whole = capped.as_secs() + u64::from(capped.subsec_nanos() > 0);
    i32::try_from(whole).unwrap_or(i32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_of_a_second_is_a_second_and_half_a_day_is_the_most() {
        for (duration, expected) in [
            (Duration::ZERO, 0),
            (Duration::from_millis(1), 1),
            (Duration::from_secs(20), 20),
            (Duration::from_millis(20_001), 21),
            (Duration::MAX, 43_200),
        ] {
            assert_eq!(seconds(duration), expected, "{duration:?}");
        }
    }
}
