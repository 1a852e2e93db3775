//! A device's day, slot by slot.

use std::fmt;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use watchme_core::rules::{DaySlot, SlotState, SlotWork, WorkPhase};
use watchme_core::{DeviceId, LocalDate};

/// A device's day as its readers see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DaySlotsBody {
    /// The device.
    pub device_id: String,
    /// Its local day.
    pub date: String,
    /// The 48 half hours, and blocks between them that old recorders named, in order.
    pub slots: Vec<SlotBody>,
}

/// One slot of a day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SlotBody {
    /// Which, `HH-MM`.
    pub time_block: String,
    /// What is known of it.
    pub state: SlotStateName,
    /// The status of its recording, where it waits; else `null`.
    #[schema(required)]
    pub status: Option<String>,
    /// What was said, where something was; else `null`.
    #[schema(required)]
    pub text: Option<String>,
    /// Why its recording is not completed, where that is known; else `null`.
    #[schema(required)]
    pub reason: Option<String>,
    /// How far the work on its recording is, where it was ever claimed; else `null`.
    #[schema(required)]
    pub work: Option<SlotWorkBody>,
}

/// How far the work on the recording of a slot is. Of several recordings it is that of an
/// unfinished one. Times are RFC 3339 in UTC.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SlotWorkBody {
    /// How far.
    pub phase: WorkPhaseName,
    /// The path of the recording.
    pub file: String,
    /// Who works on it, or did so last.
    pub worker: String,
    /// Attempts since it was last completed.
    pub attempts: u32,
    /// When the latest one began.
    pub claimed_at: String,
    /// When it ended, if it did.
    #[schema(required)]
    pub finished_at: Option<String>,
    /// Until when it is nobody else's, while it goes on; else `null`.
    #[schema(required)]
    pub lease_until: Option<String>,
    /// When the next attempt may be, where it has to wait; else `null`.
    #[schema(required)]
    pub next_attempt: Option<String>,
    /// The class of the latest failure, as in `error_details`; else `null`.
    #[schema(required)]
    pub error_kind: Option<String>,
}

/// How far the work on a recording is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum WorkPhaseName {
    /// Somebody works on it.
    Running,
    /// It was tried too often, and waits for somebody to release it.
    Quarantined,
    /// An attempt failed, and the next one has to wait for its time.
    BackingOff,
    /// Whoever comes next may take it.
    Due,
    /// Nobody will take it by itself: it is completed, or its status is not `pending`.
    Ended,
}

/// What is known of a slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SlotStateName {
    /// No recording: the device was off.
    NoRecording,
    /// Something was said.
    Text,
    /// Nobody spoke.
    Silent,
    /// A recording is not completed.
    Waiting,
}

impl DaySlotsBody {
    /// The body for a device's day.
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

/// RFC 3339 in UTC, to the millisecond.
pub(crate) fn time(at: &impl fmt::Display) -> String {
    format!("{at:.3}")
}
