//! Identifiers, parsed once: what parses is exactly what prints.

use std::fmt;
use std::ops::RangeInclusive;
use std::str::FromStr;

use jiff::ToSpan;
use jiff::civil::{Date, Time};

/// Identifier of a device. Any text: most are UUIDs, `test_device_001` is one too.
///
/// Compared as text, never normalised. Not empty, at most 255 bytes, no control character.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DeviceId(String);

impl DeviceId {
    /// Returns the identifier as it is written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Day of the device's own calendar, written `YYYY-MM-DD`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LocalDate(Date);

impl LocalDate {
    /// Returns the calendar date.
    #[must_use]
    pub fn date(self) -> Date {
        self.0
    }
}

impl From<Date> for LocalDate {
    fn from(date: Date) -> Self {
        Self(date)
    }
}

/// Month of the device's own calendar, written `YYYY-MM`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Month(Date);

impl Month {
    /// Returns its days, in order.
    pub fn days(self) -> impl Iterator<Item = LocalDate> {
        let (first, last) = self.span().into_inner();
        first.0.series(1.day()).take_while(move |day| *day <= last.0).map(LocalDate)
    }

    /// Returns its first and its last day.
    #[must_use]
    pub fn span(self) -> RangeInclusive<LocalDate> {
        LocalDate(self.0)..=LocalDate(self.0.last_of_month())
    }
}

/// Local time of day that names a recording's place in its day, written `HH-MM`.
///
/// The day has 48 slots, `00-00` to `23-30`; older recorders named other minutes, which are kept
/// as written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TimeBlock {
    hour: u8,
    minute: u8,
}

impl TimeBlock {
    /// Returns the block that starts at `hour`:`minute`, or `None` if no clock shows that.
    #[must_use]
    pub fn new(hour: u8, minute: u8) -> Option<Self> {
        (hour < 24 && minute < 60).then_some(Self { hour, minute })
    }

    /// Returns the hour of the day, from 0 to 23.
    #[must_use]
    pub fn hour(self) -> u8 {
        self.hour
    }

    /// Returns the minute of the hour, from 0 to 59.
    #[must_use]
    pub fn minute(self) -> u8 {
        self.minute
    }

    /// Returns the block a clock shows, without its seconds.
    #[must_use]
    pub fn at(time: Time) -> Self {
        // A civil time's parts are never negative.
        Self { hour: time.hour().unsigned_abs(), minute: time.minute().unsigned_abs() }
    }

    /// Returns the half-hour slot this block falls in.
    #[must_use]
    pub fn slot(self) -> Self {
        Self { hour: self.hour, minute: self.minute / 30 * 30 }
    }

    /// Returns the 48 slots of a day, in order.
    pub fn slots() -> impl Iterator<Item = Self> {
        (0..48).map(|half_hour| Self { hour: half_hour / 2, minute: half_hour % 2 * 30 })
    }
}

/// Key of a recording in its bucket, or its path under a folder.
///
/// Not empty, at most 1024 bytes (the limit of S3), no control character. Whether a part of it
/// may be `..` is the source's concern.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ObjectKey(String);

impl ObjectKey {
    /// Returns the key as it is written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Error for a text that is not an identifier of the wanted kind.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("invalid {what} `{text}`, expected {expected}")]
pub struct ParseIdError {
    what: &'static str,
    text: String,
    expected: &'static str,
}

impl ParseIdError {
    /// Longest part of a wrong text that an error repeats, in characters.
    const QUOTED_CHARS: usize = 80;

    pub(crate) fn new(what: &'static str, text: &str, expected: &'static str) -> Self {
        let text = text.chars().take(Self::QUOTED_CHARS).collect();
        Self { what, text, expected }
    }
}

impl FromStr for DeviceId {
    type Err = ParseIdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if is_plain_text(text, 255) {
            Ok(Self(text.to_owned()))
        } else {
            Err(ParseIdError::new("device id", text, "1 to 255 bytes without control characters"))
        }
    }
}

impl FromStr for ObjectKey {
    type Err = ParseIdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if is_plain_text(text, 1024) {
            Ok(Self(text.to_owned()))
        } else {
            Err(ParseIdError::new("object key", text, "1 to 1024 bytes without control characters"))
        }
    }
}

impl FromStr for LocalDate {
    type Err = ParseIdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        // A lenient parser also takes `20250718`, which would not print as it was read.
        text.parse()
            .ok()
            .map(Self)
            // There is no year 0, and no recorder that far back.
            .filter(|date| date.to_string() == text && date.0.year() > 0)
            .ok_or_else(|| ParseIdError::new("date", text, "`YYYY-MM-DD`"))
    }
}

impl FromStr for Month {
    type Err = ParseIdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        format!("{text}-01")
            .parse()
            .map(|LocalDate(first)| Self(first))
            .map_err(|_| ParseIdError::new("month", text, "`YYYY-MM`"))
    }
}

impl FromStr for TimeBlock {
    type Err = ParseIdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.split_once('-')
            .and_then(|(hour, minute)| Self::new(hour.parse().ok()?, minute.parse().ok()?))
            .filter(|block| block.to_string() == text)
            .ok_or_else(|| ParseIdError::new("time block", text, "`HH-MM`"))
    }
}

impl fmt::Display for DeviceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for ObjectKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for LocalDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}", self.0.year(), self.0.month())
    }
}

impl fmt::Display for TimeBlock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}-{:02}", self.hour, self.minute)
    }
}

fn is_plain_text(text: &str, max_bytes: usize) -> bool {
    (1..=max_bytes).contains(&text.len()) && !text.chars().any(char::is_control)
}
