//! Checks of the model, store and source, run at most once in a while.

use std::future::Future;
use std::sync::Arc;

use tokio::sync::Mutex;
use tokio::time::{Instant, timeout};
use watchme_core::{Check, Pipeline};
use watchme_wire::ChecksBody;

use super::Limits;

/// Checks of a pipeline, with their latest results.
#[derive(Debug)]
pub(crate) struct Readiness {
    pipeline: Pipeline,
    limits: Limits,
    /// Locked while the checks run, so that many callers share one run.
    latest: Mutex<Option<Finding>>,
}

#[derive(Debug)]
struct Finding {
    at: Instant,
    body: Arc<ChecksBody>,
}

impl Readiness {
    pub(crate) fn new(pipeline: Pipeline, limits: Limits) -> Self {
        Self { pipeline, limits, latest: Mutex::new(None) }
    }

    /// Returns the results, at most [`Limits::ready_for`] old.
    pub(crate) async fn checks(&self) -> Arc<ChecksBody> {
        let mut latest = self.latest.lock().await;
        if let Some(finding) = &*latest
            && finding.at.elapsed() < self.limits.ready_for
        {
            return finding.body.clone();
        }
        let ports = self.pipeline.ports();
        let (transcriber, store, source) = tokio::join!(
            self.within_time("transcriber", ports.transcriber.check()),
            self.within_time("store", ports.store.check()),
            self.within_time("source", ports.source.check()),
        );
        let checks = [transcriber, store, source].concat();
        let body = Arc::new(ChecksBody::from(checks.as_slice()));
        *latest = Some(Finding { at: Instant::now(), body: body.clone() });
        body
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
