//! How the pipeline claims: asks before it fetches, tells how it ended.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tracing::{info, warn};

use crate::rules::{AfterFailure, after_failure};
use crate::{
    Claim, ClaimError, ClaimOrder, ClaimQuery, ClaimRequest, ClaimScope, ClaimState, ClaimStore,
    Completion, ErrorChain, FailedAttempt, Failure, FailureKind, NextStep, ObjectKey, Quarantine,
};

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
        let request = ClaimRequest {
            owner: self.how.owner.clone(),
            lease: self.how.lease,
            limit: 1,
            scope,
            order: ClaimOrder::default(),
            quarantine: self.how.quarantine.clone(),
        };
        match self.how.store.claim(&request).await {
            Ok(mut claims) => match claims.pop() {
                Some(claim) => Standing::Claimed(claim),
                None => self.why_not(&key).await,
            },
            Err(ClaimError::NotInstalled { .. }) => {
                info!("the database keeps no claims; this machine works without");
                self.is_absent.store(true, Ordering::Relaxed);
                Standing::Unclaimed
            }
            Err(error) => Standing::Refused(Failure::because(error.kind(), &error)),
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
                    log(self.how.store.release(ticket).await);
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
            ClaimState::Claimed | ClaimState::Waiting => elsewhere(format!(
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
