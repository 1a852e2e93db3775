//! A device's day as a file, for people and players.

use std::fmt::Write;
use std::str::FromStr;

use watchme_core::rules::{DaySlot, SlotState, Spoken};
use watchme_core::{DeviceId, LocalDate};

use crate::subtitles::{Cue, one_line};

/// Format of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExportFormat {
    /// A line for each slot with text.
    Txt,
    /// `SubRip` subtitles.
    Srt,
    /// `WebVTT` subtitles.
    Vtt,
    /// JSON, the body of the day.
    Json,
}

/// Error for an unknown format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnknownFormat;

impl ExportFormat {
    /// All formats.
    pub const ALL: [Self; 4] = [Self::Txt, Self::Srt, Self::Vtt, Self::Json];

    /// Returns the name, which is also the file extension.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Txt => "txt",
            Self::Srt => "srt",
            Self::Vtt => "vtt",
            Self::Json => "json",
        }
    }

    /// Returns the media type.
    #[must_use]
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Txt => "text/plain; charset=utf-8",
            Self::Srt => "application/x-subrip; charset=utf-8",
            Self::Vtt => "text/vtt; charset=utf-8",
            Self::Json => "application/json",
        }
    }

    /// Returns the file name of a device's day. It has only characters that are safe on every system,
    /// whatever the device is called.
    #[must_use]
    pub fn file_name(self, device: &DeviceId, date: LocalDate) -> String {
        /// Systems accept file names of at most 255 bytes.
        const LONGEST_DEVICE: usize = 100;
        let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_".contains(c);
        let plain = |c| if is_plain(c) { c } else { '_' };
        let device: String = device.as_str().chars().take(LONGEST_DEVICE).map(plain).collect();
        format!("{device}_{date}.{}", self.as_str())
    }
}

/// Formats a day as text, a line for each slot with text: the time, two spaces, the text.
#[must_use]
pub fn day_as_text(slots: &[DaySlot]) -> String {
    let mut lines = String::new();
    for slot in slots {
        if let SlotState::Text(text) = &slot.state {
            let (hour, minute) = (slot.block.hour(), slot.block.minute());
            let _ = writeln!(lines, "{hour:02}:{minute:02}  {}", one_line(text));
        }
    }
    lines
}

impl From<&Spoken> for Cue {
    fn from(spoken: &Spoken) -> Self {
        Self { start: spoken.start, end: spoken.end, text: spoken.text.clone() }
    }
}

impl FromStr for ExportFormat {
    type Err = UnknownFormat;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|format| format.as_str() == text).ok_or(UnknownFormat)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_name_is_plain_whatever_the_device_is_called() {
        let date = "2025-07-18".parse().unwrap();
        let long = "d".repeat(255);
        let cut = format!("{}_2025-07-18.srt", "d".repeat(100));
        for (device, expected) in [
            ("demo-device", "demo-device_2025-07-18.srt"),
            ("test_device_001", "test_device_001_2025-07-18.srt"),
            ("../../etc/passwd", "______etc_passwd_2025-07-18.srt"),
            ("a\"b\\c;d", "a_b_c_d_2025-07-18.srt"),
            ("居間 🎙", "_____2025-07-18.srt"),
            (long.as_str(), cut.as_str()),
        ] {
            let device = device.parse().unwrap();
            assert_eq!(ExportFormat::Srt.file_name(&device, date), expected);
        }
    }

    #[test]
    fn a_format_has_one_name() {
        for format in ExportFormat::ALL {
            assert_eq!(format.as_str().parse(), Ok(format));
        }
        for odd in ["", "SRT", "text", "csv"] {
            assert_eq!(odd.parse::<ExportFormat>(), Err(UnknownFormat));
        }
    }
}
