//! Checks of a queue.

use std::collections::HashMap;
use std::time::Duration;

use aws_sdk_sqs::Client;
use aws_sdk_sqs::types::QueueAttributeName as Name;
use watchme_core::{Check, ErrorChain, QueueError};

use crate::SqsConfig;
use crate::answer::failure;
use crate::meaning::{NO_PERMISSION, Subject};
use crate::retry::retrying;

type Attributes = HashMap<Name, String>;

/// Checks a queue of announcements.
pub(crate) async fn announcements(client: &Client, config: &SqsConfig) -> Vec<Check> {
    let subject = subject_of(config);
    let attributes = match read_attributes(client, config).await {
        Ok(attributes) => attributes,
        Err(error) => return vec![unusable(subject, &error)],
    };
    let waiting = attributes.get(&Name::ApproximateNumberOfMessages).map_or("?", String::as_str);
    let mut checks = vec![Check::pass(subject, format!("there, with about {waiting} messages"))];
    let subject = "dead-letter queue";
    checks.push(if attributes.contains_key(&Name::RedrivePolicy) {
        Check::pass(subject, "takes what is received too often")
    } else {
        let finding = "there is none: a message that is not understood comes again for days";
        Check::warn(subject, finding, "give the queue a redrive policy, like deploy/aws does")
    });
    checks
}

/// Checks a queue of completions.
pub(crate) async fn completions(client: &Client, config: &SqsConfig) -> Vec<Check> {
    let subject = subject_of(config);
    vec![match read_attributes(client, config).await {
        Ok(_) => Check::pass(subject, "there"),
        Err(error) => unusable(subject, &error),
    }]
}

async fn read_attributes(client: &Client, config: &SqsConfig) -> Result<Attributes, QueueError> {
    let request = client
        .get_queue_attributes()
        .queue_url(config.queue_url.as_str())
        .attribute_names(Name::All);
    let answer = retrying(config, Duration::ZERO, || {
        let request = request.clone();
        async { request.send().await.map_err(|error| failure(Subject::Queue, &error)) }
    });
    Ok(answer.await?.attributes.unwrap_or_default())
}

fn subject_of(config: &SqsConfig) -> String {
    format!("queue `{}`", config.queue_url.name())
}

fn unusable(subject: String, error: &QueueError) -> Check {
    match error {
        // The work itself may still be allowed.
        QueueError::Denied { reason, .. } if reason == NO_PERMISSION => {
            let mend = "grant `sqs:GetQueueAttributes` on the queue, to tell the two apart";
            Check::warn(subject, "may not be looked at, or not used at all", mend)
        }
        QueueError::Denied { .. } => {
            let mend = "correct the queue's URL, its region or the credentials";
            Check::fail(subject, ErrorChain(error).to_string(), mend)
        }
        _ => {
            let mend = "check the network, or try again later";
            Check::fail(subject, ErrorChain(error).to_string(), mend)
        }
    }
}
