//! The schedule: when it fires, how far back it looks, what it leaves out.

use std::time::Duration;

use watchme_core::rules::SkipHours;

use super::parse;
use crate::reader::Reader;
use crate::schedule::{ParseScheduleError, Schedule};
use crate::variables as var;

/// When recordings are taken up without being asked for.
#[derive(Debug, Clone)]
pub struct ScheduleSettings {
    /// When a firing is; `None`: never by itself.
    pub when: Option<Schedule>,
    /// How far back it looks.
    pub look_back: Duration,
    /// Which hours' recordings it leaves out.
    pub skip: SkipHours,
}

pub(super) fn schedule(reader: &mut Reader<'_>) -> Option<ScheduleSettings> {
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
