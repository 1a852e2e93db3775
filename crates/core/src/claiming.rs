//! How the pipeline claims: asks before it fetches, tells how it ended.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tracing::{info, warn};

use crate::rules::{AfterFailure, PlannedObject, after_failure};
use crate::{
    Claim, ClaimError, ClaimOrder, ClaimQuery, ClaimRecord, ClaimRequest, ClaimScope, ClaimState,
    ClaimStore, Completion, ErrorChain, FailedAttempt, Failure, FailureKind, NextStep, ObjectKey,
    Quarantine, StoreError,
};

/// What tells two times of `recorded_at` apart: PostgreSQL keeps microseconds.
const FINEST: SignedDuration = SignedDuration::from_micros(1);

/// Under which name and for how long a pipeline claims.
#[derive(Debug, Clone)]
pub struct Claiming {
    /// Where claims are kept. Leases that outlast [`Self::lease`] are renewed by whoever owns
    /// this, since nothing here knows what time it is.
    pub store: Arc<dyn ClaimStore>,
    /// Who claims. Unique among all processes.
    pub owner: String,
    /// How long a claim holds unless it is renewed.
    pub lease: Duration,
    /// What happens to a recording that was tried too often.
    pub quarantine: Quarantine,
}

impl Claiming {
    /// What is known of these objects: nothing, where the database keeps no claims.
    pub(crate) async fn known(&self, keys: Vec<ObjectKey>) -> Result<Vec<ClaimRecord>, StoreError> {
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

/// What came of asking for an object.
#[derive(Debug)]
pub(crate) enum Standing {
    /// It is ours.
    Claimed(Claim),
    /// The database keeps no claims: go on without.
    Unclaimed,
    /// Another worker completed it meanwhile.
    Completed,
    /// It is not ours, and this is why.
    Refused(Failure),
}

/// A pipeline's claims: [`Claiming`], and what was learned of the database.
#[derive(Debug)]
pub(crate) struct Claims {
    how: Claiming,
    /// Asked once in a run, not for each recording.
    is_absent: AtomicBool,
}

impl Claims {
    pub(crate) fn new(how: Claiming) -> Self {
        Self { how, is_absent: AtomicBool::new(false) }
    }

    pub(crate) async fn claim(&self, scope: ClaimScope) -> Standing {
        if self.is_absent.load(Ordering::Relaxed) {
            return Standing::Unclaimed;
        }
        let (ClaimScope::Object(key) | ClaimScope::Again(key)) = &scope else {
            // What is claimed for a run has a name.
            return Standing::Unclaimed;
        };
        let key = key.clone();
        match self.ask(scope).await {
            Ok(Some(claim)) => Standing::Claimed(claim),
            Ok(None) => self.why_not(&key).await,
            Err(standing) => standing,
        }
    }

    /// Claims an object unless it backs off. A row is named by device and time, which no other row
    /// has: so the store itself decides whether its time has come, as it does for workers.
    pub(crate) async fn claim_in_its_time(&self, object: &PlannedObject) -> Standing {
        if self.is_absent.load(Ordering::Relaxed) {
            return Standing::Unclaimed;
        }
        for row in &object.rows {
            let from = row.id.recorded_at.instant();
            let until = from.saturating_add(FINEST).unwrap_or(Timestamp::MAX);
            let device = Some(row.id.device.clone());
            match self.ask(ClaimScope::Pending { device, window: Some((from, until)) }).await {
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
    pub(crate) async fn complete(
        &self,
        claim: &Claim,
        completion: &Completion,
    ) -> Result<(), ClaimError> {
        self.how.store.complete(&claim.ticket, completion).await
    }

    /// Ends the claim of a failed attempt. What goes wrong with that changes nothing for the
    /// caller: the lease ends by itself. Answers whether the recording is given up by that.
    pub(crate) async fn fail(&self, claim: &Claim, failure: &Failure) -> bool {
        let ticket = &claim.ticket;
        let (retry_after, counts) =
            match after_failure(failure.kind, claim.attempt, fastrand::f64()) {
                AfterFailure::Release => {
                    self.give_back(claim).await;
                    return false;
                }
                AfterFailure::Retry(wait) => (wait, false),
                AfterFailure::Count(wait) => (wait, true),
            };
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

    /// Gives back what was claimed and is not to be worked on.
    pub(crate) async fn give_back(&self, claim: &Claim) {
        log(self.how.store.release(&claim.ticket).await);
    }

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

fn log(ended: Result<(), ClaimError>) {
    if let Err(error) = ended {
        info!(reason = %ErrorChain(&error), "the claim could not be ended; its lease ends by itself");
    }
}
