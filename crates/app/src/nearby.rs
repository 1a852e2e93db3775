//! Finds what a mistyped device or date may have meant.

use std::collections::BTreeSet;

use jiff::ToSpan;
use jiff::tz::TimeZone;
use watchme_core::rules::{day_window, slot_of};
use watchme_core::{
    ClaimStore, DeviceId, DeviceSummary, LocalDate, RecordingQuery, RecordingRow, StoreError,
    TranscriptStore,
};

/// Maximum edit distance of a device that is suggested, as a part of the name's length.
const EDITS_PER_LENGTH: f64 = 0.4;

/// Maximum number of devices that are suggested.
const SUGGESTED_DEVICES: usize = 3;

/// Days before and after a date in which others are looked for.
const NEARBY_DAYS: i32 = 14;

/// A device or a day without any recording or text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unknown {
    /// No recording is of this device.
    Device {
        /// The device.
        device: DeviceId,
        /// Devices with similar names, the most similar first.
        near: Vec<DeviceId>,
    },
    /// The device has no recording on this day.
    Day {
        /// The device.
        device: DeviceId,
        /// The day.
        date: LocalDate,
        /// The nearest earlier and later day with a recording, as far as there are any nearby, or
        /// else the day of the latest recording.
        near: Vec<LocalDate>,
    },
}

/// Finds out whether a device or one of its days is unknown. `None` if the day has a recording or a
/// text.
pub(crate) async fn find_unknown(
    store: &dyn TranscriptStore,
    claims: &dyn ClaimStore,
    device: &DeviceId,
    date: LocalDate,
    zone: &TimeZone,
) -> Result<Option<Unknown>, StoreError> {
    if !store.transcripts(device, date).await?.is_empty() {
        return Ok(None);
    }
    let days = days_around(store, device, date, zone).await?;
    if days.contains(&date) {
        return Ok(None);
    }
    let earlier = days.range(..date).next_back();
    let later = days.range(date..).next();
    let mut near: Vec<LocalDate> = earlier.into_iter().chain(later).copied().collect();
    if near.is_empty() {
        // A store without claims lists no devices: then nothing more is known.
        let devices = claims.devices().await.unwrap_or_default();
        match devices.iter().find(|summary| summary.device == *device) {
            Some(summary) => near.push(last_day(summary, zone)),
            None if devices.is_empty() => {}
            None => {
                let near = similar_devices(device, &devices);
                return Ok(Some(Unknown::Device { device: device.clone(), near }));
            }
        }
    }
    Ok(Some(Unknown::Day { device: device.clone(), date, near }))
}

/// Days around `date` on which the device has recordings.
async fn days_around(
    store: &dyn TranscriptStore,
    device: &DeviceId,
    date: LocalDate,
    zone: &TimeZone,
) -> Result<BTreeSet<LocalDate>, StoreError> {
    let day = |days: i32| LocalDate::from(date.date().saturating_add(days.days()));
    let (from, until) = (day_window(day(-NEARBY_DAYS)).0, day_window(day(NEARBY_DAYS)).1);
    let query = RecordingQuery::Window { device: device.clone(), from, until };
    let rows = store.recordings(&query).await?;
    let date_of = |row| match row {
        RecordingRow::Readable(row) => Some(slot_of(&row, zone).date),
        RecordingRow::Unreadable(_) => None,
    };
    Ok(rows.into_iter().filter_map(date_of).collect())
}

fn last_day(summary: &DeviceSummary, zone: &TimeZone) -> LocalDate {
    zone.to_datetime(summary.last_recorded_at.instant()).date().into()
}

/// Returns devices whose names are similar, the most similar first.
#[must_use]
pub fn similar_devices(device: &DeviceId, devices: &[DeviceSummary]) -> Vec<DeviceId> {
    let wanted = device.to_string().to_lowercase();
    let mut near: Vec<(usize, &DeviceId)> = devices
        .iter()
        .map(|summary| {
            let name = summary.device.to_string().to_lowercase();
            (strsim::damerau_levenshtein(&wanted, &name), &summary.device)
        })
        .filter(|(edits, _)| is_similar(*edits, wanted.chars().count()))
        .collect();
    near.sort();
    near.into_iter().take(SUGGESTED_DEVICES).map(|(_, device)| device.clone()).collect()
}

fn is_similar(edits: usize, length: usize) -> bool {
    let number = |count: usize| f64::from(u32::try_from(count).unwrap_or(u32::MAX));
    number(edits) <= (number(length) * EDITS_PER_LENGTH).max(1.0)
}
