//! A device's month at a glance.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use watchme_core::rules::DayCount;
use watchme_core::{DeviceId, Month};

/// A device's month: for each day, the number of slots in each state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct MonthBody {
    /// The device.
    pub device_id: String,
    /// Its local month.
    pub month: String,
    /// All days of the month, in order.
    pub days: Vec<DayCountBody>,
}

/// Number of slots of a day in each state. Each slot counts once; slots without a recording do not
/// count.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(example = json!({
    "date": "2025-07-18", "text": 31, "silent": 12, "waiting": 2, "quarantined": 1
}))]
pub struct DayCountBody {
    /// The local day.
    pub date: String,
    /// Slots with text.
    pub text: u32,
    /// Slots in which nobody spoke.
    pub silent: u32,
    /// Slots with a recording that is not completed.
    pub waiting: u32,
    /// Slots with a quarantined recording.
    pub quarantined: u32,
}

impl MonthBody {
    /// Builds the body for a device's month.
    #[must_use]
    pub fn new(device: &DeviceId, month: Month, days: &[DayCount]) -> Self {
        Self {
            device_id: device.to_string(),
            month: month.to_string(),
            days: days.iter().map(DayCountBody::from).collect(),
        }
    }
}

impl From<&DayCount> for DayCountBody {
    fn from(count: &DayCount) -> Self {
        let DayCount { date, text, silent, waiting, quarantined } = *count;
        Self { date: date.to_string(), text, silent, waiting, quarantined }
    }
}
