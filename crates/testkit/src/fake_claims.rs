//! The claims of [`FakeStore`].

use std::collections::BTreeMap;
use std::time::Duration;

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use watchme_core::rules::{Claimable, claimable};
use watchme_core::{
    Claim, ClaimError, ClaimOrder, ClaimQuery, ClaimRecord, ClaimRequest, ClaimScope, ClaimState,
    ClaimStore, Completion, DeviceSummary, FailedAttempt, FailureKind, NextStep, ObjectKey,
    Quarantine, RecordingStatus, StoreError, Ticket,
};

use crate::FakeStore;
use crate::fake_store::{Operation, Row, Tables};

/// A claim with its fence.
#[derive(Debug, Clone)]
pub(crate) struct Held {
    record: ClaimRecord,
    fence: i64,
}

/// All claims ever made, by object key.
pub(crate) type Claims = BTreeMap<String, Held>;

#[async_trait]
impl ClaimStore for FakeStore {
    async fn claim(&self, request: &ClaimRequest) -> Result<Vec<Claim>, ClaimError> {
        let tables = &mut *self.tables();
        tables.check_claims()?;
        let now = Timestamp::now();
        let mut claims = Vec::new();
        for key in tables.candidates(request) {
            if claims.len() == request.limit {
                break;
            }
            let known = tables.claims.get(&key);
            let record = known.map(|held| &held.record);
            let (attempt, strike) =
                match claimable(record, &request.scope, &request.quarantine, now) {
                    Claimable::No => continue,
                    Claimable::TooOften => {
                        tables.quarantine(&key, &request.quarantine, now);
                        continue;
                    }
                    Claimable::Granted { attempt, strike } => (attempt, strike),
                };
            let fence = known.map_or(1, |held| held.fence + 1);
            let held = Held::new(&key, fence, (attempt, strike), request, now);
            claims.push(Claim { ticket: held.ticket(), attempt });
            tables.claims.insert(key, held);
        }
        Ok(claims)
    }

    async fn renew(&self, ticket: &Ticket, lease: Duration) -> Result<(), ClaimError> {
        let tables = &mut *self.tables();
        tables.check_claims()?;
        tables.held(ticket)?.record.lease_until = after(Timestamp::now(), lease);
        Ok(())
    }

    async fn start(&self, ticket: &Ticket, lease: Duration) -> Result<(), ClaimError> {
        let tables = &mut *self.tables();
        tables.check_claims()?;
        let record = &mut tables.held(ticket)?.record;
        record.lease_until = after(Timestamp::now(), lease);
        record.is_started = true;
        Ok(())
    }

    async fn complete(&self, ticket: &Ticket, completion: &Completion) -> Result<(), ClaimError> {
        let tables = &mut *self.tables();
        tables.check_claims()?;
        let key = ticket.object_key.as_str();
        if tables.claims.get(key).is_some_and(|held| {
            held.ticket() == *ticket && held.record.state == ClaimState::Completed
        }) {
            return Ok(());
        }
        tables.held(ticket)?;
        if tables.texts.get(&completion.slot) != completion.previous.as_ref() {
            return Err(ClaimError::TextChanged);
        }
        if !tables.rows.iter().any(|row| row.object_key == key) {
            let (backend, table, reason) =
                ("the fake store", "audio_files", "there is no such row");
            return Err(StoreError::NotWritten { backend, table, reason }.into());
        }
        tables.texts.insert(completion.slot.clone(), completion.text.clone());
        let (slot, text) = (completion.slot.clone(), completion.text.clone());
        tables.operations.push(Operation::Completed(slot, text));
        if let Some(entry) = &completion.entry {
            tables.keep(entry);
        }
        for row in tables.rows.iter_mut().filter(|row| row.object_key == key) {
            row.status = RecordingStatus::Completed;
        }
        let record = &mut tables.held(ticket)?.record;
        record.state = ClaimState::Completed;
        record.finished_at = Some(Timestamp::now());
        (record.last_error_kind, record.last_error) = (None, None);
        Ok(())
    }

    async fn fail(&self, ticket: &Ticket, attempt: &FailedAttempt) -> Result<NextStep, ClaimError> {
        let tables = &mut *self.tables();
        tables.check_claims()?;
        let now = Timestamp::now();
        let record = &mut tables.held(ticket)?.record;
        record.last_error_kind = Some(attempt.failure.kind.as_str().to_owned());
        record.last_error = Some(attempt.failure.reason.clone());
        record.finished_at = Some(now);
        if attempt.counts && record.strikes >= attempt.quarantine.max_strikes {
            record.state = ClaimState::Quarantined;
            tables.set_pending_rows(ticket.object_key.as_str(), &attempt.quarantine.status);
            return Ok(NextStep::Quarantined);
        }
        record.state = ClaimState::Waiting;
        record.next_attempt = after(now, attempt.retry_after);
        record.strikes -= u32::from(!attempt.counts);
        Ok(NextStep::Retry)
    }

    async fn release(&self, ticket: &Ticket) -> Result<(), ClaimError> {
        let tables = &mut *self.tables();
        tables.check_claims()?;
        let record = &mut tables.held(ticket)?.record;
        record.state = ClaimState::Waiting;
        record.next_attempt = Timestamp::now();
        record.attempts -= 1;
        record.strikes -= 1;
        Ok(())
    }

    async fn claims(&self, query: &ClaimQuery) -> Result<Vec<ClaimRecord>, ClaimError> {
        let tables = &mut *self.tables();
        tables.check_claims()?;
        let records = tables.claims.values().map(|held| &held.record);
        let named = records.filter(|record| match query {
            ClaimQuery::Objects(keys) => keys.contains(&record.object_key),
            ClaimQuery::Quarantined => record.state == ClaimState::Quarantined,
        });
        Ok(named.cloned().collect())
    }

    async fn release_quarantined(&self, keys: &[ObjectKey]) -> Result<usize, ClaimError> {
        let tables = &mut *self.tables();
        tables.check_claims()?;
        let mut released = 0;
        for key in keys {
            let Some(held) = tables.claims.get_mut(key.as_str()) else { continue };
            if held.record.state == ClaimState::Quarantined {
                held.record.state = ClaimState::Waiting;
                held.record.next_attempt = Timestamp::now();
                (held.record.attempts, held.record.strikes) = (0, 0);
                released += 1;
                for row in tables.rows.iter_mut().filter(|row| row.object_key == key.as_str()) {
                    if row.status != RecordingStatus::Completed {
                        row.status = RecordingStatus::Pending;
                    }
                }
            }
        }
        Ok(released)
    }

    async fn devices(&self) -> Result<Vec<DeviceSummary>, ClaimError> {
        let tables = &mut *self.tables();
        tables.check_claims()?;
        let mut by_device: BTreeMap<&str, Vec<&Row>> = BTreeMap::new();
        for row in tables.in_order(|_| true) {
            by_device.entry(&row.device).or_default().push(row);
        }
        let is_quarantined = |key: &str| {
            tables.claims.get(key).is_some_and(|held| held.record.state == ClaimState::Quarantined)
        };
        let summaries = by_device.into_iter().filter_map(|(device, rows)| {
            let pending = || rows.iter().filter(|row| row.status == RecordingStatus::Pending);
            let mut keys: Vec<&str> = rows.iter().map(|row| row.object_key.as_str()).collect();
            keys.sort_unstable();
            keys.dedup();
            Some(DeviceSummary {
                device: device.parse().ok()?,
                recordings: count(rows.iter()),
                last_recorded_at: rows.last()?.recorded_at.clone(),
                pending: count(pending()),
                oldest_pending: pending().next().map(|row| row.recorded_at.clone()),
                quarantined: count(keys.into_iter().filter(|key| is_quarantined(key))),
            })
        });
        Ok(summaries.collect())
    }
}

impl FakeStore {
    /// Takes the claims away, as in a database without the migration.
    pub fn remove_claims(&self) {
        self.tables().has_no_claims = true;
    }

    /// Makes the next `count` calls about claims fail with `error`, and change nothing.
    pub fn fail_claims(&self, count: usize, error: impl Fn() -> StoreError + Send + 'static) {
        self.tables().claims_to_fail.set(count, error);
    }
}

impl Held {
    fn new(
        key: &str,
        fence: i64,
        (attempts, strikes): (u32, u32),
        request: &ClaimRequest,
        now: Timestamp,
    ) -> Self {
        let record = ClaimRecord {
            object_key: key.parse().expect("an object key"),
            state: ClaimState::Claimed,
            owner: request.owner.clone(),
            attempts,
            strikes,
            is_started: false,
            lease_until: after(now, request.lease),
            next_attempt: now,
            claimed_at: now,
            finished_at: None,
            last_error_kind: None,
            last_error: None,
        };
        Self { record, fence }
    }

    fn ticket(&self) -> Ticket {
        Ticket {
            object_key: self.record.object_key.clone(),
            owner: self.record.owner.clone(),
            fence: self.fence,
        }
    }
}

impl Tables {
    fn check_claims(&mut self) -> Result<(), ClaimError> {
        if self.has_no_claims {
            return Err(ClaimError::NotInstalled { backend: "the fake store", mend: "add them" });
        }
        Ok(self.claims_to_fail.check()?)
    }

    /// Returns the objects that a request may name, in the order it asks for.
    fn candidates(&self, request: &ClaimRequest) -> Vec<String> {
        let mut rows = self.in_order(|row| match &request.scope {
            ClaimScope::Again(key) => row.object_key == key.as_str(),
            _ if row.status != RecordingStatus::Pending || row.object_key.is_empty() => false,
            ClaimScope::Object(key) => row.object_key == key.as_str(),
            ClaimScope::Pending { device, window } => {
                let instant = row.recorded_at.instant();
                device.as_ref().is_none_or(|device| row.device == device.as_str())
                    && window.is_none_or(|(from, until)| from <= instant && instant < until)
            }
        });
        if request.order == ClaimOrder::NewestFirst {
            rows.reverse();
        }
        let mut keys: Vec<String> = Vec::new();
        for row in rows {
            if !keys.contains(&row.object_key) {
                keys.push(row.object_key.clone());
            }
        }
        keys
    }

    /// Returns the claim of a ticket, while it holds.
    fn held(&mut self, ticket: &Ticket) -> Result<&mut Held, ClaimError> {
        self.claims
            .get_mut(ticket.object_key.as_str())
            .filter(|held| held.ticket() == *ticket && held.record.state == ClaimState::Claimed)
            .ok_or(ClaimError::Lost)
    }

    fn quarantine(&mut self, key: &str, quarantine: &Quarantine, now: Timestamp) {
        if let Some(held) = self.claims.get_mut(key) {
            held.record.state = ClaimState::Quarantined;
            held.record.finished_at = Some(now);
            held.record.last_error_kind = Some(FailureKind::ClaimLost.as_str().to_owned());
            held.record.last_error = Some("the lease ran out each time".to_owned());
        }
        self.set_pending_rows(key, &quarantine.status);
    }

    fn set_pending_rows(&mut self, key: &str, status: &RecordingStatus) {
        let is_pending =
            |row: &&mut Row| row.object_key == key && row.status == RecordingStatus::Pending;
        for row in self.rows.iter_mut().filter(is_pending) {
            row.status = status.clone();
        }
    }
}

fn after(now: Timestamp, wait: Duration) -> Timestamp {
    now + SignedDuration::try_from(wait).expect("a wait of a test")
}

fn count(items: impl Iterator) -> u32 {
    u32::try_from(items.count()).expect("the few rows of a test")
}
