//! Devices, and how far their recordings are.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use watchme_core::DeviceSummary;

use crate::slots::time;

/// Every device that has a recording.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DevicesBody {
    /// The devices, ordered by id.
    pub devices: Vec<DeviceBody>,
}

/// A device and how far its recordings are. Times are RFC 3339 in UTC.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(example = json!({
    "device_id": "d067d407-cf73-4174-a9c1-d91fb60d64d0",
    "recordings": 961,
    "last_recorded_at": "2025-07-20T14:30:00.000Z",
    "pending": 3,
    "oldest_pending": "2025-07-20T13:30:00.000Z",
    "quarantined": 0
}))]
pub struct DeviceBody {
    /// The device.
    pub device_id: String,
    /// How many rows it has.
    pub recordings: u32,
    /// The `recorded_at` of its latest row.
    pub last_recorded_at: String,
    /// How many rows are pending.
    pub pending: u32,
    /// The `recorded_at` of the oldest of them; `null` where there is none.
    #[schema(required)]
    pub oldest_pending: Option<String>,
    /// How many recordings are quarantined.
    pub quarantined: u32,
}

impl DevicesBody {
    /// The body for these devices.
    #[must_use]
    pub fn new(devices: &[DeviceSummary]) -> Self {
        Self { devices: devices.iter().map(DeviceBody::from).collect() }
    }
}

impl From<&DeviceSummary> for DeviceBody {
    fn from(summary: &DeviceSummary) -> Self {
        Self {
            device_id: summary.device.to_string(),
            recordings: summary.recordings,
            last_recorded_at: time(&summary.last_recorded_at.instant()),
            pending: summary.pending,
            oldest_pending: summary.oldest_pending.as_ref().map(|at| time(&at.instant())),
            quarantined: summary.quarantined,
        }
    }
}
