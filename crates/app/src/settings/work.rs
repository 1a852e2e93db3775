//! Parses the settings of claims and queues.

use watchme_core::{Quarantine, RecordingStatus};
use watchme_queue_sqs::QueueUrl;

use super::{WorkSettings, parse};
use crate::reader::Reader;
use crate::variables as var;

pub(super) fn read(reader: &mut Reader<'_>) -> Option<WorkSettings> {
    let lease = reader.value(&var::LEASE_SECONDS, parse::waiting_seconds);
    let max_attempts = reader.value(&var::MAX_ATTEMPTS, parse::attempts);
    let status = reader.value(&var::QUARANTINE_STATUS, quarantine_status);
    let patience = reader.value(&var::PATIENCE_SECONDS, parse::seconds);
    let poll = reader.value(&var::POLL_SECONDS, parse::waiting_seconds);
    let queue = reader.optional(&var::QUEUE_URL, queue_url);
    let completed_queue = reader.optional(&var::COMPLETED_QUEUE_URL, queue_url);
    Some(WorkSettings {
        lease: lease?,
        quarantine: Quarantine { max_strikes: max_attempts?.get(), status: status? },
        patience: patience?,
        poll: poll?,
        queue: queue.ok()?,
        completed_queue: completed_queue.ok()?,
    })
}

fn queue_url(text: &str) -> Result<QueueUrl, String> {
    text.parse().map_err(|error: watchme_queue_sqs::ParseQueueUrlError| error.to_string())
}

/// Parses the status of quarantined rows. `completed` is refused: it would mean that there is a text.
fn quarantine_status(text: &str) -> Result<RecordingStatus, String> {
    let status = parse::word(text)?.parse().unwrap_or_else(|never| match never {});
    match status {
        RecordingStatus::Completed => Err("write another status, such as `failed`".to_owned()),
        status => Ok(status),
    }
}
