//! Work on one claimed recording, and the word that it is done.

use std::sync::Arc;

use tracing::warn;
use watchme_core::{
    Claim, ClaimQuery, ClaimState, Claiming, CompletionEvent, CompletionSink, CompletionStatus,
    ErrorChain, Observer, Outcome, Pipeline, Recording, Report, Selection, StoreError,
    TranscribeOptions,
};

/// What every worker of a process shares.
#[derive(Debug, Clone)]
pub(crate) struct ClaimedWork {
    pub(crate) pipeline: Pipeline,
    pub(crate) claiming: Claiming,
    pub(crate) options: TranscribeOptions,
    /// Where it is told how recordings end.
    pub(crate) completions: Option<Arc<dyn CompletionSink>>,
}

impl ClaimedWork {
    /// Transcribes what is claimed. A claim whose rows cannot be read is given back.
    pub(crate) async fn work(
        &self,
        claim: &Claim,
        observer: Arc<dyn Observer>,
    ) -> Result<Report, StoreError> {
        match self.pipeline.work(claim, &self.options, observer).await {
            Ok(report) => {
                if let Some(completions) = &self.completions {
                    self.tell(claim, &report, &**completions).await;
                }
                Ok(report)
            }
            Err(error) => {
                if let Err(error) = self.claiming.store.release(&claim.ticket).await {
                    warn!(reason = %ErrorChain(&error), "a claim could not be given back; it runs out");
                }
                Err(error)
            }
        }
    }

    /// Tells of each row that is completed or given up. Best effort: the table is what counts.
    async fn tell(&self, claim: &Claim, report: &Report, completions: &dyn CompletionSink) {
        let Some(status) = self.status(claim, report).await else { return };
        for row in self.rows(claim).await {
            let event = CompletionEvent {
                device: row.id.device,
                recorded_at: row.id.recorded_at,
                status: status.clone(),
            };
            if let Err(error) = completions.send(&event).await {
                let key = &claim.ticket.object_key;
                warn!(recording.key = %key, reason = %ErrorChain(&error), "no completion was sent");
            }
        }
    }

    /// How the recording ended, if it did: another attempt may follow a failed one.
    async fn status(&self, claim: &Claim, report: &Report) -> Option<CompletionStatus> {
        let key = &claim.ticket.object_key;
        let last = report.recordings.last()?;
        let failure = match &last.outcome {
            Outcome::Transcribed(_) => {
                return Some(CompletionStatus::Completed { processed: vec![key.clone()] });
            }
            Outcome::Failed(failure) => failure,
        };
        let query = ClaimQuery::Objects(vec![key.clone()]);
        let record = self.claiming.store.claims(&query).await.ok()?.pop()?;
        let is_given_up = record.state == ClaimState::Quarantined;
        is_given_up.then(|| CompletionStatus::Failed { error: failure.reason.clone() })
    }

    async fn rows(&self, claim: &Claim) -> Vec<Recording> {
        let key = claim.ticket.object_key.clone();
        match self.pipeline.plan(&Selection::Objects([key].into())).await {
            Ok(plan) => plan.objects.into_iter().flat_map(|object| object.rows).collect(),
            Err(error) => {
                warn!(reason = %ErrorChain(&error), "no completion was sent");
                Vec::new()
            }
        }
    }
}
