//! A device's day, slot by slot.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use watchme_core::rules::{DaySlot, SlotState};
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
        Self { time_block: slot.block.to_string(), state, status, text, reason: None }
    }
}
