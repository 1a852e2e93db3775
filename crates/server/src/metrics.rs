//! What `/metrics` tells, as `OpenMetrics` text: requests, recordings, runs and the process.
//!
//! Each part has a file that makes its figures and registers them in [`Metrics::new`]. Another
//! part is one more file: claims, with the age of the oldest pending row, lost leases and
//! quarantined recordings, go there once they exist. What is counted is counted where its events
//! arrive; what is asked is a `Collector`, as the runs are. A collector is called for each scrape
//! and cannot wait: a figure of the store must be one that somebody has fetched.
//!
//! Names follow the practice of Prometheus: the unit in the name, `_total` behind what only
//! grows. Labels have a bounded number of values, and none comes from a caller.

mod http;
mod process;
mod recordings;
mod runs;
mod stopwatch;

use std::fmt;

use prometheus_client::encoding::text;
use prometheus_client::registry::Registry;
use watchme_runner::Runner;

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
}

impl Metrics {
    /// The figures of a service: those of `recordings`, which observes its runs, and of `runner`.
    pub(crate) fn new(recordings: &Recordings, runner: Runner) -> Self {
        let mut registry = Registry::with_prefix(PREFIX);
        let requests = http::Requests::default();
        requests.register(&mut registry);
        recordings.register(&mut registry);
        runs::register(runner, &mut registry);
        process::register(&mut registry);
        Self { registry, requests }
    }

    /// The text of a scrape. Reads a file of the operating system.
    pub(crate) fn text(&self) -> Result<String, fmt::Error> {
        let mut page = String::new();
        text::encode(&mut page, &self.registry)?;
        Ok(page)
    }
}
