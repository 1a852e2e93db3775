//! What of the runs is told to other services.

use watchme_core::Slot;
use watchme_runner::{RunEvent, RunId, RunListener, RunState};
use watchme_webhooks::{Event, RecordingStatus, RunStatus, Webhooks};

/// Tells receivers how recordings and runs end.
#[derive(Debug)]
pub(crate) struct Feed(pub(crate) Webhooks);

impl RunListener for Feed {
    fn heard(&self, run: RunId, event: &RunEvent) {
        let event = match event {
            RunEvent::Finished(report) if report.outcome.is_completed() => {
                let Some(slot) = &report.slot else { return };
                recording(RecordingStatus::Completed, run, report.label.clone(), slot)
            }
            // Other failures leave the row pending: the next run tries it again.
            RunEvent::Quarantined { key, slot } => {
                recording(RecordingStatus::Failed, run, key.to_string(), slot)
            }
            RunEvent::Ended { state, .. } => {
                let status = match state {
                    RunState::Finished => RunStatus::Finished,
                    RunState::Cancelled => RunStatus::Cancelled,
                    _ => RunStatus::Failed,
                };
                Event::Run { status, run_id: run.to_string() }
            }
            _ => return,
        };
        self.0.send(&event);
    }
}

fn recording(status: RecordingStatus, run: RunId, file_path: String, slot: &Slot) -> Event {
    Event::Recording {
        status,
        run_id: run.to_string(),
        file_path,
        device_id: slot.device.to_string(),
        date: slot.date.to_string(),
        time_block: slot.block.to_string(),
    }
}
