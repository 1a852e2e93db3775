//! Parses the schedule.

use std::time::Duration;

use watchme_core::rules::SkipHours;

use super::parse;
use crate::reader::Reader;
use crate::schedule::{ParseScheduleError, Schedule};
use crate::variables as var;

/// The schedule.
#[derive(Debug, Clone)]
pub struct ScheduleSettings {
    /// Times of firings. `None` if there is no schedule.
    pub when: Option<Schedule>,
    /// Age limit of recordings.
    pub look_back: Duration,
    /// Hours whose recordings are left out.
    pub skip: SkipHours,
}

pub(super) fn read(reader: &mut Reader<'_>) -> Option<ScheduleSettings> {
    let cron = |text: &str| {
        text.parse::<Schedule>().map_err(|error: ParseScheduleError| error.to_string())
    };
    let when = reader.optional(&var::SCHEDULE, cron);
    let look_back = reader.value(&var::LOOK_BACK_HOURS, parse::hours);
    let skip = reader.optional(&var::SKIP_HOURS, skip_hours);
    Some(ScheduleSettings {
        when: when.ok()?,
        look_back: look_back?,
        skip: skip.ok()?.unwrap_or_default(),
    })
}

fn skip_hours(text: &str) -> Result<SkipHours, String> {
    let expected = "write hours as `23-05`, or `23-05;DEVICE=12-13`, each device once";
    text.parse().map_err(|_| expected.to_owned())
}
