//! Webhook events for runs and recordings.

use watchme_core::{self as core, Observer, Slot};
use watchme_runner::{RunEvent, RunId, RunListener, RunState};
use watchme_webhooks::{Event, RecordingStatus, RunStatus, Webhooks};

/// Sends events to receivers when recordings and runs end.
#[derive(Debug)]
pub(crate) struct Feed(pub(crate) Webhooks);

impl RunListener for Feed {
    fn heard(&self, run: RunId, event: &RunEvent) {
        match event {
            RunEvent::Finished(report) => self.finished(Some(run), report),
            RunEvent::Quarantined { key, slot } => self.quarantined(Some(run), key, slot),
            RunEvent::Ended { state, .. } => {
                let status = match state {
                    RunState::Finished => RunStatus::Finished,
                    RunState::Cancelled => RunStatus::Cancelled,
                    _ => RunStatus::Failed,
                };
                self.0.send(&Event::Run { status, run_id: run.to_string() });
            }
            _ => {}
        }
    }
}

/// For work beside the runs.
impl Observer for Feed {
    fn observe(&self, event: core::Event<'_>) {
        match event {
            core::Event::Finished { report } => self.finished(None, report),
            core::Event::Quarantined { key, slot } => self.quarantined(None, key, slot),
            _ => {}
        }
    }
}

impl Feed {
    /// Sends completions only. A failure leaves the row pending, and another run will retry it.
    fn finished(&self, run: Option<RunId>, report: &core::RecordingReport) {
        if let Some(slot) = &report.slot
            && report.outcome.is_completed()
        {
            self.recording(RecordingStatus::Completed, run, report.label.clone(), slot);
        }
    }

    fn quarantined(&self, run: Option<RunId>, key: &core::ObjectKey, slot: &Slot) {
        self.recording(RecordingStatus::Failed, run, key.to_string(), slot);
    }

    fn recording(
        &self,
        status: RecordingStatus,
        run: Option<RunId>,
        file_path: String,
        slot: &Slot,
    ) {
        self.0.send(&Event::Recording {
            status,
            run_id: run.map(|run| run.to_string()),
            file_path,
            device_id: slot.device.to_string(),
            date: slot.date.to_string(),
            time_block: slot.block.to_string(),
        });
    }
}
