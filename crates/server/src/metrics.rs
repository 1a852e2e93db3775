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

pub(crate) use history::{STEP_SECONDS, Step, until_next};
pub(crate) use http::{measure, note_route};
pub(crate) use process::Memory;
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
    history: Arc<History>,
}

/// How the service is now, and was during the latest day.
#[derive(Debug)]
pub(crate) struct Sample {
    pub(crate) memory: Memory,
    /// How many rows are pending; `None` where the store does not tell.
    pub(crate) backlog: Option<u64>,
    pub(crate) oldest_pending: Option<Timestamp>,
    /// The latest last.
    pub(crate) steps: Vec<Step>,
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
        Self { registry, requests, backlog, history: recordings.history().clone() }
    }

    /// Looks at what is not counted, and notes it in the history.
    pub(crate) async fn sample(&self) -> Sample {
        self.refresh().await;
        // The memory is read from files of the operating system.
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
