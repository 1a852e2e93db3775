//! Devices and their backlogs, as a table.

use console::measure_text_width;
use jiff::{SignedDuration, Timestamp};
use watchme_core::DeviceSummary;

/// Headings of the columns.
const HEADING: [&str; 5] = ["device", "recordings", "pending", "oldest pending", "quarantined"];

/// Returns a heading and a line for each device. Ages are relative to `now`.
pub(crate) fn table(devices: &[DeviceSummary], now: Timestamp) -> Vec<String> {
    let mut rows = vec![HEADING.map(str::to_owned)];
    rows.extend(devices.iter().map(|device| {
        let oldest = device.oldest_pending.as_ref();
        [
            device.device.to_string(),
            device.recordings.to_string(),
            device.pending.to_string(),
            oldest.map_or_else(|| "-".to_owned(), |at| age(now.duration_since(at.instant()))),
            device.quarantined.to_string(),
        ]
    }));
    let mut widths = [0; 5];
    for row in &rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = measure_text_width(cell).max(*width);
        }
    }
    rows.iter().map(|row| line(row, widths)).collect()
}

/// Formats an age: `3 d 4 h`, `2 h 5 min`, `7 min`, `12 s`. A time in the future counts as now:
/// clocks differ, and old recorders wrote local time as UTC.
pub(crate) fn age(age: SignedDuration) -> String {
    let seconds = age.as_secs().max(0);
    let (minutes, hours, days) = (seconds / 60, seconds / 3600, seconds / 86_400);
    match (days, hours, minutes) {
        (0, 0, 0) => format!("{seconds} s"),
        (0, 0, minutes) => format!("{minutes} min"),
        (0, hours, minutes) => format!("{hours} h {} min", minutes % 60),
        (days, hours, _) => format!("{days} d {} h", hours % 24),
    }
}

/// Aligns the device to the left and numbers to the right of their columns.
fn line(row: &[String; 5], widths: [usize; 5]) -> String {
    let cells = row.iter().zip(widths).enumerate().map(|(column, (cell, width))| {
        let blanks = " ".repeat(width - measure_text_width(cell));
        if column == 0 { format!("{cell}{blanks}") } else { format!("{blanks}{cell}") }
    });
    cells.collect::<Vec<_>>().join("  ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_age_has_its_two_largest_units() {
        for (seconds, expected) in [
            (-5, "0 s"),
            (59, "59 s"),
            (60, "1 min"),
            (3599, "59 min"),
            (3600, "1 h 0 min"),
            (7500, "2 h 5 min"),
            (86_400, "1 d 0 h"),
            (273_600, "3 d 4 h"),
        ] {
            assert_eq!(age(SignedDuration::from_secs(seconds)), expected, "{seconds}");
        }
    }

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let device = DeviceSummary {
            device: "m5".parse().unwrap(),
            recordings: 961,
            last_recorded_at: "2025-07-20T14:30:00Z".parse().unwrap(),
            pending: 3,
            oldest_pending: Some("2025-07-20T13:30:00Z".parse().unwrap()),
            quarantined: 0,
        };
        let done = DeviceSummary { oldest_pending: None, pending: 0, ..device.clone() };
        assert_eq!(
            table(&[device, done], "2025-07-20T15:00:00Z".parse().unwrap()),
            [
                "device  recordings  pending  oldest pending  quarantined",
                "m5             961        3      1 h 30 min            0",
                "m5             961        0               -            0",
            ]
        );
    }
}
