//! A device's month at a glance.

use jiff::Timestamp;

use crate::rules::{self, DayCount};
use crate::{Claiming, DeviceId, Month, Pipeline, RecordingQuery, StoreError};

impl Pipeline {
    /// A device's month at `now`: of each day, how many slots are in which state. With `claiming`
    /// the quarantined are told from those that wait, where the database keeps claims.
    pub async fn month(
        &self,
        device: &DeviceId,
        month: Month,
        claiming: Option<&Claiming>,
        now: Timestamp,
    ) -> Result<Vec<DayCount>, StoreError> {
        let (store, policy) = (&self.ports().store, self.policy());
        let (from, until) = rules::month_window(month);
        let window = RecordingQuery::Window { device: device.clone(), from, until };
        let rows = store.recordings(&window).await?;
        let saved = store.saved_slots(device, &month.span(), &policy.silence_text).await?;
        let recorded = rules::recorded_in(device, month, rows, &policy.zone);
        let claims = match claiming {
            Some(claiming) => claiming.known(rules::waiting_objects(&recorded)).await?,
            None => Vec::new(),
        };
        let quarantine = claiming.map(|claiming| &claiming.quarantine);
        Ok(rules::month_of(month, &recorded, &saved, &claims, quarantine, now))
    }
}
