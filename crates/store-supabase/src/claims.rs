//! Claims: each method of the port as a call of a function of `supabase/migrations`.

use std::str::FromStr;
use std::time::Duration;

use async_trait::async_trait;
use serde_json::{Map, Value, json};
use watchme_core::{
    Claim, ClaimError, ClaimOrder, ClaimQuery, ClaimRecord, ClaimRequest, ClaimScope, ClaimStore,
    Completion, DeviceSummary, FailedAttempt, NextStep, ObjectKey, StoreError, Ticket,
};

use crate::answer::Row;
use crate::client::Client;
use crate::error::{BACKEND, NOTHING_WRITTEN, RequestError, denied};
use crate::ledger_rows;
use crate::listing::Listing;
use crate::rows::{self, RECORDINGS};
use crate::store::{SupabaseStore, filter_lists};

/// Table of claims.
pub(crate) const CLAIMS: &str = "transcription_claims";

/// Function that a project without the migration lacks.
pub(crate) const CLAIM: &str = "rpc/claim_transcriptions";

/// Advice for a project without claims.
pub(crate) const INSTALL: &str =
    "apply the files of `supabase/migrations` with `supabase db push` or in the SQL editor";

/// Outcome of a function that changes or ends a claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ended {
    Done,
    /// Done, and the ledger has the entry.
    Recorded,
    Quarantined,
}

#[async_trait]
impl ClaimStore for SupabaseStore {
    async fn claim(&self, request: &ClaimRequest) -> Result<Vec<Claim>, ClaimError> {
        let (scope, device, window, key) = match &request.scope {
            ClaimScope::Pending { device, window } => ("pending", device.as_ref(), *window, None),
            ClaimScope::Object(key) => ("object", None, None, Some(key)),
            ClaimScope::Again(key) => ("again", None, None, Some(key)),
        };
        let asked = json!({
            "owner": request.owner,
            "lease_seconds": request.lease.as_secs_f64(),
            "limit": request.limit,
            "scope": scope,
            "device_id": device.map(watchme_core::DeviceId::as_str),
            "from": window.map(|(from, _)| from.to_string()),
            "until": window.map(|(_, until)| until.to_string()),
            "object_key": key.map(ObjectKey::as_str),
            "marks_start": true,
            "newest_first": request.order == ClaimOrder::NewestFirst,
            "max_strikes": request.quarantine.max_strikes,
            "quarantine_status": request.quarantine.status.as_str(),
        });
        self.client().call(CLAIM, asked).await.map_err(refused)?.iter().map(claim).collect()
    }

    async fn renew(&self, ticket: &Ticket, lease: Duration) -> Result<(), ClaimError> {
        let asked = json!({ "lease_seconds": lease.as_secs_f64() });
        end(self.client(), "rpc/renew_transcription", ticket, asked).await.map(|_| ())
    }

    async fn start(&self, ticket: &Ticket, lease: Duration) -> Result<(), ClaimError> {
        // The engine waits for it. A project without the latest migration renews the lease, and
        // counts as before.
        let asked = json!({ "lease_seconds": lease.as_secs_f64(), "started": true });
        let client = self.client().impatient();
        end(&client, "rpc/renew_transcription", ticket, asked).await.map(|_| ())
    }

    async fn complete(&self, ticket: &Ticket, completion: &Completion) -> Result<(), ClaimError> {
        let Completion { slot, text, previous, entry } = completion;
        let mut asked = rows::transcript_body(slot, text);
        asked["previous"] = json!(previous);
        if let Some(entry) = entry {
            asked["ledger"] = ledger_rows::body(entry);
        }
        let ended = end(self.client(), "rpc/complete_transcription", ticket, asked).await?;
        if entry.is_some() && ended != Ended::Recorded {
            self.warn_of_no_ledger();
        }
        Ok(())
    }

    async fn fail(&self, ticket: &Ticket, attempt: &FailedAttempt) -> Result<NextStep, ClaimError> {
        let asked = json!({
            "kind": attempt.failure.kind.as_str(),
            "reason": attempt.failure.reason,
            "retry_seconds": attempt.retry_after.as_secs_f64(),
            "counts": attempt.counts,
            "max_strikes": attempt.quarantine.max_strikes,
            "quarantine_status": attempt.quarantine.status.as_str(),
        });
        match end(self.client(), "rpc/fail_transcription", ticket, asked).await? {
            Ended::Quarantined => Ok(NextStep::Quarantined),
            Ended::Done | Ended::Recorded => Ok(NextStep::Retry),
        }
    }

    async fn release(&self, ticket: &Ticket) -> Result<(), ClaimError> {
        end(self.client(), "rpc/release_transcription", ticket, json!({})).await.map(|_| ())
    }

    async fn claims(&self, query: &ClaimQuery) -> Result<Vec<ClaimRecord>, ClaimError> {
        let filters = match query {
            ClaimQuery::Quarantined => vec![("state", "eq.quarantined".to_owned())],
            ClaimQuery::Objects(keys) => {
                let lists = filter_lists(&keys.iter().cloned().collect());
                lists.into_iter().map(|list| ("object_key", list)).collect()
            }
        };
        let mut records = Vec::new();
        for filter in filters {
            // All columns: a project without the latest migration has fewer, which is no error.
            let (table, columns, order) = (CLAIMS, "*", &["object_key"][..]);
            let listing = Listing { table, columns, filters: vec![filter], order };
            let found = listing.read(self.client(), self.page_rows()).await.map_err(refused)?;
            for row in &found {
                records.push(record(row)?);
            }
        }
        records.sort_by(|a, b| a.object_key.cmp(&b.object_key));
        Ok(records)
    }

    async fn release_quarantined(&self, keys: &[ObjectKey]) -> Result<usize, ClaimError> {
        let keys: Vec<_> = keys.iter().map(ObjectKey::as_str).collect();
        let asked = json!({ "object_keys": keys });
        let released = self.client().call("rpc/release_quarantined_transcriptions", asked).await;
        Ok(released.map_err(refused)?.len())
    }

    async fn devices(&self) -> Result<Vec<DeviceSummary>, ClaimError> {
        let listing = Listing {
            table: "rpc/transcription_devices",
            columns: "*",
            filters: Vec::new(),
            order: &["device_id"],
        };
        let rows = listing.read(self.client(), self.page_rows()).await.map_err(refused)?;
        // A row without a valid id or time is an unreadable row wherever it is read.
        Ok(rows.iter().filter_map(|row| device(row).ok()).collect())
    }
}

/// Calls a function that changes or ends a claim, and reads its outcome.
async fn end(
    client: &Client,
    function: &'static str,
    ticket: &Ticket,
    mut asked: Value,
) -> Result<Ended, ClaimError> {
    asked["object_key"] = json!(ticket.object_key.as_str());
    asked["owner"] = json!(ticket.owner);
    asked["fence"] = json!(ticket.fence);
    let rows = client.call(function, asked).await.map_err(refused)?;
    let outcome = rows.first().and_then(|row| row.get("outcome")).and_then(Value::as_str);
    match outcome {
        Some("done") => Ok(Ended::Done),
        Some("recorded") => Ok(Ended::Recorded),
        Some("quarantined") => Ok(Ended::Quarantined),
        Some("lost") => Err(ClaimError::Lost),
        Some("text_changed") => Err(ClaimError::TextChanged),
        Some("no_row") => {
            let (table, reason) = (RECORDINGS, NOTHING_WRITTEN);
            Err(StoreError::NotWritten { backend: BACKEND, table, reason }.into())
        }
        _ => Err(odd(function).into()),
    }
}

/// Returns true if a project lacks the migration: there is no such function or table.
pub(crate) fn is_not_installed(error: &RequestError) -> bool {
    let RequestError::Refused(refusal) = error else { return false };
    matches!(refusal.code.as_deref(), Some("PGRST202" | "PGRST205" | "42P01" | "42883"))
}

fn refused(error: RequestError) -> ClaimError {
    if is_not_installed(&error) {
        return ClaimError::NotInstalled { backend: BACKEND, mend: INSTALL };
    }
    StoreError::from(error).into()
}

fn claim(row: &Row) -> Result<Claim, ClaimError> {
    let read = || {
        let ticket = Ticket {
            object_key: parsed(row, "object_key")?,
            owner: text_in(row, "owner")?.to_owned(),
            fence: row.get("fence")?.as_i64()?,
        };
        Some(Claim { ticket, attempt: count(row, "attempt")? })
    };
    Ok(read().ok_or_else(|| odd(CLAIM))?)
}

fn record(row: &Row) -> Result<ClaimRecord, ClaimError> {
    let read = || {
        Some(ClaimRecord {
            object_key: parsed(row, "object_key")?,
            state: parsed(row, "state")?,
            owner: text_in(row, "owner")?.to_owned(),
            attempts: count(row, "attempts")?,
            strikes: count(row, "strikes")?,
            is_started: row.get("started").and_then(Value::as_bool).unwrap_or(true),
            lease_until: parsed(row, "lease_until")?,
            next_attempt: parsed(row, "next_attempt")?,
            claimed_at: parsed(row, "claimed_at")?,
            finished_at: parsed(row, "finished_at"),
            last_error_kind: text_in(row, "last_error_kind").map(str::to_owned),
            last_error: text_in(row, "last_error").map(str::to_owned),
        })
    };
    Ok(read().ok_or_else(|| odd(CLAIMS))?)
}

fn device(row: &Row) -> Result<DeviceSummary, StoreError> {
    let read = || {
        Some(DeviceSummary {
            device: parsed(row, "device_id")?,
            recordings: count(row, "recordings")?,
            last_recorded_at: parsed(row, "last_recorded_at")?,
            pending: count(row, "pending")?,
            oldest_pending: parsed(row, "oldest_pending"),
            quarantined: count(row, "quarantined")?,
        })
    };
    read().ok_or_else(|| odd("rpc/transcription_devices"))
}

pub(crate) fn odd(place: &str) -> StoreError {
    denied(format!("`{place}` does not answer as the migrations define it; {INSTALL} again"))
}

fn text_in<'a>(row: &'a Map<String, Value>, column: &str) -> Option<&'a str> {
    row.get(column)?.as_str()
}

fn parsed<T: FromStr>(row: &Row, column: &str) -> Option<T> {
    text_in(row, column)?.parse().ok()
}

fn count(row: &Row, column: &str) -> Option<u32> {
    row.get(column)?.as_u64()?.try_into().ok()
}
