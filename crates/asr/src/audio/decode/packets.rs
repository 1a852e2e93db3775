//! Counts the packets of a recording, and decides when to give up.

use tracing::{debug, warn};

use super::super::fault::Fault;

/// After this many packets without sound, no more sound is expected. The pictures of a video lie
/// between its sound, at most some hundred in a row.
pub(super) const MAX_IDLE: u32 = 100_000;

/// Number of damaged places in a row after which a container is given up.
const MAX_STUMBLES: u32 = 16;

/// After this many failed packets in a row a new decoder is made: a recording put together from
/// several may continue with another rate or other channels, which not every decoder accepts.
const FAILURES_TO_RENEW: u32 = 2;

/// Limit of renewed decoders. Making one takes up to some milliseconds.
const MAX_RENEWALS: u32 = 100;

/// Counts of the packets of the track, by what became of them.
#[derive(Debug, Default)]
pub(super) struct Packets {
    decoded: u64,
    failed: u64,
    /// Packets of any kind since the last sound.
    pub(super) idle: u32,
    /// Errors of the container since the last packet.
    stumbles: u32,
    /// Failures since the last packet that was decoded.
    failed_in_a_row: u32,
    renewals: u32,
}

impl Packets {
    pub(super) fn decoded(&mut self) {
        self.decoded += 1;
        self.failed_in_a_row = 0;
    }

    pub(super) fn failed(&mut self, container: &str, reason: &str) {
        self.failed += 1;
        self.failed_in_a_row += 1;
        debug!(container, reason, "a damaged packet is left out");
    }

    /// True until a packet was decoded.
    pub(super) fn is_first(&self) -> bool {
        self.decoded == 0
    }

    /// Notes that the container gave a packet.
    pub(super) fn found(&mut self) {
        self.stumbles = 0;
    }

    /// Counts a place at which the container is damaged. True if it is not the first in a row.
    pub(super) fn stumble(&mut self) -> bool {
        self.stumbles += 1;
        self.stumbles > 1
    }

    /// True if the container was damaged at too many places in a row.
    pub(super) fn is_lost(&self) -> bool {
        self.stumbles >= MAX_STUMBLES
    }

    /// True if a new decoder may do better.
    pub(super) fn must_renew(&mut self) -> bool {
        let must = self.failed_in_a_row == FAILURES_TO_RENEW && self.renewals < MAX_RENEWALS;
        self.renewals += u32::from(must);
        must
    }

    /// Decides, after the last packet, if enough was decoded to stand for the recording.
    pub(super) fn judge(
        &self,
        container: &'static str,
        breaks_off: Option<String>,
        seconds_lost: f64,
        promises_nothing: bool,
    ) -> Result<(), Fault> {
        let (decoded, failed, total) = (self.decoded, self.failed, self.decoded + self.failed);
        let broken = |reason| Err(Fault::Broken { container, reason });
        // A recording of which most is gone must not pass for a quiet one.
        if failed > decoded {
            return broken(format!("{failed} of {total} packets cannot be decoded"));
        }
        if decoded == 0 && !(promises_nothing && breaks_off.is_none()) {
            return broken(breaks_off.unwrap_or_else(|| "it has no sound".to_owned()));
        }
        if failed > 0 || breaks_off.is_some() || seconds_lost > 0.0 {
            warn!(
                container,
                packets = total,
                packets_failed = failed,
                seconds_lost,
                breaks_off,
                "a damaged recording is used as far as it goes"
            );
        }
        Ok(())
    }
}
