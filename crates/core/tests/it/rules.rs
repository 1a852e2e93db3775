//! The rules on tables of values.

use std::time::Duration;

use jiff::tz::{TimeZone, offset};
use watchme_core::rules::{
    SILENCE_RMS, SlotState, day_of, day_window, is_looped, is_outside_speech, is_silent_frame,
    join_slot, recorded_on, slot_of,
};
use watchme_core::{Recording, RecordingRow, RecordingStatus, SavedTranscript, Slot};
use watchme_testkit::RecordingSeed;
use watchme_testkit::sample::{self, DAY, DEVICE, key_of, tokyo};

use crate::seed_in;

fn recording(seed: &RecordingSeed) -> Recording {
    Recording {
        id: seed.id(),
        object_key: sample::object_key(&seed.object_key),
        status: seed.status.parse().unwrap_or_else(|never| match never {}),
        local_date: seed.local_date.as_deref().map(sample::date),
        time_block: seed.time_block.as_deref().map(sample::block),
    }
}

fn check_slot(seed: &RecordingSeed, zone: &TimeZone, expected: (&str, &str)) {
    let slot = slot_of(&recording(seed), zone);
    let found = (slot.date.to_string(), slot.block.to_string());
    assert_eq!((found.0.as_str(), found.1.as_str()), expected, "{seed:?}");
}

#[test]
fn the_key_tells_the_slot_in_both_eras() {
    let key = |date: &str, folder: &str| format!("files/{DEVICE}/{date}/{folder}/audio.wav");
    for (recorded_at, date, folder, block) in [
        // The wall clock labelled UTC.
        ("2025-07-18T00:10:00Z", "2025-07-18", "00-00", "00-00"),
        ("2025-07-18T08:40:00Z", "2025-07-18", "08-30", "08-30"),
        // The true instant, which is the day before in UTC.
        ("2025-07-20T00:10:00+09:00", "2025-07-20", "00-00", "00-00"),
        ("2025-07-19T23:40:00+00:00", "2025-07-20", "08-30", "08-30"),
        // Minutes of old recorders are kept, seconds fall in their half hour.
        ("2025-07-20T00:00:00Z", "2025-07-20", "09-17", "09-17"),
        ("2025-07-20T00:00:00Z", "2025-07-20", "09-17-30", "09-00"),
        ("2025-07-20T00:00:00Z", "2025-07-20", "09-59-59", "09-30"),
        ("2025-07-20T00:00:00Z", "2025-07-20", "00-00-00", "00-00"),
    ] {
        let seed = RecordingSeed::new(recorded_at, key(date, folder));
        check_slot(&seed, &tokyo(), (date, block));
        // Columns that differ do not matter.
        check_slot(&seed.with_columns("2001-01-01", "01-00"), &TimeZone::UTC, (date, block));
    }
}

#[test]
fn the_columns_tell_the_slot_where_the_key_does_not() {
    for key in [
        "bad.wav",
        "files/d/2025-07-20/audio.wav",
        "2025-07-20/12-00/audio.wav",
        "files/d/20250720/12-00/audio.wav",
        "files/d/2025-07-20/12:00/audio.wav",
        "files/d/2025-07-20/24-00/audio.wav",
        "files/d/2025-07-20/12-00-60/audio.wav",
        "files/d/2025-07-20/12-00-5/audio.wav",
        "files/d/2025-07-20/12-00-+5/audio.wav",
        "files/d/2025-07-20/12-00-00-00/audio.wav",
        "files/d/2025-07-20/12-00/part/audio.wav",
    ] {
        let seed = RecordingSeed::new("2025-07-19T23:40:00Z", key);
        check_slot(&seed, &tokyo(), ("2025-07-20", "08-30"));
        check_slot(
            &seed.clone().with_columns("2025-07-18", "07-30"),
            &tokyo(),
            ("2025-07-18", "07-30"),
        );
        let only_date =
            RecordingSeed { time_block: None, ..seed.with_columns("2025-07-18", "07-30") };
        check_slot(&only_date, &tokyo(), ("2025-07-18", "08-30"));
    }
}

#[test]
fn the_zone_tells_the_slot_where_nothing_else_does() {
    let seed = RecordingSeed::new("2025-07-20T11:59:59Z", "bad.wav");
    for (hours, expected) in [
        (0, ("2025-07-20", "11-30")),
        (9, ("2025-07-20", "20-30")),
        (-12, ("2025-07-19", "23-30")),
        (14, ("2025-07-21", "01-30")),
    ] {
        check_slot(&seed, &TimeZone::fixed(offset(hours)), expected);
    }
}

#[test]
fn the_device_is_that_of_the_row() {
    let seed = RecordingSeed::new("2025-07-20T00:00:00Z", key_of("12-00")).of("another");
    assert_eq!(slot_of(&recording(&seed), &tokyo()).device, sample::device("another"));
}

#[test]
fn the_window_of_a_day_holds_its_first_and_last_moment_in_every_zone_and_both_eras() {
    let date = sample::date(DAY);
    let (from, until) = day_window(date);
    let first = date.date().at(0, 0, 0, 0);
    let last = date.date().at(23, 59, 59, 999_999_999);
    for hours in -12..=14 {
        let zone = TimeZone::fixed(offset(hours));
        for moment in [first, last] {
            let instant = zone.to_timestamp(moment).unwrap();
            assert!(from <= instant && instant < until, "{moment} at {hours} hours");
        }
    }
    assert_eq!(from, "2025-07-19T00:00:00Z".parse().unwrap());
    assert_eq!(until, "2025-07-22T00:00:00Z".parse().unwrap());
    for edge in ["0001-01-01", "9999-12-30", "9999-12-31"] {
        let (from, until) = day_window(sample::date(edge));
        assert!(from < until, "`{edge}`");
    }
}

#[test]
fn loops_are_found() {
    let long_phrase = "という話をしておりますので、".repeat(9);
    let tail = format!("今日はありがとうございました。{}", "スタッフの上に、".repeat(20));
    for segment in [
        "スタッフの上に、".repeat(146).as_str(),
        "上に、上に、上に、上に、上に、上に、上に、上に、",
        "ああああああああああああ",
        "はい はい はい はい はい はい はい はい はい はい",
        "ご視聴ありがとうございました。".repeat(8).as_str(),
        "Thank you. Thank you. Thank you. Thank you. Thank you. Thank you. Thank you. Thank you.",
        "うーっ!うーっ!うーっ!うーっ!うーっ!うーっ!",
        // It slips now and then.
        "1.1.1.1.1.1.1.1.1.1.1.1.1.1.1.1.2.1.1.1.1.1.1.1.1.1.1.1.1.1.",
        "スタッフが終わってしまったので、スタッフが終わってしまったので、スタッフが終わってしまったので、スタッフが終わってしまったので",
        &long_phrase,
        &tail,
    ] {
        assert!(is_looped(segment), "`{segment}`");
    }
}

#[test]
fn speech_is_no_loop() {
    let ten_answers = ["はい"; 10];
    assert!(ten_answers.iter().all(|segment| !is_looped(segment)));
    let conversation = format!(
        "{}今日の会議は三時からで、資料は昨日のうちに共有しておきました。ご確認をお願いします。",
        "はい、".repeat(10)
    );
    for segment in [
        "",
        "。、！",
        "はい",
        "はい、はい、はい、わかりました。",
        "今日はとてもいい天気ですね。散歩に行きましょう。",
        "もしもし、もしもし、聞こえますか。もしもし。",
        "ははは、それは面白いですね。",
        "I think that that is what it is, is it not?",
        "1 2 3 4 5 6 7 8 9 10 11 12",
        &conversation,
    ] {
        assert!(!is_looped(segment), "`{segment}`");
    }
}

#[test]
fn quiet_frames_are_silent() {
    let frame = |level: f32| vec![level; 16_000];
    for (samples, expected) in [
        (Vec::new(), true),
        (frame(0.0), true),
        (frame(0.001), true),
        (frame(-0.001), true),
        (frame(SILENCE_RMS * 0.99), true),
        (frame(SILENCE_RMS * 1.01), false),
        (frame(0.01), false),
        (frame(-1.0), false),
        // One loud word in a second that is quiet else.
        ([vec![0.1; 1_600], vec![0.0; 14_400]].concat(), false),
    ] {
        assert_eq!(is_silent_frame(&samples), expected, "{:?}", samples.first());
    }
}

#[test]
fn texts_of_a_slot_are_joined_and_never_doubled() {
    for (saved, texts, expected) in [
        ("", vec![], ""),
        ("", vec!["a"], "a"),
        ("", vec!["a", "", "b"], "a\nb"),
        ("", vec!["はい", "はい"], "はい\nはい"),
        ("a", vec!["b"], "a\nb"),
        ("a", vec![""], "a"),
        ("a\nb", vec!["b"], "a\nb"),
        ("a\nb", vec!["b", "c"], "a\nb\nc"),
        // A part of a line is another text.
        ("はい、そうです。", vec!["はい"], "はい、そうです。\nはい"),
        ("abc", vec!["b"], "abc\nb"),
        // A text of several lines is found as a whole.
        ("a\nb\nc", vec!["b\nc"], "a\nb\nc"),
        ("a\nb\nc", vec!["a\nc"], "a\nb\nc\na\nc"),
    ] {
        let texts: Vec<String> = texts.into_iter().map(str::to_owned).collect();
        assert_eq!(join_slot(saved, &texts), expected, "`{saved}` and {texts:?}");
    }
}

#[test]
fn a_day_shows_each_slot_as_its_readers_see_it() {
    let rows: Vec<_> = [
        seed_in("12-00").in_status("completed"),
        seed_in("12-30").in_status("completed"),
        seed_in("13-00"),
        seed_in("13-30").in_status("failed"),
        seed_in("14-00-00").in_status("completed"),
        seed_in("14-10-00"),
        seed_in("15-17").in_status("completed"),
        seed_in("16-00").of("another"),
        RecordingSeed::new("2025-07-20T12:00:00Z", "files/d/2025-07-21/16-30/audio.wav"),
    ]
    .iter()
    .map(|seed| RecordingRow::Readable(recording(seed)))
    .collect();
    let saved: Vec<_> =
        [("12-00", "text"), ("12-30", ""), ("14-00", "half"), ("15-17", "発話なし")]
            .map(|(block, text)| SavedTranscript {
                slot: sample::slot(block),
                text: text.to_owned(),
            })
            .into();

    let Slot { device, date, .. } = sample::slot("00-00");
    let slots = day_of(&recorded_on(&device, date, rows, &tokyo()), &saved, "発話なし");

    assert_eq!(slots.len(), 49, "the 48 half hours and 15-17");
    assert!(slots.is_sorted_by_key(|slot| slot.block));
    let state = |block: &str| {
        let found = slots.iter().find(|slot| slot.block == sample::block(block));
        found.unwrap().state.clone()
    };
    assert_eq!(state("12-00"), SlotState::Text("text".to_owned()));
    assert_eq!(state("12-30"), SlotState::Silent);
    assert_eq!(state("13-00"), SlotState::Waiting(RecordingStatus::Pending));
    assert_eq!(state("13-30"), SlotState::Waiting(RecordingStatus::Failed));
    assert_eq!(state("14-00"), SlotState::Waiting(RecordingStatus::Pending));
    assert_eq!(state("15-17"), SlotState::Silent);
    assert_eq!(state("16-00"), SlotState::NoRecording);
    assert_eq!(state("16-30"), SlotState::NoRecording);
}

#[test]
fn the_waits_between_attempts_double_up_to_an_hour_and_blame_the_recording_only_for_its_own() {
    use watchme_core::FailureKind::{
        Cancelled, DamagedAudio, Missing, SourceUnavailable, TimedOut,
    };
    use watchme_core::rules::AfterFailure::{Count, Release, Retry};
    use watchme_core::rules::after_failure;

    for (kind, attempt, strike, random, expected) in [
        (DamagedAudio, 1, 1, 0.0, Some((30, true))),
        (DamagedAudio, 2, 2, 0.0, Some((60, true))),
        (DamagedAudio, 7, 7, 0.0, Some((1920, true))),
        (DamagedAudio, 8, 8, 0.0, Some((3600, true))),
        (TimedOut, u32::MAX, u32::MAX, 0.0, Some((3600, true))),
        (DamagedAudio, 2, 2, 1.0, Some((45, true))),
        // Eight attempts before it were nobody's fault.
        (DamagedAudio, 9, 1, 0.0, Some((30, true))),
        (Missing, 3, 1, 0.0, Some((120, false))),
        (SourceUnavailable, 9, 1, 0.0, Some((30, false))),
        (Cancelled, 1, 1, 0.5, None),
    ] {
        let found = match after_failure(kind) {
            Release => None,
            Retry(waits) => Some((waits.pause(attempt, random).as_secs(), false)),
            Count(waits) => Some((waits.pause(strike, random).as_secs(), true)),
        };
        assert_eq!(found, expected, "{kind:?} {attempt} {strike} {random}");
    }
}

#[test]
fn doubtful_text_over_no_voice_is_outside_speech() {
    for (length, confidence, voice, expected) in [
        // Where no voice was found, only clear text is kept.
        (5.0, 0.3, 0.0, true),
        (5.0, 0.69, 0.0, true),
        (5.0, 0.7, 0.0, false),
        (5.0, 0.95, 0.0, false),
        // Where it was, doubtful text is kept too: it may be quiet.
        (1.0, 0.1, 1.0, false),
        (4.0, 0.1, 2.0, false),
        // A tenth of the segment is enough, less is what its times are off.
        (10.0, 0.1, 1.0, false),
        (2.0, 0.1, 0.2, false),
        (2.0, 0.1, 0.19, true),
        // A word is one however long the rest after it is.
        (20.0, 0.1, 0.49, true),
        (20.0, 0.1, 0.5, false),
        // A segment without a length proves nothing.
        (0.0, 0.1, 0.0, false),
    ] {
        let [length, voice] = [length, voice].map(Duration::from_secs_f64);
        let found = is_outside_speech(length, confidence, voice);
        assert_eq!(found, expected, "{voice:?} of {length:?} at {confidence}");
    }
}
