//! Devices with their backlog.

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

/// A device with its backlog. Times are RFC 3339 in UTC.
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
    /// Number of rows.
    pub recordings: u32,
    /// `recorded_at` of the latest row.
    pub last_recorded_at: String,
    /// Number of pending rows.
    pub pending: u32,
    /// `recorded_at` of the oldest pending row; `null` if there is none.
    #[schema(required)]
    pub oldest_pending: Option<String>,
    /// Number of quarantined recordings.
    pub quarantined: u32,
}

impl DevicesBody {
    /// Builds the body for these devices.
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
