//! The claims of a pipeline: it claims before it fetches, and reports the end.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tracing::{info, warn};

use crate::domain::{
    Claim, ClaimOrder, ClaimQuery, ClaimRecord, ClaimRequest, ClaimScope, ClaimState, Completion,
    ErrorChain, FailedAttempt, Failure, FailureKind, NextStep, ObjectKey, Quarantine, Ticket,
};
use crate::ports::{ClaimError, ClaimStore, StoreError};
use crate::rules::{AfterFailure, PlannedObject, after_failure};

/// Settings of a pipeline that claims: the store, the owner's name, the lease.
#[derive(Debug, Clone)]
pub struct Claiming {
    /// Store of the claims. Its owner renews leases that must outlast [`Self::lease`], since
    /// nothing here has a clock.
    pub store: Arc<dyn ClaimStore>,
    /// Name of the worker that claims. Unique among all processes.
    pub owner: String,
    /// Time a claim holds unless it is renewed.
    pub lease: Duration,
    /// Treatment of a recording that was tried too often.
    pub quarantine: Quarantine,
}

impl Claiming {
    /// Returns the records of these objects: none, where the database keeps no claims.
    pub(crate) async fn records(
        &self,
        keys: Vec<ObjectKey>,
    ) -> Result<Vec<ClaimRecord>, StoreError> {
        if keys.is_empty() {
            return Ok(Vec::new());
        }
        match self.store.claims(&ClaimQuery::Objects(keys)).await {
            Ok(records) => Ok(records),
            Err(ClaimError::Store(error)) => Err(error),
            Err(_) => Ok(Vec::new()),
        }
    }
}

/// Answer to a claim.
#[derive(Debug)]
pub(super) enum Standing {
    /// It is ours.
    Claimed(Claim),
    /// The database keeps no claims: continue without.
    Unclaimed,
    /// Another worker completed it meanwhile.
    Completed,
    /// It is not ours, for this reason.
    Refused(Failure),
}

/// Claims of one run: [`Claiming`], and whether the database keeps claims at all.
#[derive(Debug)]
pub(super) struct Claims {
    how: Claiming,
    /// True if the database keeps no claims. Found out once in a run, not for each recording.
    is_absent: AtomicBool,
}

impl Claims {
    pub(super) fn new(how: Claiming) -> Self {
        Self { how, is_absent: AtomicBool::new(false) }
    }

    /// Claims an object that is asked for by its key.
    pub(super) async fn claim(&self, scope: ClaimScope) -> Standing {
        if self.is_absent.load(Ordering::Relaxed) {
            return Standing::Unclaimed;
        }
        let (ClaimScope::Object(key) | ClaimScope::Again(key)) = &scope else {
            // A run claims objects by their keys only.
            return Standing::Unclaimed;
        };
        let key = key.clone();
        match self.ask(scope).await {
            Ok(Some(claim)) => Standing::Claimed(claim),
            Ok(None) => self.why_not(&key).await,
            Err(standing) => standing,
        }
    }

    /// Claims an object unless it backs off. The scope names its row by device and time, which no
    /// other row shares: so the store itself decides whether the object is due, as it does for
    /// workers.
    pub(super) async fn claim_when_due(&self, object: &PlannedObject) -> Standing {
        if self.is_absent.load(Ordering::Relaxed) {
            return Standing::Unclaimed;
        }
        for row in &object.rows {
            let device = Some(row.id.device.clone());
            let window = Some(row.id.recorded_at.window());
            match self.ask(ClaimScope::Pending { device, window }).await {
                Ok(Some(claim)) if claim.ticket.object_key == object.key => {
                    return Standing::Claimed(claim);
                }
                // The row names another object since it was read.
                Ok(Some(claim)) => self.give_back(&claim).await,
                Ok(None) => {}
                Err(standing) => return standing,
            }
        }
        self.why_not(&object.key).await
    }

    async fn ask(&self, scope: ClaimScope) -> Result<Option<Claim>, Standing> {
        let request = ClaimRequest {
            owner: self.how.owner.clone(),
            lease: self.how.lease,
            limit: 1,
            scope,
            order: ClaimOrder::default(),
            quarantine: self.how.quarantine.clone(),
        };
        match self.how.store.claim(&request).await {
            Ok(mut claims) => Ok(claims.pop()),
            Err(ClaimError::NotInstalled { .. }) => {
                info!("the database keeps no claims; this machine works without");
                self.is_absent.store(true, Ordering::Relaxed);
                Err(Standing::Unclaimed)
            }
            Err(error) => Err(Standing::Refused(Failure::because(error.kind(), &error))),
        }
    }

    /// Saves a text and ends the claim.
    pub(super) async fn complete(
        &self,
        claim: &Claim,
        completion: &Completion,
    ) -> Result<(), ClaimError> {
        self.how.store.complete(&claim.ticket, completion).await
    }

    /// Ends the claim of a failed attempt, and returns true if the recording is given up. An error
    /// changes nothing for the caller: the lease runs out anyway.
    pub(super) async fn fail(&self, claim: &Claim, failure: &Failure) -> bool {
        let ticket = &claim.ticket;
        let (waits, number, counts) = match after_failure(failure.kind) {
            AfterFailure::Release => {
                self.give_back(claim).await;
                return false;
            }
            AfterFailure::Retry(waits) => (waits, claim.attempt, false),
            AfterFailure::Count(waits) => (waits, self.strikes(claim).await, true),
        };
        let retry_after = waits.pause(number, fastrand::f64());
        let quarantine = self.how.quarantine.clone();
        let attempt = FailedAttempt { failure: failure.clone(), retry_after, counts, quarantine };
        match self.how.store.fail(ticket, &attempt).await {
            Ok(NextStep::Quarantined) => {
                warn!(recording.key = %ticket.object_key, "recording quarantined after {} attempts", claim.attempt);
                true
            }
            Ok(NextStep::Retry) => false,
            Err(error) => {
                log(Err(error));
                false
            }
        }
    }

    /// Returns the start of the work on a claim, to be marked when its turn comes.
    pub(super) fn start_of(&self, claim: &Claim) -> Start {
        let Claiming { store, lease, .. } = &self.how;
        Start { store: store.clone(), ticket: claim.ticket.clone(), lease: *lease }
    }

    /// Gives a claim back that nobody will work on.
    pub(super) async fn give_back(&self, claim: &Claim) {
        log(self.how.store.release(&claim.ticket).await);
    }

    /// Returns the number of attempts that count, the one under way included.
    async fn strikes(&self, claim: &Claim) -> u32 {
        let query = ClaimQuery::Objects(vec![claim.ticket.object_key.clone()]);
        let record = self.how.store.claims(&query).await.ok().and_then(|mut found| found.pop());
        record.map_or(claim.attempt, |record| record.strikes)
    }

    /// Finds out why an object could not be claimed.
    async fn why_not(&self, key: &ObjectKey) -> Standing {
        let query = ClaimQuery::Objects(vec![key.clone()]);
        let record = match self.how.store.claims(&query).await {
            Ok(mut records) => records.pop(),
            Err(error) => return Standing::Refused(Failure::because(error.kind(), &error)),
        };
        let elsewhere =
            |reason| Standing::Refused(Failure::new(FailureKind::ClaimedElsewhere, reason));
        let Some(record) = record else {
            return elsewhere("its rows changed meanwhile; run again".to_owned());
        };
        match record.state {
            ClaimState::Completed => Standing::Completed,
            ClaimState::Quarantined => {
                let reason = record.last_error.unwrap_or_default();
                let reason = format!(
                    "quarantined after {} attempts; release it with `watchme quarantine release`, or name it to try it again: {reason}",
                    record.strikes
                );
                Standing::Refused(Failure::new(FailureKind::Quarantined, reason))
            }
            ClaimState::Waiting => elsewhere(format!(
                "an attempt failed; the next is not before {}",
                record.next_attempt
            )),
            ClaimState::Claimed => elsewhere(format!(
                "`{}` works on it, or is given up at {}",
                record.owner, record.lease_until
            )),
        }
    }
}

/// Start of the work on a claim.
#[derive(Debug)]
pub(super) struct Start {
    store: Arc<dyn ClaimStore>,
    ticket: Ticket,
    lease: Duration,
}

impl Start {
    /// Marks it. An error is no reason not to work: the attempt then counts only if it fails.
    pub(super) async fn mark(&self) {
        if let Err(error) = self.store.start(&self.ticket, self.lease).await {
            info!(reason = %ErrorChain(&error), "the start of the work could not be marked");
        }
    }
}

fn log(ended: Result<(), ClaimError>) {
    if let Err(error) = ended {
        info!(reason = %ErrorChain(&error), "the claim could not be ended; its lease runs out");
    }
}
