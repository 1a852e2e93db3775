//! What transcribing a recording takes of the machine.

use std::time::{Duration, Instant};

use watchme_core::Effort;

/// Runs from the start of a recording.
#[derive(Debug)]
pub(super) struct Meter {
    started: Instant,
    cpu: Option<Duration>,
}

impl Meter {
    pub(super) fn start() -> Self {
        Self { started: Instant::now(), cpu: cpu() }
    }

    /// What it took until now. What else the process did meanwhile is in it: threads of the engine
    /// come and go, and the process is what the machine is paid for.
    pub(super) fn effort(&self) -> Option<Effort> {
        let cpu = cpu()?.saturating_sub(self.cpu?);
        Some(Effort { wall: self.started.elapsed(), cpu })
    }
}

/// The processor time of this process until now, where the system tells.
#[cfg(unix)]
fn cpu() -> Option<Duration> {
    use nix::sys::resource::{UsageWho, getrusage};
    use nix::sys::time::TimeValLike;

    let usage = getrusage(UsageWho::RUSAGE_SELF).ok()?;
    let microseconds = (usage.user_time() + usage.system_time()).num_microseconds();
    u64::try_from(microseconds).ok().map(Duration::from_micros)
}

#[cfg(not(unix))]
fn cpu() -> Option<Duration> {
    None
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn work_takes_time_of_wall_and_processor() {
        let meter = Meter::start();
        let before = cpu().unwrap();
        let mut sum = 0_u64;
        // Until the system has counted some of it.
        while cpu().unwrap() < before + Duration::from_millis(5) {
            sum = std::hint::black_box(sum.wrapping_mul(31).wrapping_add(7));
        }
        let effort = meter.effort().unwrap();
        assert!(effort.cpu >= Duration::from_millis(5), "{effort:?}");
        assert!(effort.wall > Duration::ZERO, "{effort:?}");
    }
}
