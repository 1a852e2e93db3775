//! The slot of a recording: a half hour of a local day.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

use crate::domain::{DeviceId, LocalDate, ObjectKey, Recording, RecordingQuery, Slot, TimeBlock};

/// Returns the slot of a recording.
///
/// The object key decides, then the columns, and `recorded_at` only if neither does: it has two
/// meanings. Until 19 July 2025 it is the device's wall clock labelled UTC, since then the
/// true instant, while the key names the local day and time in both eras. The device is the
/// row's: a key cannot file a recording under somebody else.
#[must_use]
pub fn slot_of(recording: &Recording, zone: &TimeZone) -> Slot {
    let (date, block) = place_in_key(&recording.object_key).unwrap_or_else(|| {
        let local = zone.to_datetime(recording.id.recorded_at.instant());
        (
            recording.local_date.unwrap_or_else(|| local.date().into()),
            recording.time_block.unwrap_or_else(|| TimeBlock::at(local.time()).slot()),
        )
    });
    Slot { device: recording.id.device.clone(), date, block }
}

/// Returns the instants between which every recording of a local day lies, in every zone and both
/// eras of `recorded_at`: a day more on either side, since zones reach from UTC-12 to UTC+14.
#[must_use]
pub fn day_window(date: LocalDate) -> (Timestamp, Timestamp) {
    let start = |date: Date, otherwise| {
        TimeZone::UTC.to_timestamp(date.at(0, 0, 0, 0)).unwrap_or(otherwise)
    };
    let date = date.date();
    (
        start(date.saturating_sub(1.day()), Timestamp::MIN),
        start(date.saturating_add(2.days()), Timestamp::MAX),
    )
}

/// Returns the query for every row that may belong to a device's local day.
pub(crate) fn day_query(device: &DeviceId, date: LocalDate) -> RecordingQuery {
    let (from, until) = day_window(date);
    RecordingQuery::Window { device: device.clone(), from, until }
}

/// Parses date and block of `files/{device}/{YYYY-MM-DD}/{HH-MM}/audio.wav`.
fn place_in_key(key: &ObjectKey) -> Option<(LocalDate, TimeBlock)> {
    let mut parts = key.as_str().rsplit('/');
    let (_file, folder, date, _device) =
        (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    Some((date.parse().ok()?, block_of_folder(folder)?))
}

/// Parses a folder name. `HH-MM` is the block as written; `HH-MM-SS` becomes the half hour it falls
/// in, since readers ask for half hours only and the table takes no seconds.
fn block_of_folder(name: &str) -> Option<TimeBlock> {
    if let Ok(block) = name.parse() {
        return Some(block);
    }
    let (block, seconds) = name.rsplit_once('-')?;
    let is_seconds = seconds.parse().is_ok_and(|s: u8| s < 60 && format!("{s:02}") == seconds);
    let block: TimeBlock = block.parse().ok().filter(|_| is_seconds)?;
    Some(block.slot())
}
