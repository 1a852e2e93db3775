//! What is done about recordings that a queue announces: the claim decides, whatever comes twice,
//! late or out of order.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use tracing::warn;
use watchme_core::{
    Claim, ClaimError, ClaimOrder, ClaimQuery, ClaimRecord, ClaimRequest, ClaimScope, ClaimState,
    ErrorChain, ObjectKey, Observer, Outcome, RecordingQuery, StoreError,
};

use crate::claimed::ClaimedWork;
use crate::{Handled, Handler};

/// When a message is looked at again whose recording has no row yet, or whose work failed: the
/// first wait between two attempts.
const SOON: Duration = Duration::from_secs(30);

/// Transcribes what is announced.
#[derive(Debug, Clone)]
pub(crate) struct Announced {
    pub(crate) work: ClaimedWork,
    pub(crate) observer: ObserverHandle,
}

/// An observer that can be shown as nothing.
#[derive(Clone)]
pub(crate) struct ObserverHandle(pub(crate) Arc<dyn Observer>);

impl std::fmt::Debug for ObserverHandle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Observer")
    }
}

#[async_trait]
impl Handler for Announced {
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

impl Announced {
    async fn handle_one(&self, key: &ObjectKey) -> Result<Handled, ClaimError> {
        match self.claim(key).await? {
            Some(claim) => Ok(self.transcribe(&claim).await?),
            None => self.why_not(key).await,
        }
    }

    async fn claim(&self, key: &ObjectKey) -> Result<Option<Claim>, ClaimError> {
        let claiming = &self.work.claiming;
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

    /// The object is not ours: it is done, somebody else's, given up, or not registered yet.
    async fn why_not(&self, key: &ObjectKey) -> Result<Handled, ClaimError> {
        let query = ClaimQuery::Objects(vec![key.clone()]);
        let record = self.work.claiming.store.claims(&query).await?.pop();
        match record {
            Some(ClaimRecord { state: ClaimState::Claimed | ClaimState::Waiting, .. }) => {
                Ok(Handled::Busy(self.work.claiming.lease))
            }
            Some(ClaimRecord { state: ClaimState::Completed, .. }) => Ok(Handled::Done),
            // Not deleted: the redrive policy puts it where somebody looks.
            Some(ClaimRecord { state: ClaimState::Quarantined, .. }) => {
                Ok(Handled::RetryLater(SOON))
            }
            None => {
                let query = RecordingQuery::Objects([key.clone()].into());
                let rows = self.work.pipeline.ports().store.recordings(&query).await?;
                // An upload announces itself before its row is written. A row that is not pending
                // is somebody's decision.
                Ok(if rows.is_empty() { Handled::RetryLater(SOON) } else { Handled::Done })
            }
        }
    }
}

/// What becomes of a message whose parts end differently: it comes again while one has to.
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
