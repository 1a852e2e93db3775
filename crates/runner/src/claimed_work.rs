//! Transcribes one claimed recording and reports its completion.

use std::sync::{Arc, Mutex, PoisonError};

use tracing::warn;
use watchme_core::{
    Claim, ClaimQuery, ClaimState, CompletionEvent, CompletionSink, CompletionStatus, ErrorChain,
    Observer, Outcome, Recording, Report, Selection, StoreError, TranscribeOptions,
};

use crate::{LeasedPipeline, WorkerReport};

/// Everything needed to transcribe a claimed recording, shared by the lanes of a worker.
#[derive(Debug, Clone)]
pub(crate) struct ClaimedWork {
    pub(crate) pipeline: LeasedPipeline,
    pub(crate) options: TranscribeOptions,
    /// Receives an event for each recording that is completed or given up.
    pub(crate) completions: Option<Arc<dyn CompletionSink>>,
    /// Counts of all recordings so far. A std mutex: it is never held across an await.
    pub(crate) counts: Arc<Mutex<WorkerReport>>,
}

impl ClaimedWork {
    /// Transcribes a claimed recording. If its rows cannot be read, the claim is given back.
    pub(crate) async fn work(
        &self,
        claim: &Claim,
        observer: Arc<dyn Observer>,
    ) -> Result<Report, StoreError> {
        match self.pipeline.pipeline().work(claim, &self.options, observer).await {
            Ok(report) => {
                self.counts.lock().unwrap_or_else(PoisonError::into_inner).add(&report);
                if let Some(completions) = &self.completions {
                    self.send_completions(claim, &report, &**completions).await;
                }
                Ok(report)
            }
            Err(error) => {
                let store = &self.pipeline.claiming().store;
                if let Err(error) = store.release(&claim.ticket).await {
                    warn!(reason = %ErrorChain(&error), "could not release the claim; its lease will expire");
                }
                Err(error)
            }
        }
    }

    /// Counts of all recordings so far.
    pub(crate) fn report(&self) -> WorkerReport {
        *self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sends an event for each row that is completed or given up. Best effort: the database is
    /// what counts.
    async fn send_completions(
        &self,
        claim: &Claim,
        report: &Report,
        completions: &dyn CompletionSink,
    ) {
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

    /// The final status of the recording. `None` if another attempt follows the failed one.
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
        let record = self.pipeline.claiming().store.claims(&query).await.ok()?.pop()?;
        let is_given_up = record.state == ClaimState::Quarantined;
        is_given_up.then(|| CompletionStatus::Failed { error: failure.reason.clone() })
    }

    async fn rows(&self, claim: &Claim) -> Vec<Recording> {
        let key = claim.ticket.object_key.clone();
        match self.pipeline.pipeline().plan(&Selection::Objects([key].into())).await {
            Ok(plan) => plan.objects.into_iter().flat_map(|object| object.rows).collect(),
            Err(error) => {
                warn!(reason = %ErrorChain(&error), "no completion was sent");
                Vec::new()
            }
        }
    }
}
