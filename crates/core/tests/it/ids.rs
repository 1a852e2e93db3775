//! Identifiers parse exactly what they print.

use std::fmt::{Debug, Display};
use std::str::FromStr;

use watchme_core::{
    DeviceId, Language, LocalDate, ModelName, Month, ObjectKey, RecordedAt, TimeBlock,
};

fn check<T>(accepted: &[&str], rejected: &[&str])
where
    T: FromStr<Err: Display + Debug> + Display + Debug,
{
    for text in accepted {
        let parsed: T = text.parse().unwrap_or_else(|error| panic!("`{text}`: {error}"));
        assert_eq!(parsed.to_string(), *text);
    }
    for text in rejected {
        let result = text.parse::<T>();
        assert!(result.is_err(), "`{text}` is {result:?}");
    }
}

#[test]
fn a_time_block_is_two_digits_twice() {
    check::<TimeBlock>(
        &["00-00", "09-30", "23-30", "23-59", "12-17"],
        &[
            "",
            "-",
            "9-30",
            "09-3",
            "+9-30",
            "09-+5",
            "24-00",
            "12-60",
            "-1-00",
            "09-30 ",
            " 09-30",
            "09:30",
            "0930",
            "09-30-00",
            "009-30",
            "０９-３０",
            "ab-cd",
            "09--30",
        ],
    );
}

#[test]
fn a_month_is_a_month_of_the_calendar_with_all_its_days() {
    check::<Month>(
        &["2025-07", "0001-01", "9999-12"],
        &[
            "",
            "2025",
            "2025-7",
            "2025-13",
            "2025-00",
            "202507",
            "2025-07-01",
            " 2025-07",
            "+025-07",
        ],
    );
    for (month, first, last, days) in [
        ("2025-07", "2025-07-01", "2025-07-31", 31),
        ("2024-02", "2024-02-01", "2024-02-29", 29),
        ("2025-02", "2025-02-01", "2025-02-28", 28),
        ("9999-12", "9999-12-01", "9999-12-31", 31),
    ] {
        let month: Month = month.parse().unwrap();
        let all: Vec<_> = month.days().map(|day| day.to_string()).collect();
        assert_eq!((all.len(), all[0].as_str(), all[days - 1].as_str()), (days, first, last));
        let (from, until) = month.span().into_inner();
        assert_eq!((from.to_string().as_str(), until.to_string().as_str()), (first, last));
    }
}

#[test]
fn a_local_date_is_a_day_of_the_calendar() {
    check::<LocalDate>(
        &["2025-07-18", "2024-02-29", "0001-01-01", "9999-12-31"],
        &[
            "",
            "20250718",
            "2025-7-18",
            "2025-02-29",
            "2025-13-01",
            "2025-00-10",
            "2025-07-32",
            "18-07-2025",
            "2025/07/18",
            "2025-07-18T00:00:00",
            "2025-07-18 ",
            "hoge",
            "+2025-07-18",
            "2025-W29-5",
            "２０２５-07-18",
        ],
    );
}

#[test]
fn a_device_is_any_text_without_control_characters() {
    let longest = "d".repeat(255);
    check::<DeviceId>(
        &[
            "d067d407-cf73-4174-a9c1-d91fb60d64d0",
            "test_device_001",
            "居間",
            " a b ",
            "-",
            "null",
            &longest,
        ],
        &["", "a\nb", "a\0", "\u{7f}", "\u{85}", &format!("{longest}d")],
    );
}

#[test]
fn an_object_key_is_at_most_1024_bytes_without_control_characters() {
    let longest = "音".repeat(341);
    check::<ObjectKey>(
        &["a", "files/d/2025-07-18/12-00/audio.wav", "/", "../x", " a+b&c ", &longest],
        &["", "a\tb", "a\r\n", &format!("{longest}ab")],
    );
}

#[test]
fn model_and_language_are_short_names() {
    check::<ModelName>(
        &["base", "large-v3-turbo", "small.en", "tiny-q8_0"],
        &["", "base model", "../base", "モデル", &"m".repeat(65)],
    );
    check::<Language>(&["auto", "ja", "en", "yue"], &["", "JA", "j", "japanese", "j1", "日本"]);
}

#[test]
fn a_time_is_an_instant_and_keeps_its_text() {
    let noon = "2025-07-18T12:00:00Z";
    check::<RecordedAt>(
        &[noon, "2025-07-18 12:00:00+00", "2025-07-19T13:30:00.123+09:00", "2025-07-18T12:00:00"],
        &["", "2025-07-18T25:00:00Z", "noon", "1752840000"],
    );
    let read = |text: &str| text.parse::<RecordedAt>().unwrap();
    for same in ["2025-07-18 12:00:00+00", "2025-07-18T21:00:00+09:00", "2025-07-18T12:00:00"] {
        assert_eq!(read(same), read(noon), "`{same}`");
    }
    assert!(read("2025-07-18T20:59:59.999+09:00") < read(noon));
}

#[test]
fn a_day_has_48_slots_and_each_minute_falls_in_one() {
    let slots: Vec<_> = TimeBlock::slots().collect();
    assert_eq!(slots.len(), 48);
    assert_eq!((slots[0].to_string(), slots[47].to_string()), ("00-00".into(), "23-30".into()));
    assert!(slots.is_sorted());
    for (hour, minute) in (0..24).flat_map(|hour| (0..60).map(move |minute| (hour, minute))) {
        let slot = TimeBlock::new(hour, minute).unwrap().slot();
        assert_eq!(slot, slots[usize::from(hour) * 2 + usize::from(minute / 30)]);
    }
    assert_eq!((TimeBlock::new(24, 0), TimeBlock::new(0, 60)), (None, None));
}

#[test]
fn a_wrong_text_is_repeated_in_the_error_as_far_as_it_is_short() {
    let error = "9:30".parse::<TimeBlock>().unwrap_err();
    assert_eq!(error.to_string(), "invalid time block `9:30`, expected `HH-MM`");
    let error = "x".repeat(5_000).parse::<LocalDate>().unwrap_err();
    assert!(error.to_string().len() < 200, "{error}");
}
