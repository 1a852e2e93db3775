//! Claims: each method of the port as one transaction.

use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use rusqlite::{Connection, Transaction, TransactionBehavior, params};
use watchme_core::rules::{Claimable, claimable};
use watchme_core::{
    Claim, ClaimError, ClaimOrder, ClaimQuery, ClaimRecord, ClaimRequest, ClaimScope, ClaimState,
    ClaimStore, Completion, DeviceSummary, FailedAttempt, FailureKind, NextStep, ObjectKey,
    Quarantine, RecordingStatus, StoreError, Ticket,
};

use crate::claim_rows::{self, RECORD, Standing};
use crate::store::{SqliteStore, UPSERT_TEXT};
use crate::{error, ledger, rows};

#[async_trait]
impl ClaimStore for SqliteStore {
    async fn claim(&self, request: &ClaimRequest) -> Result<Vec<Claim>, ClaimError> {
        let request = request.clone();
        Ok(self.alone(move |transaction| claim(transaction, &request)).await?)
    }

    async fn renew(&self, ticket: &Ticket, lease: Duration) -> Result<(), ClaimError> {
        let ticket = ticket.clone();
        self.alone(move |transaction| {
            update_held(
                transaction,
                &ticket,
                "lease_until_us = ?4",
                &[&after(Timestamp::now(), lease)],
            )
        })
        .await?
    }

    async fn start(&self, ticket: &Ticket, lease: Duration) -> Result<(), ClaimError> {
        const STARTED: &str = "started = 1, lease_until_us = ?4";
        let ticket = ticket.clone();
        self.alone(move |transaction| {
            update_held(transaction, &ticket, STARTED, &[&after(Timestamp::now(), lease)])
        })
        .await?
    }

    async fn complete(&self, ticket: &Ticket, completion: &Completion) -> Result<(), ClaimError> {
        let (ticket, completion) = (ticket.clone(), completion.clone());
        self.alone(move |transaction| complete(transaction, &ticket, &completion)).await?
    }

    async fn fail(&self, ticket: &Ticket, attempt: &FailedAttempt) -> Result<NextStep, ClaimError> {
        let (ticket, attempt) = (ticket.clone(), attempt.clone());
        self.alone(move |transaction| fail(transaction, &ticket, &attempt)).await?
    }

    async fn release(&self, ticket: &Ticket) -> Result<(), ClaimError> {
        const RELEASED: &str = "state = 'waiting', next_attempt_us = ?4,
            attempts = attempts - 1, strikes = strikes - 1";
        let ticket = ticket.clone();
        self.alone(move |transaction| {
            let now = Timestamp::now().as_microsecond();
            update_held(transaction, &ticket, RELEASED, &[&now])
        })
        .await?
    }

    async fn claims(&self, query: &ClaimQuery) -> Result<Vec<ClaimRecord>, ClaimError> {
        let query = query.clone();
        Ok(self.with(move |connection| claim_rows::records(connection, &query)).await?)
    }

    async fn release_quarantined(&self, keys: &[ObjectKey]) -> Result<usize, ClaimError> {
        const RELEASE: &str = "
            UPDATE transcription_claims
            SET state = 'waiting', attempts = 0, strikes = 0, next_attempt_us = ?2
            WHERE object_key = ?1 AND state = 'quarantined'";
        const PUT_BACK: &str = "
            UPDATE audio_files SET transcriptions_status = 'pending'
            WHERE file_path = ?1 AND transcriptions_status <> 'completed'";
        let keys = keys.to_vec();
        let released = self.alone(move |transaction| {
            let now = Timestamp::now().as_microsecond();
            let mut released = 0;
            for key in &keys {
                let key = key.as_str();
                if transaction.prepare_cached(RELEASE)?.execute(params![key, now])? > 0 {
                    released += 1;
                    transaction.prepare_cached(PUT_BACK)?.execute(params![key])?;
                }
            }
            Ok(released)
        });
        Ok(released.await?)
    }

    async fn devices(&self) -> Result<Vec<DeviceSummary>, ClaimError> {
        Ok(self.with(|connection| claim_rows::devices(connection)).await?)
    }
}

impl SqliteStore {
    /// Runs `work` in a transaction that nobody else writes beside, and commits it.
    pub(crate) async fn alone<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.with(move |connection: &mut Connection| {
            let transaction =
                connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let done = work(&transaction)?;
            transaction.commit()?;
            Ok(done)
        })
        .await
    }
}

fn claim(transaction: &Transaction<'_>, request: &ClaimRequest) -> rusqlite::Result<Vec<Claim>> {
    const CLAIM: &str = "
        INSERT INTO transcription_claims
            (object_key, owner, fence, state, attempts, strikes, started, lease_until_us,
             next_attempt_us, claimed_at_us)
        VALUES (?1, ?2, 1, 'claimed', ?3, ?4, 0, ?5, ?6, ?6)
        ON CONFLICT (object_key) DO UPDATE SET
            owner = excluded.owner, fence = fence + 1, state = 'claimed',
            attempts = excluded.attempts, strikes = excluded.strikes, started = 0,
            lease_until_us = excluded.lease_until_us,
            next_attempt_us = excluded.next_attempt_us,
            claimed_at_us = excluded.claimed_at_us, finished_at_us = NULL,
            last_error_kind = CASE excluded.attempts WHEN 1 THEN NULL ELSE last_error_kind END,
            last_error = CASE excluded.attempts WHEN 1 THEN NULL ELSE last_error END
        RETURNING fence";
    let now = Timestamp::now();
    let mut claims = Vec::new();
    for (key, granted) in candidates(transaction, request, now)? {
        let Some((attempt, strike)) = granted else {
            quarantine_unfinished(transaction, &key, &request.quarantine, now)?;
            continue;
        };
        let owner = request.owner.clone();
        let values = params![
            key.as_str(),
            owner,
            attempt,
            strike,
            after(now, request.lease),
            now.as_microsecond()
        ];
        let fence = transaction.prepare_cached(CLAIM)?.query_row(values, |row| row.get(0))?;
        let ticket = Ticket { object_key: key, owner, fence };
        claims.push(Claim { ticket, attempt });
    }
    Ok(claims)
}

/// Objects to claim, each with the numbers of its attempt and of its strike; `None` if it is to be
/// quarantined.
type Candidates = Vec<(ObjectKey, Option<(u32, u32)>)>;

fn candidates(
    transaction: &Transaction<'_>,
    request: &ClaimRequest,
    now: Timestamp,
) -> rusqlite::Result<Candidates> {
    let direction = match request.order {
        ClaimOrder::OldestFirst => "ASC",
        ClaimOrder::NewestFirst => "DESC",
    };
    // The status is written into the statement so that SQLite uses the partial index.
    let condition = match &request.scope {
        ClaimScope::Again(_) => "file_path = ?1",
        ClaimScope::Object(_) => "transcriptions_status = 'pending' AND file_path = ?1",
        ClaimScope::Pending { .. } => {
            "transcriptions_status = 'pending' AND (?1 IS NULL OR device_id = ?1)"
        }
    };
    let statement = format!(
        "SELECT {RECORD}, file_path FROM audio_files
         LEFT JOIN transcription_claims ON object_key = file_path
         WHERE {condition} AND recorded_at_us >= ?2 AND recorded_at_us < ?3
         ORDER BY recorded_at_us {direction}, device_id {direction}"
    );
    let (name, window) = match &request.scope {
        ClaimScope::Again(key) | ClaimScope::Object(key) => (Some(key.as_str()), None),
        ClaimScope::Pending { device, window } => {
            (device.as_ref().map(watchme_core::DeviceId::as_str), *window)
        }
    };
    let (from, until) = window.map_or((i64::MIN, i64::MAX), |(from, until)| {
        (from.as_microsecond(), until.as_microsecond())
    });

    let mut statement = transaction.prepare_cached(&statement)?;
    let mut rows = statement.query(params![name, from, until])?;
    let mut candidates: Candidates = Vec::new();
    let mut granted = 0;
    while let Some(row) = rows.next()?
        && granted < request.limit
    {
        // A row without a usable key is no work: whoever reads the day sees it as unreadable.
        let Ok(key) = row.get::<_, String>("file_path")?.parse::<ObjectKey>() else { continue };
        if candidates.iter().any(|(known, _)| *known == key) {
            continue;
        }
        let record = claim_rows::read_record(row)?;
        let numbers = match claimable(record.as_ref(), &request.scope, &request.quarantine, now) {
            Claimable::No => continue,
            Claimable::TooOften => None,
            Claimable::Granted { attempt, strike } => Some((attempt, strike)),
        };
        granted += usize::from(numbers.is_some());
        candidates.push((key, numbers));
    }
    Ok(candidates)
}

fn complete(
    transaction: &Transaction<'_>,
    ticket: &Ticket,
    completion: &Completion,
) -> rusqlite::Result<Result<(), ClaimError>> {
    const MARK: &str = "
        UPDATE audio_files SET transcriptions_status = 'completed' WHERE file_path = ?1";
    const END: &str = "state = 'completed', finished_at_us = ?4,
        last_error_kind = NULL, last_error = NULL";
    match claim_rows::standing(transaction, ticket)? {
        Standing::Held => {}
        Standing::Completed => return Ok(Ok(())),
        Standing::Lost => return Ok(Err(ClaimError::Lost)),
    }
    let Completion { slot, text, previous, entry } = completion;
    if rows::saved_text(transaction, slot)? != *previous {
        return Ok(Err(ClaimError::TextChanged));
    }
    if transaction.prepare_cached(MARK)?.execute(params![ticket.object_key.as_str()])? == 0 {
        return Ok(Err(error::no_such_row().into()));
    }
    let (device, date) = (slot.device.as_str(), slot.date.to_string());
    let values = params![device, date, slot.block.to_string(), text];
    transaction.prepare_cached(UPSERT_TEXT)?.execute(values)?;
    if let Some(entry) = entry {
        ledger::keep(transaction, entry)?;
    }
    update_held(transaction, ticket, END, &[&Timestamp::now().as_microsecond()])
}

fn fail(
    transaction: &Transaction<'_>,
    ticket: &Ticket,
    attempt: &FailedAttempt,
) -> rusqlite::Result<Result<NextStep, ClaimError>> {
    const FAILED: &str = "finished_at_us = ?4, last_error_kind = ?5, last_error = ?6,
        next_attempt_us = ?7, strikes = strikes - ?8, state = CASE
            WHEN ?8 = 0 AND strikes >= ?9 THEN 'quarantined' ELSE 'waiting' END";
    const STATE: &str = "SELECT state FROM transcription_claims WHERE object_key = ?1";
    let now = Timestamp::now();
    let failed = update_held(
        transaction,
        ticket,
        FAILED,
        &[
            &now.as_microsecond(),
            &attempt.failure.kind.as_str(),
            &attempt.failure.reason,
            &after(now, attempt.retry_after),
            &i64::from(!attempt.counts),
            &attempt.quarantine.max_strikes,
        ],
    )?;
    if let Err(error) = failed {
        return Ok(Err(error));
    }
    let key = &ticket.object_key;
    let state: String =
        transaction.prepare_cached(STATE)?.query_row(params![key.as_str()], |row| row.get(0))?;
    if state != ClaimState::Quarantined.as_str() {
        return Ok(Ok(NextStep::Retry));
    }
    set_pending_rows(transaction, key, &attempt.quarantine.status)?;
    Ok(Ok(NextStep::Quarantined))
}

/// Quarantines an object whose lease ran out on its last attempt.
fn quarantine_unfinished(
    transaction: &Transaction<'_>,
    key: &ObjectKey,
    quarantine: &Quarantine,
    now: Timestamp,
) -> rusqlite::Result<()> {
    const QUARANTINE: &str = "
        UPDATE transcription_claims
        SET state = 'quarantined', finished_at_us = ?2, last_error_kind = ?3, last_error = ?4
        WHERE object_key = ?1";
    let kind = FailureKind::ClaimLost.as_str();
    let values = params![key.as_str(), now.as_microsecond(), kind, claim_rows::LEASE_RAN_OUT];
    transaction.prepare_cached(QUARANTINE)?.execute(values)?;
    set_pending_rows(transaction, key, &quarantine.status)
}

fn set_pending_rows(
    transaction: &Transaction<'_>,
    key: &ObjectKey,
    status: &RecordingStatus,
) -> rusqlite::Result<()> {
    const SET: &str = "
        UPDATE audio_files SET transcriptions_status = ?2
        WHERE file_path = ?1 AND transcriptions_status = 'pending'";
    let values = params![key.as_str(), status.as_str()];
    transaction.prepare_cached(SET)?.execute(values).map(|_| ())
}

/// Sets columns of a claim while it holds. `values` are `?4` and on.
fn update_held(
    transaction: &Transaction<'_>,
    ticket: &Ticket,
    columns: &str,
    values: &[&dyn rusqlite::ToSql],
) -> rusqlite::Result<Result<(), ClaimError>> {
    let statement = format!(
        "UPDATE transcription_claims SET {columns}
         WHERE object_key = ?1 AND owner = ?2 AND fence = ?3 AND state = 'claimed'"
    );
    let key = ticket.object_key.as_str();
    let mut all: Vec<&dyn rusqlite::ToSql> = vec![&key, &ticket.owner, &ticket.fence];
    all.extend(values);
    let changed = transaction.prepare_cached(&statement)?.execute(&all[..])?;
    Ok(if changed == 0 { Err(ClaimError::Lost) } else { Ok(()) })
}

/// Returns the instant `wait` after `now`, as the columns have it.
fn after(now: Timestamp, wait: Duration) -> i64 {
    let wait = i64::try_from(wait.as_micros()).unwrap_or(i64::MAX);
    now.as_microsecond().saturating_add(wait)
}
