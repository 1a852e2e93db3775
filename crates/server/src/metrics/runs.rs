//! Number of runs, read for each scrape.

use std::fmt;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::registry::Registry;
use watchme_runner::Runner;

/// Registers the runs of `runner`.
pub(super) fn register(runner: Runner, registry: &mut Registry) {
    registry.register_collector(Box::new(Runs(runner)));
}

#[derive(Debug)]
struct Runs(Runner);

impl Collector for Runs {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        let load = self.0.load();
        let help = "Runs under way, and runs that wait for them.";
        let mut encoder = encoder.encode_descriptor("runs", help, None, MetricType::Gauge)?;
        for (state, count) in [("running", load.running), ("waiting", load.waiting)] {
            let labels = [("state", state)];
            ConstGauge::new(count).encode(encoder.encode_family(&labels)?)?;
        }
        Ok(())
    }
}
