//! The process: which build it is, how much memory it holds, and how much it may.

use std::fmt;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::{Registry, Unit};
use sysinfo::{MemoryRefreshKind, Pid, Process, ProcessRefreshKind, ProcessesToUpdate, System};

/// Adds the figures of this process to `registry`.
pub(super) fn register(registry: &mut Registry) {
    let build = Info::new([("version", env!("CARGO_PKG_VERSION"))]);
    registry.register("build", "The build that runs", build);
    registry.register_collector(Box::new(Resident));
}

/// How much memory the process has in RAM, and how much it may have at most.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Memory {
    /// `None` where the system does not tell.
    pub(crate) resident_bytes: Option<u64>,
    /// The less of what the machine and the container have.
    pub(crate) limit_bytes: Option<u64>,
}

impl Memory {
    /// As it is now. Reads files of the operating system.
    pub(super) fn read() -> Self {
        let Some((process, mut system)) = with_memory() else { return Self::default() };
        system.refresh_memory_specifics(MemoryRefreshKind::nothing().with_ram());
        let process = system.process(process);
        let container = process.and_then(Process::cgroup_limits).map(|limits| limits.total_memory);
        let limits = [Some(system.total_memory()), container];
        Self {
            resident_bytes: process.map(Process::memory),
            // A system that does not tell says 0.
            limit_bytes: limits.into_iter().flatten().filter(|bytes| *bytes > 0).min(),
        }
    }
}

#[derive(Debug)]
struct Resident;

impl Collector for Resident {
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
    let (process, system) = with_memory()?;
    system.process(process).map(Process::memory)
}

/// This process, and what the system knows of its memory.
fn with_memory() -> Option<(Pid, System)> {
    let process = sysinfo::get_current_pid().ok()?;
    let mut system = System::new().ok()?;
    let wanted = ProcessRefreshKind::nothing().with_memory();
    system.refresh_processes_specifics(ProcessesToUpdate::Some(&[process]), false, wanted);
    Some((process, system))
}
