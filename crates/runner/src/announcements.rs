//! Handles the recordings that a queue announces. Messages may come twice, late or out of order:
//! the claim decides what is left to do.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use tracing::warn;
use watchme_core::{
    Claim, ClaimError, ClaimOrder, ClaimQuery, ClaimRecord, ClaimRequest, ClaimScope, ClaimState,
    ErrorChain, ObjectKey, Observer, Outcome, RecordingQuery, StoreError,
};

use crate::claimed_work::ClaimedWork;
use crate::{Handled, Handler};

/// Delay before a message is delivered again whose recording has no row yet, or whose attempt
/// failed: the first wait between two attempts.
const SOON: Duration = Duration::from_secs(30);

/// Transcribes announced recordings.
#[derive(Debug, Clone)]
pub(crate) struct AnnouncementHandler {
    pub(crate) work: ClaimedWork,
    pub(crate) observer: ObserverHandle,
}

/// Observer wrapped for its `Debug`, which the trait does not ask for.
#[derive(Clone)]
pub(crate) struct ObserverHandle(pub(crate) Arc<dyn Observer>);

impl std::fmt::Debug for ObserverHandle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Observer")
    }
}

#[async_trait]
impl Handler for AnnouncementHandler {
    async fn handle(&self, keys: &[ObjectKey]) -> Handled {
        let mut handled = Handled::Done;
        for key in keys {
            let one = self.handle_one(key).await.unwrap_or_else(|error| {
                warn!(recording.key = %key, reason = %ErrorChain(&error), "the message waits");
                Handled::RetryLater(SOON)
            });
            handled = worse(handled, one);
        }
        handled
    }
}

impl AnnouncementHandler {
    async fn handle_one(&self, key: &ObjectKey) -> Result<Handled, ClaimError> {
        match self.claim(key).await? {
            Some(claim) => Ok(self.transcribe(&claim).await?),
            None => self.reason_not_claimed(key).await,
        }
    }

    async fn claim(&self, key: &ObjectKey) -> Result<Option<Claim>, ClaimError> {
        let claiming = self.work.pipeline.claiming();
        let request = ClaimRequest {
            owner: claiming.owner.clone(),
            lease: claiming.lease,
            limit: 1,
            scope: ClaimScope::Object(key.clone()),
            order: ClaimOrder::default(),
            quarantine: claiming.quarantine.clone(),
        };
        Ok(claiming.store.claim(&request).await?.pop())
    }

    async fn transcribe(&self, claim: &Claim) -> Result<Handled, StoreError> {
        let report = self.work.work(claim, self.observer.0.clone()).await?;
        let is_done =
            report.recordings.iter().all(|item| matches!(item.outcome, Outcome::Transcribed(_)));
        Ok(if is_done { Handled::Done } else { Handled::RetryLater(SOON) })
    }

    /// Finds out why an object could not be claimed: it is completed, claimed by another worker,
    /// quarantined, or not registered yet.
    async fn reason_not_claimed(&self, key: &ObjectKey) -> Result<Handled, ClaimError> {
        let query = ClaimQuery::Objects(vec![key.clone()]);
        let claiming = self.work.pipeline.claiming();
        let record = claiming.store.claims(&query).await?.pop();
        match record {
            Some(ClaimRecord { state: ClaimState::Claimed | ClaimState::Waiting, .. }) => {
                Ok(Handled::Busy(claiming.lease))
            }
            Some(ClaimRecord { state: ClaimState::Completed, .. }) => Ok(Handled::Done),
            // Not deleted: the redrive policy puts it where somebody looks.
            Some(ClaimRecord { state: ClaimState::Quarantined, .. }) => {
                Ok(Handled::RetryLater(SOON))
            }
            None => {
                let query = RecordingQuery::Objects([key.clone()].into());
                let store = &self.work.pipeline.pipeline().ports().store;
                let rows = store.recordings(&query).await?;
                // An upload may announce itself before its row is written. A row that is not
                // pending was set so by somebody.
                Ok(if rows.is_empty() { Handled::RetryLater(SOON) } else { Handled::Done })
            }
        }
    }
}

/// Combines the results for two objects of one message: it is delivered again if either needs it.
fn worse(one: Handled, other: Handled) -> Handled {
    match (one, other) {
        (Handled::Done, other) => other,
        (one, Handled::Done) => one,
        (Handled::RetryLater(a), Handled::RetryLater(b)) => Handled::RetryLater(a.min(b)),
        (Handled::RetryLater(wait), _) | (_, Handled::RetryLater(wait)) => {
            Handled::RetryLater(wait)
        }
        (Handled::Busy(a), Handled::Busy(b)) => Handled::Busy(a.min(b)),
    }
}
