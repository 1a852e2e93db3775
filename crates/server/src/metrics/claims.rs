//! Pending and quarantined work: figures of the store, fetched for each scrape.
//!
//! If they are unavailable there are none: an old figure, or a zero, would silence an alarm.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::registry::{Registry, Unit};
use tokio::time::{Instant, timeout};
use tracing::debug;
use watchme_core::{ClaimStore, DeviceSummary, ErrorChain};

use crate::Limits;

/// Figures of a store's rows and claims. Clones share them.
#[derive(Debug, Clone)]
pub(super) struct Backlog(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    /// `None`: the store keeps no claims.
    store: Option<Arc<dyn ClaimStore>>,
    limits: Limits,
    /// Time of the latest query. Locked during a query, so that many scrapes share one.
    asked: tokio::sync::Mutex<Option<Instant>>,
    /// Result of that query. A plain mutex: it is never held across an await.
    figures: Mutex<Option<Figures>>,
}

/// Figures of a store over all devices.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Figures {
    pub(super) pending: u64,
    quarantined: u64,
    pub(super) oldest_pending: Option<Timestamp>,
}

impl Backlog {
    pub(super) fn new(store: Option<Arc<dyn ClaimStore>>, limits: Limits) -> Self {
        let (asked, figures) = (tokio::sync::Mutex::default(), Mutex::default());
        Self(Arc::new(Inner { store, limits, asked, figures }))
    }

    pub(super) fn register(&self, registry: &mut Registry) {
        registry.register_collector(Box::new(self.clone()));
    }

    /// Queries the store, unless that was done a moment ago.
    pub(super) async fn refresh(&self) {
        let Inner { store, limits, asked, figures } = &*self.0;
        let Some(store) = store else { return };
        let mut asked = asked.lock().await;
        if asked.is_some_and(|at| at.elapsed() < limits.backlog_for) {
            return;
        }
        let found = match timeout(limits.backlog_timeout, store.devices()).await {
            Ok(Ok(devices)) => Some(Figures::of(&devices)),
            // `/ready` and the log of a run say what is wrong with the store.
            Ok(Err(error)) => {
                debug!(reason = %ErrorChain(&error), "no figures of the store");
                None
            }
            Err(elapsed) => {
                debug!(reason = %elapsed, "no figures of the store");
                None
            }
        };
        *figures.lock().unwrap_or_else(PoisonError::into_inner) = found;
        *asked = Some(Instant::now());
    }

    /// Returns the result of the latest query.
    pub(super) fn figures(&self) -> Option<Figures> {
        *self.0.figures.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Figures {
    fn of(devices: &[DeviceSummary]) -> Self {
        let oldest = devices.iter().filter_map(|device| device.oldest_pending.as_ref());
        Self {
            pending: devices.iter().map(|device| u64::from(device.pending)).sum(),
            quarantined: devices.iter().map(|device| u64::from(device.quarantined)).sum(),
            oldest_pending: oldest.map(watchme_core::RecordedAt::instant).min(),
        }
    }

    /// Returns the age of the oldest pending row in seconds, 0 if there is none.
    fn age(&self, now: Timestamp) -> f64 {
        // The clock of a device may be ahead.
        self.oldest_pending.map_or(0.0, |oldest| now.duration_since(oldest).as_secs_f64().max(0.0))
    }
}

impl Collector for Backlog {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        let Some(figures) = self.figures() else { return Ok(()) };
        for (name, help, value) in [
            ("pending_recordings", "Rows that are pending, of all devices.", figures.pending),
            ("quarantined", "Recordings that were tried too often.", figures.quarantined),
        ] {
            let encoder = encoder.encode_descriptor(name, help, None, MetricType::Gauge)?;
            ConstGauge::new(value).encode(encoder)?;
        }
        let help = "Age of the oldest pending row, also of one whose audio never came.";
        let (name, unit) = ("oldest_pending_age", Some(&Unit::Seconds));
        let encoder = encoder.encode_descriptor(name, help, unit, MetricType::Gauge)?;
        ConstGauge::new(figures.age(Timestamp::now())).encode(encoder)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;

    fn device(pending: u32, oldest: Option<&str>, quarantined: u32) -> DeviceSummary {
        DeviceSummary {
            device: "d".parse().unwrap(),
            recordings: 9,
            last_recorded_at: "2025-07-19T14:30:00+00:00".parse().unwrap(),
            pending,
            oldest_pending: oldest.map(|text| text.parse().unwrap()),
            quarantined,
        }
    }

    #[test]
    fn devices_are_added_up_and_the_oldest_row_of_all_tells_the_age() {
        let now: Timestamp = "2025-07-19T12:00:00Z".parse().unwrap();
        let (older, newer) = ("2025-07-19T11:00:00+00:00", "2025-07-19T11:30:00+00:00");
        for (devices, pending, quarantined, age) in [
            (vec![], 0, 0, 0.0),
            (vec![device(0, None, 2)], 0, 2, 0.0),
            (vec![device(1, Some(newer), 0), device(3, Some(older), 1)], 4, 1, 3600.0),
            (vec![device(1, Some("2025-07-19T13:00:00+00:00"), 0)], 1, 0, 0.0),
        ] {
            let figures = Figures::of(&devices);
            assert_eq!((figures.pending, figures.quarantined), (pending, quarantined));
            assert!((figures.age(now) - age).abs() < 1e-9, "{figures:?}");
        }
    }
}
