//! A device's month at a glance.

use jiff::Timestamp;

use crate::domain::{DeviceId, Month, RecordingQuery};
use crate::pipeline::Pipeline;
use crate::ports::StoreError;
use crate::rules::{self, DayCount};

impl Pipeline {
    /// Counts the slots of each day of a device's month by their state at `now`. Quarantined slots
    /// are counted apart from waiting ones, where the pipeline claims and the database keeps
    /// claims.
    pub async fn month(
        &self,
        device: &DeviceId,
        month: Month,
        now: Timestamp,
    ) -> Result<Vec<DayCount>, StoreError> {
        let (store, policy) = (&self.ports().store, self.policy());
        let (from, until) = rules::month_window(month);
        let window = RecordingQuery::Window { device: device.clone(), from, until };
        let rows = store.recordings(&window).await?;
        let saved = store.saved_slots(device, &month.span(), &policy.silence_text).await?;
        let recorded = rules::recorded_in(device, month, rows, &policy.zone);
        let claims = match self.claims() {
            Some(claiming) => claiming.records(rules::waiting_objects(&recorded)).await?,
            None => Vec::new(),
        };
        let quarantine = self.claims().map(|claiming| &claiming.quarantine);
        Ok(rules::month_of(month, &recorded, &saved, &claims, quarantine, now))
    }
}
