//! The process: which build it is, and how much memory it holds.

use std::fmt;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::{Registry, Unit};
use sysinfo::{Process, ProcessRefreshKind, ProcessesToUpdate, System};

/// Adds the figures of this process to `registry`.
pub(super) fn register(registry: &mut Registry) {
    let build = Info::new([("version", env!("CARGO_PKG_VERSION"))]);
    registry.register("build", "The build that runs", build);
    registry.register_collector(Box::new(Memory));
}

#[derive(Debug)]
struct Memory;

impl Collector for Memory {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        // Where the system does not tell, there is no figure rather than a wrong one.
        let Some(bytes) = resident_bytes() else { return Ok(()) };
        let (name, help) = ("process_resident_memory", "Memory of the process that is in RAM.");
        let unit = Some(&Unit::Bytes);
        let encoder = encoder.encode_descriptor(name, help, unit, MetricType::Gauge)?;
        ConstGauge::new(bytes).encode(encoder)
    }
}

fn resident_bytes() -> Option<u64> {
    let process = sysinfo::get_current_pid().ok()?;
    let mut system = System::new().ok()?;
    let wanted = ProcessRefreshKind::nothing().with_memory();
    system.refresh_processes_specifics(ProcessesToUpdate::Some(&[process]), false, wanted);
    system.process(process).map(Process::memory)
}
