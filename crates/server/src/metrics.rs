//! What `/metrics` tells, as `OpenMetrics` text: requests, recordings, runs, claims and the process.
//!
//! Each part has a file that makes its figures and registers them in [`Metrics::new`]. Another
//! part is one more file. What is counted is counted where its events arrive; what is asked is a
//! `Collector`, as the runs are. A collector is called for each scrape and cannot wait: what must
//! be waited for, as figures of the store, is fetched in [`Metrics::refresh`].
//!
//! Names follow the practice of Prometheus: the unit in the name, `_total` behind what only
//! grows. Labels have a bounded number of values, and none comes from a caller.

mod claims;
mod http;
mod process;
mod recordings;
mod runs;
mod stopwatch;

use std::fmt;
use std::sync::Arc;

use prometheus_client::encoding::text;
use prometheus_client::registry::Registry;
use watchme_core::ClaimStore;
use watchme_runner::Runner;

use crate::Limits;

pub(crate) use http::{measure, note_route};
pub(crate) use recordings::Recordings;

/// What every name begins with.
const PREFIX: &str = "watchme";

/// The form of the text. Prometheus reads it since 2.5, as does whatever reads Prometheus' own.
pub(crate) const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Every figure of one service.
#[derive(Debug)]
pub(crate) struct Metrics {
    registry: Registry,
    requests: http::Requests,
    backlog: claims::Backlog,
}

impl Metrics {
    /// The figures of a service: those of `recordings`, which observes its runs, of `runner`, and
    /// of `claims`, where there are any.
    pub(crate) fn new(
        recordings: &Recordings,
        runner: Runner,
        claims: Option<Arc<dyn ClaimStore>>,
        limits: Limits,
    ) -> Self {
        let mut registry = Registry::with_prefix(PREFIX);
        let requests = http::Requests::default();
        requests.register(&mut registry);
        recordings.register(&mut registry);
        runs::register(runner, &mut registry);
        let backlog = claims::Backlog::new(claims, limits);
        backlog.register(&mut registry);
        process::register(&mut registry);
        Self { registry, requests, backlog }
    }

    /// Fetches what [`Self::text`] cannot wait for.
    pub(crate) async fn refresh(&self) {
        self.backlog.refresh().await;
    }

    /// The text of a scrape. Reads a file of the operating system.
    pub(crate) fn text(&self) -> Result<String, fmt::Error> {
        let mut page = String::new();
        text::encode(&mut page, &self.registry)?;
        Ok(page)
    }
}
