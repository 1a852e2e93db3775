//! The promises of [`TranscriptStore::recordings`](watchme_core::TranscriptStore::recordings).

use std::collections::BTreeSet;

use watchme_core::{RecordingQuery, RecordingRow, RecordingStatus};

use super::{ODD_DEVICES, StoreUnderTest, keys, objects_of, readable, window};
use crate::RecordingSeed;
use crate::sample::{self, DEVICE};

/// Number of rows beyond the 1000 that a Supabase database returns at once, and no multiple of
/// that.
const MANY: usize = 2_501;

/// Rows are ordered by the instant, whatever offset it was written with.
pub async fn rows_come_in_the_order_of_their_recording<Fut>(
    make_store: impl Fn(Vec<RecordingSeed>) -> Fut,
) where
    Fut: Future<Output = StoreUnderTest>,
{
    let store = make_store(vec![
        RecordingSeed::new("2025-07-20T09:00:00+09:00", "c"),
        RecordingSeed::new("2025-07-20T00:00:00.001Z", "d"),
        RecordingSeed::new("2025-07-19T22:00:00-01:00", "b"),
        RecordingSeed::new("2025-07-20T05:00:00+09:00", "a"),
        RecordingSeed::new("2025-07-20 02:00:00+00", "e"),
    ])
    .await;
    let query = window(DEVICE, "2025-07-19T00:00:00Z", "2025-07-21T00:00:00Z");
    assert_eq!(keys(&readable(&store, &query).await), ["a", "b", "c", "d", "e"]);
}

/// A window holds `from <= recorded_at < until`, to the millisecond.
pub async fn a_window_holds_its_start_and_not_its_end<Fut>(
    make_store: impl Fn(Vec<RecordingSeed>) -> Fut,
) where
    Fut: Future<Output = StoreUnderTest>,
{
    let store = make_store(vec![
        RecordingSeed::new("2025-07-19T23:59:59.999Z", "before"),
        RecordingSeed::new("2025-07-20T00:00:00Z", "start"),
        RecordingSeed::new("2025-07-20T23:59:59.999Z", "last"),
        RecordingSeed::new("2025-07-21T09:00:00+09:00", "end"),
    ])
    .await;
    let query = window(DEVICE, "2025-07-20T00:00:00Z", "2025-07-21T00:00:00Z");
    assert_eq!(keys(&readable(&store, &query).await), ["start", "last"]);
    let empty = window(DEVICE, "2025-07-22T00:00:00Z", "2025-07-23T00:00:00Z");
    assert!(readable(&store, &empty).await.is_empty());
}

/// A device's rows are its own, of every status.
pub async fn other_devices_are_left_out<Fut>(make_store: impl Fn(Vec<RecordingSeed>) -> Fut)
where
    Fut: Future<Output = StoreUnderTest>,
{
    let store = make_store(vec![
        RecordingSeed::at("12-00"),
        RecordingSeed::at("12-00").of("another"),
        RecordingSeed::at("12-30").in_status("completed"),
        RecordingSeed::at("13-00").of(&DEVICE.to_uppercase()),
    ])
    .await;
    let rows = readable(&store, &day()).await;
    assert_eq!(keys(&rows), [sample::key_of("12-00"), sample::key_of("12-30")]);
    assert!(rows.iter().all(|row| row.id.device.as_str() == DEVICE), "{rows:?}");
}

/// A page of the backend is not the end.
pub async fn thousands_of_rows_come_each_once<Fut>(make_store: impl Fn(Vec<RecordingSeed>) -> Fut)
where
    Fut: Future<Output = StoreUnderTest>,
{
    let seeds: Vec<_> = (0..MANY).map(numbered).collect();
    let expected: Vec<_> = seeds.iter().map(|seed| seed.object_key.clone()).collect();
    let store = make_store(seeds).await;
    let rows = readable(&store, &day()).await;
    assert!(keys(&rows) == expected, "{} rows came, not {MANY} in order", rows.len());
}

/// Rows recorded at one instant by several devices are not lost between two pages.
pub async fn thousands_of_pending_rows_come_each_once<Fut>(
    make_store: impl Fn(Vec<RecordingSeed>) -> Fut,
) where
    Fut: Future<Output = StoreUnderTest>,
{
    let devices = ["a", "b", "c", "d", "e"];
    let seed = |n: usize| RecordingSeed {
        recorded_at: numbered(n / devices.len()).recorded_at,
        ..numbered(n).of(devices[n % devices.len()])
    };
    let seeds: Vec<_> = (0..MANY).map(seed).collect();
    let expected: BTreeSet<_> = seeds.iter().map(|seed| seed.object_key.clone()).collect();
    let store = make_store(seeds).await;
    let rows = readable(&store, &RecordingQuery::Pending).await;
    let named: BTreeSet<_> = rows.iter().map(|row| row.object_key.to_string()).collect();
    assert_eq!(rows.len(), MANY);
    assert!(named == expected, "{} different rows came, not {MANY}", named.len());
    assert!(rows.is_sorted_by_key(|row| row.id.recorded_at.clone()), "the order");
}

/// Only `pending` rows are pending, those of every device.
pub async fn only_pending_rows_are_pending<Fut>(make_store: impl Fn(Vec<RecordingSeed>) -> Fut)
where
    Fut: Future<Output = StoreUnderTest>,
{
    let store = make_store(vec![
        RecordingSeed::new("2025-07-20T00:00:00Z", "a"),
        RecordingSeed::new("2025-07-20T01:00:00Z", "b").in_status("completed"),
        RecordingSeed::new("2025-07-20T02:00:00Z", "c").in_status("processing"),
        RecordingSeed::new("2025-07-20T03:00:00Z", "d").in_status("pending_review"),
        RecordingSeed::new("2025-07-20T04:00:00Z", "e").in_status("Pending"),
        RecordingSeed::new("2025-07-20T05:00:00Z", "f").in_status(""),
        RecordingSeed::new("2025-07-19T05:00:00Z", "g").of("another"),
    ])
    .await;
    let rows = readable(&store, &RecordingQuery::Pending).await;
    assert_eq!(keys(&rows), ["g", "a"]);
}

/// Only `failed` rows have failed, those of every device.
pub async fn only_failed_rows_are_failed<Fut>(make_store: impl Fn(Vec<RecordingSeed>) -> Fut)
where
    Fut: Future<Output = StoreUnderTest>,
{
    let store = make_store(vec![
        RecordingSeed::new("2025-07-20T00:00:00Z", "a").in_status("failed"),
        RecordingSeed::new("2025-07-20T01:00:00Z", "b").in_status("completed"),
        RecordingSeed::new("2025-07-20T02:00:00Z", "c"),
        RecordingSeed::new("2025-07-20T03:00:00Z", "d").in_status("failed_before"),
        RecordingSeed::new("2025-07-20T04:00:00Z", "e").in_status("Failed"),
        RecordingSeed::new("2025-07-19T05:00:00Z", "g").of("another").in_status("failed"),
    ])
    .await;
    let rows = readable(&store, &RecordingQuery::Failed).await;
    assert_eq!(keys(&rows), ["g", "a"]);
}

/// A status that only others use is read as it is.
pub async fn unknown_statuses_are_kept_as_read<Fut>(make_store: impl Fn(Vec<RecordingSeed>) -> Fut)
where
    Fut: Future<Output = StoreUnderTest>,
{
    let statuses = ["quota_exceeded", "queued", "Completed", "終了", ""];
    let seeds = statuses.iter().enumerate();
    let seeds = seeds.map(|(n, status)| numbered(n).in_status(status)).collect();
    let store = make_store(seeds).await;
    let rows = readable(&store, &day()).await;
    let read: Vec<_> = rows.into_iter().map(|row| row.status).collect();
    assert_eq!(read, statuses.map(|status| RecordingStatus::Other(status.to_owned())));
}

/// A row without a usable key is an item among the others, as far as it can be read.
pub async fn unreadable_rows_come_among_the_others<Fut>(
    make_store: impl Fn(Vec<RecordingSeed>) -> Fut,
) where
    Fut: Future<Output = StoreUnderTest>,
{
    let seeds = vec![
        RecordingSeed::new("2025-07-20T00:00:00Z", "a"),
        RecordingSeed::new("2025-07-20T01:00:00Z", ""),
        RecordingSeed::new("2025-07-20T02:00:00Z", "b\nc").in_status("completed"),
        RecordingSeed::new("2025-07-20T03:00:00Z", "d"),
    ];
    let times: Vec<_> = seeds.iter().map(RecordingSeed::recorded_at).collect();
    let store = make_store(seeds).await;

    let rows = store.recordings(&day()).await.expect("the rows");
    let [
        RecordingRow::Readable(first),
        RecordingRow::Unreadable(empty),
        RecordingRow::Unreadable(broken),
        RecordingRow::Readable(last),
    ] = &rows[..]
    else {
        panic!("{rows:#?}");
    };
    assert_eq!((first.object_key.as_str(), last.object_key.as_str()), ("a", "d"));
    assert_eq!(empty.recorded_at.as_ref(), Some(&times[1]));
    assert_eq!(empty.status, RecordingStatus::Pending);
    assert!(!empty.label.is_empty() && !empty.reason.is_empty(), "{empty:?}");
    assert_eq!(broken.recorded_at.as_ref(), Some(&times[2]));
    assert_eq!(broken.status, RecordingStatus::Completed);
    assert_eq!(broken.label, "b\nc");

    let pending = store.recordings(&RecordingQuery::Pending).await.expect("the rows");
    assert_eq!(pending.len(), 3, "{pending:#?}");
}

/// `local_date` and `time_block` are read, and may be absent.
pub async fn columns_are_read_where_they_are<Fut>(make_store: impl Fn(Vec<RecordingSeed>) -> Fut)
where
    Fut: Future<Output = StoreUnderTest>,
{
    let store = make_store(vec![
        numbered(0).with_columns("2025-07-21", "08-30"),
        numbered(1),
        RecordingSeed { time_block: None, ..numbered(2).with_columns("2025-07-22", "") },
    ])
    .await;
    let rows = readable(&store, &day()).await;
    let columns: Vec<_> = rows.iter().map(|row| (row.local_date, row.time_block)).collect();
    let expected = [
        (Some(sample::date("2025-07-21")), Some(sample::block("08-30"))),
        (None, None),
        (Some(sample::date("2025-07-22")), None),
    ];
    assert_eq!(columns, expected);
}

/// No character of a device id has a special meaning.
pub async fn a_device_id_is_compared_as_text<Fut>(make_store: impl Fn(Vec<RecordingSeed>) -> Fut)
where
    Fut: Future<Output = StoreUnderTest>,
{
    let seeds = ODD_DEVICES.iter().enumerate().map(|(n, device)| numbered(n).of(device));
    let store = make_store(seeds.collect()).await;
    for (n, device) in ODD_DEVICES.iter().enumerate() {
        let query = window(device, "2025-07-19T00:00:00Z", "2025-07-22T00:00:00Z");
        let rows = readable(&store, &query).await;
        assert_eq!(keys(&rows), [numbered(n).object_key], "`{device}`");
        assert_eq!(rows[0].id.device.as_str(), *device);
    }
}

/// No character of a key has a special meaning, and no two keys are mixed up.
pub async fn keys_are_compared_as_text<Fut>(make_store: impl Fn(Vec<RecordingSeed>) -> Fut)
where
    Fut: Future<Output = StoreUnderTest>,
{
    let odd = [
        "a b",
        "a+b",
        "a%20b",
        "a&b=c",
        "a,b",
        "a",
        "b",
        "A",
        "\"a\"",
        "'a'",
        "a\\b",
        "a\\\"b",
        "(a)",
        "a)",
        "{a}",
        "a.b:c;d",
        "a*",
        "a_",
        "a%",
        "#a?b",
        "null",
        "録音/居間 の音.wav",
        "🎙",
    ];
    let numbers = (0..).zip(odd);
    let seeds: Vec<_> =
        numbers.map(|(n, key)| RecordingSeed::new(numbered(n).recorded_at, key)).collect();
    let store = make_store(seeds.clone()).await;
    for seed in &seeds {
        let rows = readable(&store, &objects_of([seed])).await;
        assert_eq!(keys(&rows), [&seed.object_key]);
    }
    let rows = readable(&store, &objects_of(&seeds)).await;
    assert_eq!(keys(&rows), odd, "all at once");
    let absent = RecordingSeed::new("2025-07-20T00:00:00Z", "a b,a+b");
    assert!(readable(&store, &objects_of([&absent])).await.is_empty());
}

/// A query for no objects returns nothing, not everything.
pub async fn no_keys_name_no_rows<Fut>(make_store: impl Fn(Vec<RecordingSeed>) -> Fut)
where
    Fut: Future<Output = StoreUnderTest>,
{
    let store = make_store(vec![numbered(0)]).await;
    assert!(readable(&store, &objects_of([])).await.is_empty());
}

/// A query may have more keys than a URL can hold; each row comes once.
pub async fn hundreds_of_keys_are_asked_for_at_once<Fut>(
    make_store: impl Fn(Vec<RecordingSeed>) -> Fut,
) where
    Fut: Future<Output = StoreUnderTest>,
{
    let seeds: Vec<_> = (0..1_400).map(numbered).collect();
    let store = make_store(seeds.clone()).await;
    let (wanted, _) = seeds.split_at(700);
    let rows = readable(&store, &objects_of(wanted)).await;
    let expected: Vec<_> = wanted.iter().map(|seed| &seed.object_key).collect();
    assert!(keys(&rows) == expected, "{} rows came, not 700 in order", rows.len());
}

/// An object that several rows name returns them all, of every status and device.
pub async fn rows_of_one_object_all_come<Fut>(make_store: impl Fn(Vec<RecordingSeed>) -> Fut)
where
    Fut: Future<Output = StoreUnderTest>,
{
    let shared = |n: usize| RecordingSeed::new(numbered(n).recorded_at, "shared");
    let mut seeds: Vec<_> = (0..1_100).map(shared).collect();
    seeds[1] = shared(1).in_status("completed");
    seeds[2] = shared(2).of("another");
    seeds.push(RecordingSeed::new("2025-07-20T23:00:00Z", "other"));
    let expected: Vec<_> = seeds[..1_100].iter().map(RecordingSeed::id).collect();
    let store = make_store(seeds).await;
    let query = RecordingQuery::Objects([sample::object_key("shared")].into());
    let rows = readable(&store, &query).await;
    let ids: Vec<_> = rows.into_iter().map(|row| row.id).collect();
    assert!(ids == expected, "{} rows came, not 1100 in order", ids.len());
}

/// Rows come in the order of the recordings, not of the keys, even if the backend asks in parts.
pub async fn rows_of_several_keys_come_in_the_order_of_their_recording<Fut>(
    make_store: impl Fn(Vec<RecordingSeed>) -> Fut,
) where
    Fut: Future<Output = StoreUnderTest>,
{
    let backwards =
        |n: usize| RecordingSeed { object_key: numbered(999 - n).object_key, ..numbered(n) };
    let seeds: Vec<_> = (0..400).map(backwards).collect();
    let store = make_store(seeds.clone()).await;
    let rows = readable(&store, &objects_of(&seeds)).await;
    let expected: Vec<_> = seeds.iter().map(|seed| &seed.object_key).collect();
    assert!(keys(&rows) == expected, "{} rows came, not 400 in order", rows.len());
}

/// Makes the query of the sample day and its neighbours.
fn day() -> RecordingQuery {
    window(DEVICE, "2025-07-19T00:00:00Z", "2025-07-22T00:00:00Z")
}

/// Makes row number `n`, recorded `n` seconds into the day, of an object of its own.
fn numbered(n: usize) -> RecordingSeed {
    let (hour, minute, second) = (n / 3600, n / 60 % 60, n % 60);
    RecordingSeed::new(
        format!("2025-07-20T{hour:02}:{minute:02}:{second:02}Z"),
        format!("files/{DEVICE}/2025-07-20/{n:05}/audio.wav"),
    )
}
