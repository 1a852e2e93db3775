//! Times of a schedule, by the clock of its zone.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use watchme_app::Schedule;

fn next(cron: &str, zone: &str, after: &str) -> String {
    let schedule: Schedule = cron.parse().unwrap();
    let zone = TimeZone::get(zone).unwrap();
    let after: Timestamp = after.parse().unwrap();
    let next = schedule.next_after(after, &zone).unwrap();
    next.to_zoned_datetime(zone).strftime("%Y-%m-%d %H:%M:%S %:z").to_string()
}

#[test]
fn a_line_of_cron_names_times_of_the_zone() {
    for (cron, zone, after, expected) in [
        ("10 * * * *", "Asia/Tokyo", "2025-07-18T00:09:59Z", "2025-07-18 09:10:00 +09:00"),
        ("10 * * * *", "Asia/Tokyo", "2025-07-18T00:10:00Z", "2025-07-18 10:10:00 +09:00"),
        (
            "0 0,3,6,9,12,15,18,21 * * *",
            "Asia/Tokyo",
            "2025-07-18T13:00:00Z",
            "2025-07-19 00:00:00 +09:00",
        ),
        ("0 */3 * * *", "UTC", "2025-07-18T22:00:00Z", "2025-07-19 00:00:00 +00:00"),
        ("30 4 * * MON", "UTC", "2025-07-18T00:00:00Z", "2025-07-21 04:30:00 +00:00"),
        ("0 0 29 2 *", "UTC", "2025-01-01T00:00:00Z", "2028-02-29 00:00:00 +00:00"),
        ("* * * * * *", "UTC", "2025-07-18T00:00:00.5Z", "2025-07-18 00:00:01 +00:00"),
        ("*/15 * * * * *", "UTC", "2025-07-18T00:00:15Z", "2025-07-18 00:00:30 +00:00"),
        // The clock is set forward from 2 to 3, and back from 3 to 2.
        ("30 2 * * *", "Europe/Berlin", "2025-03-30T00:00:00Z", "2025-03-30 03:00:00 +02:00"),
        ("30 2 * * *", "Europe/Berlin", "2025-10-26T00:00:00Z", "2025-10-26 02:30:00 +02:00"),
        ("30 2 * * *", "Europe/Berlin", "2025-10-26T00:30:00Z", "2025-10-27 02:30:00 +01:00"),
    ] {
        assert_eq!(next(cron, zone, after), expected, "{cron} {zone} {after}");
    }
}

#[test]
fn a_text_that_is_no_line_of_cron_is_refused() {
    for text in
        ["", "hourly", "* * * *", "60 * * * *", "0 25 * * *", "0 0 30 2 *", "0 0 1 1 * * 2030"]
    {
        assert!(text.parse::<Schedule>().is_err(), "`{text}`");
    }
}
