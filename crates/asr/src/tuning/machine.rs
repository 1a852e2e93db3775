//! The properties of a machine that decide which number of threads is fastest.

use std::num::NonZeroUsize;

use sha2::{Digest, Sha256};
use sysinfo::{CpuRefreshKind, RefreshKind, System};

use crate::measurement::Processor;
use crate::models::{VerifiedModel, digits};

/// A machine as this process may use it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Machine {
    processor: String,
    /// Cores that this process may use at once, by its affinity and its CPU quota.
    pub(super) cores: NonZeroUsize,
    /// Physical cores: without those that share the arithmetic units of another.
    physical: Option<NonZeroUsize>,
}

impl Machine {
    /// Describes this machine. Blocking, quick.
    pub(super) fn here() -> Self {
        let refresh = RefreshKind::nothing().with_cpu(CpuRefreshKind::nothing());
        let system = System::new_with_specifics(refresh).ok();
        let processor = system.as_ref().and_then(|system| system.cpus().first());
        Self {
            processor: processor.map(|cpu| cpu.brand().to_owned()).unwrap_or_default(),
            cores: std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN),
            physical: System::physical_core_count().ok().and_then(NonZeroUsize::new),
        }
    }

    /// Returns the numbers of threads that are worth comparing, the largest first.
    pub(super) fn candidates(&self) -> Vec<NonZeroUsize> {
        let physical = self.physical.filter(|&physical| physical < self.cores);
        let mut all = vec![self.cores];
        all.extend(physical);
        all.push(NonZeroUsize::MIN);
        all.dedup();
        all
    }

    /// Returns a SHA-256, in hexadecimal digits, that identifies this machine, this model and this
    /// version of the program.
    pub(super) fn digest(&self, model: &VerifiedModel) -> String {
        let text = format!(
            "{} {} {self:?} {:?} {}",
            env!("CARGO_PKG_VERSION"),
            std::env::consts::ARCH,
            model.architecture,
            model.size_bytes
        );
        digits(Sha256::new_with_prefix(text))
    }
}

impl From<Machine> for Processor {
    fn from(machine: Machine) -> Self {
        Self { name: machine.processor, cores: machine.cores }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn candidates(cores: usize, physical: Option<usize>) -> Vec<usize> {
        let count = |number| NonZeroUsize::new(number).unwrap();
        let processor = "any".to_owned();
        let machine = Machine { processor, cores: count(cores), physical: physical.map(count) };
        machine.candidates().into_iter().map(NonZeroUsize::get).collect()
    }

    #[test]
    fn compared_are_all_cores_the_physical_ones_and_one() {
        for (cores, physical, expected) in [
            (1, Some(1), vec![1]),
            (2, Some(2), vec![2, 1]),
            (2, Some(1), vec![2, 1]),
            (8, Some(4), vec![8, 4, 1]),
            // A quota of fewer cores than the machine has.
            (2, Some(4), vec![2, 1]),
            (4, None, vec![4, 1]),
        ] {
            assert_eq!(candidates(cores, physical), expected, "{cores} {physical:?}");
        }
    }
}
