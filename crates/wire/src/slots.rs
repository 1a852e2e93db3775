//! A device's day, slot by slot.

use std::fmt;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use watchme_core::rules::{DaySlot, SlotState, SlotWork, WorkPhase};
use watchme_core::{DeviceId, LocalDate};

/// A device's day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DaySlotsBody {
    /// The device.
    pub device_id: String,
    /// Its local day.
    pub date: String,
    /// The 48 half hours in order, and blocks in between that old recorders named.
    pub slots: Vec<SlotBody>,
}

/// One slot of a day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SlotBody {
    /// Start of the slot, `HH-MM`.
    pub time_block: String,
    /// State.
    pub state: SlotStateName,
    /// Status of the waiting recording; otherwise `null`.
    #[schema(required)]
    pub status: Option<String>,
    /// Text, if somebody spoke; otherwise `null`.
    #[schema(required)]
    pub text: Option<String>,
    /// Parts of the text that may not have been said, in order: the transcriber is unsure of them, or
    /// found too little voice for them. Empty if there are none, or if nothing is known of them.
    #[serde(default)]
    pub doubtful: Vec<String>,
    /// Reason why the recording is not completed, if known; otherwise `null`.
    #[schema(required)]
    pub reason: Option<String>,
    /// Progress of the work, if the recording was ever claimed; otherwise `null`.
    #[schema(required)]
    pub work: Option<SlotWorkBody>,
}

/// Work on the recording of a slot; on an unfinished one if there are several. Times are RFC 3339
/// in UTC.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SlotWorkBody {
    /// Phase.
    pub phase: WorkPhaseName,
    /// Path of the recording.
    pub file: String,
    /// Worker that holds the recording, or held it last.
    pub worker: String,
    /// Number of attempts since it was last completed.
    pub attempts: u32,
    /// Start of the latest attempt.
    pub claimed_at: String,
    /// End of that attempt; `null` while it lasts.
    #[schema(required)]
    pub finished_at: Option<String>,
    /// End of the lease of a running attempt; otherwise `null`.
    #[schema(required)]
    pub lease_until: Option<String>,
    /// Earliest time of the next attempt, if that has to wait; otherwise `null`.
    #[schema(required)]
    pub next_attempt: Option<String>,
    /// Kind of the latest failure, as in `error_details`; otherwise `null`.
    #[schema(required)]
    pub error_kind: Option<String>,
}

/// Phase of the work on a recording.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum WorkPhaseName {
    /// A worker has it.
    Running,
    /// It failed too often, and waits until somebody releases it.
    Quarantined,
    /// An attempt failed, and the next one has to wait.
    BackingOff,
    /// Any worker may take it now.
    Due,
    /// No worker will take it: it is completed, or its status is not `pending`.
    Ended,
}

/// State of a slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SlotStateName {
    /// No recording: the device was off.
    NoRecording,
    /// It has text.
    Text,
    /// Nobody spoke.
    Silent,
    /// A recording is not completed.
    Waiting,
}

impl DaySlotsBody {
    /// Builds the body for a device's day.
    #[must_use]
    pub fn new(device: &DeviceId, date: LocalDate, slots: &[DaySlot]) -> Self {
        Self {
            device_id: device.to_string(),
            date: date.to_string(),
            slots: slots.iter().map(SlotBody::from).collect(),
        }
    }
}

impl From<&DaySlot> for SlotBody {
    fn from(slot: &DaySlot) -> Self {
        let (state, status, text) = match &slot.state {
            SlotState::NoRecording => (SlotStateName::NoRecording, None, None),
            SlotState::Text(text) => (SlotStateName::Text, None, Some(text.clone())),
            SlotState::Silent => (SlotStateName::Silent, None, None),
            SlotState::Waiting(status) => {
                (SlotStateName::Waiting, Some(status.as_str().to_owned()), None)
            }
        };
        let is_waiting = state == SlotStateName::Waiting;
        let work = slot.work.as_ref();
        Self {
            time_block: slot.block.to_string(),
            state,
            status,
            text,
            doubtful: slot.doubtful.clone(),
            reason: work.filter(|_| is_waiting).and_then(|work| work.claim.last_error.clone()),
            work: work.map(SlotWorkBody::from),
        }
    }
}

impl From<&SlotWork> for SlotWorkBody {
    fn from(SlotWork { phase, claim }: &SlotWork) -> Self {
        let while_in = |of: WorkPhase, at| (*phase == of).then(|| time(at));
        Self {
            phase: WorkPhaseName::from(*phase),
            file: claim.object_key.to_string(),
            worker: claim.owner.clone(),
            attempts: claim.attempts,
            claimed_at: time(&claim.claimed_at),
            finished_at: claim.finished_at.as_ref().map(time),
            lease_until: while_in(WorkPhase::Running, &claim.lease_until),
            next_attempt: while_in(WorkPhase::BackingOff, &claim.next_attempt),
            error_kind: claim.last_error_kind.clone(),
        }
    }
}

impl From<WorkPhase> for WorkPhaseName {
    fn from(phase: WorkPhase) -> Self {
        match phase {
            WorkPhase::Running => Self::Running,
            WorkPhase::Quarantined => Self::Quarantined,
            WorkPhase::BackingOff => Self::BackingOff,
            WorkPhase::Due => Self::Due,
            WorkPhase::Ended => Self::Ended,
        }
    }
}

/// Formats a time as RFC 3339 in UTC, to the millisecond.
pub(crate) fn time(at: &impl fmt::Display) -> String {
    format!("{at:.3}")
}
