//! Checks of the model, store and source, run at most once in a while.

use std::future::Future;
use std::sync::Arc;

use tokio::sync::Mutex;
use tokio::time::{Instant, timeout};
use watchme_core::{Check, ModelName, Pipeline, Verdict};
use watchme_wire::ChecksBody;

use super::Limits;

/// Checks of a pipeline, with their latest results.
#[derive(Debug)]
pub(crate) struct Readiness {
    pipeline: Pipeline,
    limits: Limits,
    /// Locked while the checks run, so that many callers share one run.
    latest: Mutex<Option<Recent<Arc<ChecksBody>>>>,
    /// The same for the models alone.
    models: Mutex<Option<Recent<Vec<Check>>>>,
}

#[derive(Debug)]
struct Recent<T> {
    at: Instant,
    result: T,
}

impl Readiness {
    pub(crate) fn new(pipeline: Pipeline, limits: Limits) -> Self {
        Self { pipeline, limits, latest: Mutex::default(), models: Mutex::default() }
    }

    /// Returns why a model cannot be used, if it cannot.
    pub(crate) async fn model_fault(&self, model: &ModelName) -> Option<String> {
        let mut models = self.models.lock().await;
        if models.as_ref().is_none_or(|recent| recent.at.elapsed() >= self.limits.ready_for) {
            let transcriber = &self.pipeline.ports().transcriber;
            let result = self.within_time("transcriber", transcriber.check()).await;
            *models = Some(Recent { at: Instant::now(), result });
        }
        let checks = models.as_ref().map(|recent| &recent.result)?;
        let subject = format!("model `{model}`");
        let check = checks.iter().find(|check| check.subject == subject)?;
        match &check.verdict {
            Verdict::Fail { finding, mend } => Some(format!("{finding}; {mend}")),
            _ => None,
        }
    }

    /// Returns the results, at most [`Limits::ready_for`] old.
    pub(crate) async fn checks(&self) -> Arc<ChecksBody> {
        let mut latest = self.latest.lock().await;
        if let Some(recent) = &*latest
            && recent.at.elapsed() < self.limits.ready_for
        {
            return recent.result.clone();
        }
        let ports = self.pipeline.ports();
        let (transcriber, store, source) = tokio::join!(
            self.within_time("transcriber", ports.transcriber.check()),
            self.within_time("store", ports.store.check()),
            self.within_time("source", ports.source.check()),
        );
        let checks = [transcriber, store, source].concat();
        let result = Arc::new(ChecksBody::from(checks.as_slice()));
        *latest = Some(Recent { at: Instant::now(), result: result.clone() });
        result
    }

    async fn within_time(
        &self,
        subject: &str,
        checks: impl Future<Output = Vec<Check>>,
    ) -> Vec<Check> {
        let limit = self.limits.ready_timeout;
        timeout(limit, checks).await.unwrap_or_else(|_| {
            let finding = format!("no answer within {} s", limit.as_secs_f64());
            vec![Check::fail(subject, finding, "see `watchme doctor` for what hangs")]
        })
    }
}
