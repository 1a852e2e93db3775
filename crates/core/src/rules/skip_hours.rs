//! Hours of the day whose recordings a schedule leaves out.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use crate::domain::{DeviceId, ParseIdError, TimeBlock};

/// Hours of the day whose recordings are left out, for all devices and for some.
///
/// Written as entries with `;` between them. `23-05` is for every device without an entry of its
/// own and means 23:00 up to 05:00, that hour not included; `DEVICE=12-13,23-05` is for one, and
/// `DEVICE=none` leaves out nothing of it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SkipHours {
    everywhere: Hours,
    devices: BTreeMap<DeviceId, Hours>,
}

/// Hours from 0 to 23, one bit each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Hours(u32);

impl SkipHours {
    /// True if a recording of `device` that was made at `block` of its local day is left out.
    #[must_use]
    pub fn skips(&self, device: &DeviceId, block: TimeBlock) -> bool {
        let Hours(hours) = self.devices.get(device).unwrap_or(&self.everywhere);
        hours & (1 << block.hour()) != 0
    }

    /// True if nothing is left out.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.everywhere.0 == 0 && self.devices.values().all(|hours| hours.0 == 0)
    }
}

impl FromStr for SkipHours {
    type Err = ParseIdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = || {
            let expected = "hours as `23-05`, or `DEVICE=23-05`, several with `;` between them";
            ParseIdError::new("hours to skip", text, expected)
        };
        let mut skip = Self::default();
        let mut has_general_entry = false;
        for entry in text.split(';').map(str::trim).filter(|entry| !entry.is_empty()) {
            // No range has this sign, and a device may.
            let is_new = if let Some((device, hours)) = entry.rsplit_once('=') {
                let device = device.trim().parse().map_err(|_| wrong())?;
                let hours = Hours::parse(hours.trim()).ok_or_else(wrong)?;
                skip.devices.insert(device, hours).is_none()
            } else {
                skip.everywhere = Hours::parse(entry).ok_or_else(wrong)?;
                !std::mem::replace(&mut has_general_entry, true)
            };
            if !is_new {
                return Err(wrong());
            }
        }
        Ok(skip)
    }
}

impl Hours {
    fn parse(text: &str) -> Option<Self> {
        if text == "none" {
            return Some(Self::default());
        }
        let ranges = text.split(',').map(|range| Self::range(range.trim()));
        ranges
            .collect::<Option<Vec<_>>>()
            .map(|ranges| Self(ranges.into_iter().fold(0, |hours, Self(range)| hours | range)))
    }

    /// Parses `23-05`: over midnight if the end is smaller. `22-24` ends with the day.
    fn range(text: &str) -> Option<Self> {
        let number = |text: &str| {
            let is_plain =
                (1..=2).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
            text.parse::<u32>().ok().filter(|_| is_plain)
        };
        let (from, until) = text.split_once('-')?;
        let (from, until) = (number(from)?, number(until)?);
        if from > 23 || until > 24 || from == until {
            return None;
        }
        let length = (until + 24 - from) % 24;
        // `00-24` is the whole day, and not none of it.
        let length = if length == 0 { 24 } else { length };
        let hours = (from..from + length).fold(0, |hours, hour| hours | 1 << (hour % 24));
        Some(Self(hours))
    }
}

impl fmt::Display for SkipHours {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.everywhere.fmt(f)?;
        self.devices.iter().try_for_each(|(device, hours)| write!(f, "; {device}={hours}"))
    }
}

impl fmt::Display for Hours {
    /// Writes the ranges in the order of the day; one over midnight comes last.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let has = |hour: u32| self.0 & (1 << (hour % 24)) != 0;
        if self.0 == (1 << 24) - 1 {
            return f.write_str("00-24");
        }
        let mut is_first = true;
        for from in (0..24).filter(|&hour| has(hour) && !has(hour + 23)) {
            let until = (from + 1..from + 24).find(|&hour| !has(hour)).unwrap_or(from);
            let comma = if is_first { "" } else { "," };
            write!(f, "{comma}{from:02}-{:02}", if until > 24 { until - 24 } else { until })?;
            is_first = false;
        }
        if is_first { f.write_str("none") } else { Ok(()) }
    }
}
