//! What concerns claims.

use watchme_core::{Quarantine, RecordingStatus};

use super::{WorkSettings, parse};
use crate::reader::Reader;
use crate::variables as var;

pub(super) fn work(reader: &mut Reader<'_>) -> Option<WorkSettings> {
    let lease = reader.value(&var::LEASE_SECONDS, parse::waiting_seconds);
    let max_attempts = reader.value(&var::MAX_ATTEMPTS, parse::attempts);
    let status = reader.value(&var::QUARANTINE_STATUS, quarantine_status);
    let patience = reader.value(&var::PATIENCE_SECONDS, parse::seconds);
    let poll = reader.value(&var::POLL_SECONDS, parse::waiting_seconds);
    Some(WorkSettings {
        lease: lease?,
        quarantine: Quarantine { max_strikes: max_attempts?.get(), status: status? },
        patience: patience?,
        poll: poll?,
    })
}

/// Not `completed`: that would say that there is a text.
fn quarantine_status(text: &str) -> Result<RecordingStatus, String> {
    let status = parse::word(text)?.parse().unwrap_or_else(|never| match never {});
    match status {
        RecordingStatus::Completed => Err("write another status, as `failed`".to_owned()),
        status => Ok(status),
    }
}
