//! Cron expressions, parsed by `croner`.

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

use croner::Cron;
use croner::errors::CronError;
use croner::parser::{CronParser, Seconds, Year};
use croner::time::{CivilDate, CivilDateTime, CivilTime, CronDateTime, Resolution, Weekday};
use jiff::civil::DateTime;
use jiff::tz::{AmbiguousOffset, TimeZone};
use jiff::{SignedDuration, Timestamp, ZonedDateTime};

/// Times of a schedule: a cron expression, by the clock of some zone.
///
/// A time that a clock change skips or repeats fires once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schedule(Cron);

/// A text is not a cron expression, or its time never comes.
#[derive(Debug, thiserror::Error)]
#[error("write a cron expression with five fields whose time comes, such as `10 * * * *`: {0}")]
pub struct ParseScheduleError(CronError);

impl Schedule {
    /// The first time after `after`, by the clock of `zone`. `None` if there is no more.
    #[must_use]
    pub fn next_after(&self, after: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
        let next =
            self.0.find_next_occurrence(&Clock(after.to_zoned_datetime(zone.clone())), false);
        next.ok().map(|Clock(next)| next.timestamp())
    }
}

impl FromStr for Schedule {
    type Err = ParseScheduleError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let parser =
            CronParser::builder().seconds(Seconds::Optional).year(Year::Disallowed).build();
        let cron = parser.parse(text).map_err(ParseScheduleError)?;
        // Any day that exists comes some time after the epoch. 30 February does not.
        let epoch = Clock(Timestamp::UNIX_EPOCH.to_zoned_datetime(TimeZone::UTC));
        cron.find_next_occurrence(&epoch, false).map_err(ParseScheduleError)?;
        Ok(Self(cron))
    }
}

impl fmt::Display for Schedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.as_str())
    }
}

/// Local time in some zone. `croner` supports an older `jiff` than this one.
#[derive(Clone)]
struct Clock(ZonedDateTime);

impl CronDateTime for Clock {
    fn to_civil(&self) -> CivilDateTime {
        let shown = self.0.datetime();
        // The parts of a civil time are never negative.
        let part = |part: i8| u32::from(part.unsigned_abs());
        CivilDateTime::new(
            CivilDate::from_parts_unchecked(
                i32::from(shown.year()),
                part(shown.month()),
                part(shown.day()),
            ),
            CivilTime::from_parts_unchecked(
                part(shown.hour()),
                part(shown.minute()),
                part(shown.second()),
            ),
        )
    }

    fn civil_weekday(&self) -> Weekday {
        let days = self.0.weekday().to_sunday_zero_offset();
        Weekday::from_days_from_sunday(u32::from(days.unsigned_abs()))
    }

    fn resolve_civil(&self, civil: CivilDateTime) -> Result<Resolution<Self>, CronError> {
        let shown = to_jiff(civil).ok_or(CronError::InvalidDate)?;
        let ambiguous = self.0.time_zone().to_ambiguous_zoned_datetime(shown);
        let clock = |zoned: Result<ZonedDateTime, jiff::Error>| {
            zoned.map(Clock).map_err(|_| CronError::InvalidTime)
        };
        Ok(match ambiguous.offset() {
            AmbiguousOffset::Unambiguous { .. } => Resolution::Single(clock(ambiguous.later())?),
            AmbiguousOffset::Fold { .. } => {
                let earlier = clock(ambiguous.clone().earlier())?;
                Resolution::Ambiguous(earlier, clock(ambiguous.later())?)
            }
            AmbiguousOffset::Gap { .. } => Resolution::Gap,
        })
    }

    fn checked_add_seconds(&self, seconds: i64) -> Option<Self> {
        self.0.checked_add(SignedDuration::from_secs(seconds)).ok().map(Self)
    }

    fn cmp_instant(&self, other: &Self) -> Ordering {
        self.0.timestamp().cmp(&other.0.timestamp())
    }
}

fn to_jiff(civil: CivilDateTime) -> Option<DateTime> {
    let (date, time) = (civil.date(), civil.time());
    let part = |part: u32| i8::try_from(part).ok();
    DateTime::new(
        i16::try_from(date.year()).ok()?,
        part(date.month())?,
        part(date.day())?,
        part(time.hour())?,
        part(time.minute())?,
        part(time.second())?,
        0,
    )
    .ok()
}
