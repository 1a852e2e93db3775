//! The process: its build, memory and memory limit.

use std::fmt;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::{Registry, Unit};
use sysinfo::{MemoryRefreshKind, Pid, Process, ProcessRefreshKind, ProcessesToUpdate, System};

/// Registers the figures of this process.
pub(super) fn register(registry: &mut Registry) {
    let build = Info::new([("version", env!("CARGO_PKG_VERSION"))]);
    registry.register("build", "The build that runs", build);
    registry.register_collector(Box::new(Resident));
}

/// Memory of the process and its limit.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Memory {
    /// Memory in RAM; `None` if the system does not report it.
    pub(crate) resident_bytes: Option<u64>,
    /// Memory of the machine or the container, whichever is smaller.
    pub(crate) limit_bytes: Option<u64>,
}

impl Memory {
    /// Reads the current values from files of the operating system.
    pub(super) fn read() -> Self {
        let Some((process, mut system)) = with_memory() else { return Self::default() };
        system.refresh_memory_specifics(MemoryRefreshKind::nothing().with_ram());
        let process = system.process(process);
        let container = process.and_then(Process::cgroup_limits).map(|limits| limits.total_memory);
        let limits = [Some(system.total_memory()), container];
        Self {
            resident_bytes: process.map(Process::memory),
            // Some systems report 0 for an unknown value.
            limit_bytes: limits.into_iter().flatten().filter(|bytes| *bytes > 0).min(),
        }
    }
}

#[derive(Debug)]
struct Resident;

impl Collector for Resident {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        // No figure is better than a wrong one.
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

/// Returns this process and the system's view of its memory.
fn with_memory() -> Option<(Pid, System)> {
    let process = sysinfo::get_current_pid().ok()?;
    let mut system = System::new().ok()?;
    let wanted = ProcessRefreshKind::nothing().with_memory();
    system.refresh_processes_specifics(ProcessesToUpdate::Some(&[process]), false, wanted);
    Some((process, system))
}
