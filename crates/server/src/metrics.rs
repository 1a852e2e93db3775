//! Figures of `/metrics` as `OpenMetrics` text: requests, recordings, runs, claims and the process.
//!
//! Each part has a file that creates its figures and registers them in [`Metrics::new`]. Counters
//! count where their events arrive. Current values come from a `Collector`, as for the runs. A
//! collector is called for each scrape and cannot wait, so figures of the store are fetched in
//! [`Metrics::refresh`].
//!
//! Names follow the conventions of Prometheus: the unit in the name, `_total` after counters. Labels
//! have a bounded number of values, and none comes from a caller.

mod claims;
mod connections;
mod history;
mod http;
mod process;
mod recordings;
mod runs;
mod stopwatch;

use std::fmt;
use std::sync::Arc;

use jiff::Timestamp;
use prometheus_client::encoding::text;
use prometheus_client::registry::Registry;
use watchme_core::ClaimStore;
use watchme_runner::Runner;

use self::history::History;
use crate::Limits;

pub(crate) use connections::Connections;
pub(crate) use history::{STEP_SECONDS, Step, until_next};
pub(crate) use http::{measure, note_route};
pub(crate) use process::Memory;
pub(crate) use recordings::Recordings;

/// Prefix of every name.
const PREFIX: &str = "watchme";

/// Media type of the text. Prometheus reads it since 2.5, and so does whatever reads its own format.
pub(crate) const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// All figures of one service.
#[derive(Debug)]
pub(crate) struct Metrics {
    registry: Registry,
    requests: http::Requests,
    connections: Connections,
    backlog: claims::Backlog,
    history: Arc<History>,
}

/// Current state of the service, and its history of the last 24 hours.
#[derive(Debug)]
pub(crate) struct Sample {
    pub(crate) memory: Memory,
    /// Number of pending rows; `None` if the store is unavailable.
    pub(crate) backlog: Option<u64>,
    pub(crate) oldest_pending: Option<Timestamp>,
    /// Latest last.
    pub(crate) steps: Vec<Step>,
}

impl Metrics {
    /// Registers the figures of `recordings`, which observes the runs, of `runner`, and of `claims`
    /// if the store keeps them.
    pub(crate) fn new(
        recordings: &Recordings,
        runner: Runner,
        claims: Option<Arc<dyn ClaimStore>>,
        limits: Limits,
    ) -> Self {
        let mut registry = Registry::with_prefix(PREFIX);
        let requests = http::Requests::default();
        requests.register(&mut registry);
        let connections = Connections::default();
        connections.register(&mut registry);
        recordings.register(&mut registry);
        runs::register(runner, &mut registry);
        let backlog = claims::Backlog::new(claims, limits);
        backlog.register(&mut registry);
        process::register(&mut registry);
        let history = recordings.history().clone();
        Self { registry, requests, connections, backlog, history }
    }

    /// Returns the figures of connections, which count where those are accepted.
    pub(crate) fn connections(&self) -> &Connections {
        &self.connections
    }

    /// Reads the values that are not counted, and adds them to the history.
    pub(crate) async fn sample(&self) -> Sample {
        self.refresh().await;
        // Reads files of the operating system.
        let memory = tokio::task::spawn_blocking(Memory::read).await.unwrap_or_default();
        let figures = self.backlog.figures();
        let (backlog, now) = (figures.map(|figures| figures.pending), Timestamp::now());
        self.history.note(now, |step| {
            step.backlog = backlog;
            step.resident_bytes = memory.resident_bytes;
        });
        Sample {
            memory,
            backlog,
            oldest_pending: figures.and_then(|figures| figures.oldest_pending),
            steps: self.history.latest(now),
        }
    }

    /// Fetches the figures that [`Self::text`] cannot wait for.
    pub(crate) async fn refresh(&self) {
        self.backlog.refresh().await;
    }

    /// Returns the text of a scrape. Reads a file of the operating system.
    pub(crate) fn text(&self) -> Result<String, fmt::Error> {
        let mut page = String::new();
        text::encode(&mut page, &self.registry)?;
        Ok(page)
    }
}
