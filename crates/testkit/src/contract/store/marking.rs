//! The promises of [`TranscriptStore::mark`](watchme_core::TranscriptStore::mark).

use watchme_core::{RecordingId, RecordingQuery, RecordingStatus, StoreError};

use super::{ODD_DEVICES, StoreUnderTest, objects_of, readable};
use crate::RecordingSeed;
use crate::sample::DEVICE;

/// The same time of another device, other times and other rows of the object stay as they are.
pub async fn a_mark_sets_only_its_row<Fut>(make_store: impl Fn(Vec<RecordingSeed>) -> Fut)
where
    Fut: Future<Output = StoreUnderTest>,
{
    let seeds = [
        RecordingSeed::new("2025-07-20T00:00:00Z", "a"),
        RecordingSeed::new("2025-07-20T00:00:00.001Z", "a"),
        RecordingSeed::new("2025-07-20T00:00:00Z", "b").of("another"),
        RecordingSeed::new("2025-07-20T01:00:00Z", "c").in_status("failed"),
    ];
    let store = make_store(seeds.to_vec()).await;
    mark(&store, &seeds[0].id(), &RecordingStatus::Completed).await;
    assert_eq!(statuses(&store, &seeds).await, ["completed", "pending", "pending", "failed"]);
    assert_eq!(readable(&store, &RecordingQuery::Pending).await.len(), 2);
}

/// Repeating a mark changes nothing, and is no error.
pub async fn a_mark_twice_is_one<Fut>(make_store: impl Fn(Vec<RecordingSeed>) -> Fut)
where
    Fut: Future<Output = StoreUnderTest>,
{
    let seeds = [RecordingSeed::at("12-00"), RecordingSeed::at("12-30")];
    let store = make_store(seeds.to_vec()).await;
    mark(&store, &seeds[0].id(), &RecordingStatus::Completed).await;
    mark(&store, &seeds[0].id(), &RecordingStatus::Completed).await;
    assert_eq!(statuses(&store, &seeds).await, ["completed", "pending"]);
}

/// A mark that changes nothing is [`StoreError::NotWritten`], and creates nothing.
pub async fn an_absent_row_is_not_marked<Fut>(make_store: impl Fn(Vec<RecordingSeed>) -> Fut)
where
    Fut: Future<Output = StoreUnderTest>,
{
    let seeds = [RecordingSeed::at("12-00")];
    let store = make_store(seeds.to_vec()).await;
    let absent = [
        RecordingSeed::at("12-30").id(),
        RecordingSeed::at("12-00").of("another").id(),
        RecordingSeed::at("12-00").of(&DEVICE.to_uppercase()).id(),
    ];
    for id in &absent {
        let result = store.mark(id, &RecordingStatus::Completed).await;
        assert!(
            matches!(result, Err(StoreError::NotWritten { table: "audio_files", .. })),
            "{id:?}: {result:?}"
        );
    }
    assert_eq!(statuses(&store, &seeds).await, ["pending"]);
    assert_eq!(readable(&store, &RecordingQuery::Pending).await.len(), 1);
}

/// A status is read as it was marked, even one that only others use, and `pending` again.
pub async fn every_status_is_kept<Fut>(make_store: impl Fn(Vec<RecordingSeed>) -> Fut)
where
    Fut: Future<Output = StoreUnderTest>,
{
    let seeds = [RecordingSeed::at("12-00")];
    let store = make_store(seeds.to_vec()).await;
    let statuses = [
        RecordingStatus::Processing,
        RecordingStatus::Completed,
        RecordingStatus::Failed,
        RecordingStatus::Skipped,
        RecordingStatus::Other("quota_exceeded".to_owned()),
        RecordingStatus::Pending,
    ];
    for status in statuses {
        mark(&store, &seeds[0].id(), &status).await;
        let rows = readable(&store, &objects_of(&seeds)).await;
        assert_eq!(rows[0].status, status);
    }
}

/// An id finds its row as it was read and as it was laid out, to the microsecond.
pub async fn times_of_every_form_are_marked<Fut>(make_store: impl Fn(Vec<RecordingSeed>) -> Fut)
where
    Fut: Future<Output = StoreUnderTest>,
{
    let times = [
        "2025-07-19T13:30:00.123+09:00",
        "2025-07-19T13:30:00.124456+09:00",
        "2025-07-19T13:30:00-09:30",
        "2025-07-18T12:00:00+00:00",
        "2025-07-18T12:00:01Z",
        "2025-07-18 12:00:02.5+00",
    ];
    let times = times.iter().enumerate();
    let seeds: Vec<_> =
        times.map(|(n, time)| RecordingSeed::new(*time, format!("object {n}"))).collect();
    let store = make_store(seeds.clone()).await;
    for seed in &seeds {
        let rows = readable(&store, &objects_of([seed])).await;
        let [row] = &rows[..] else { panic!("`{}`: {rows:?}", seed.recorded_at) };
        assert_eq!(row.id, seed.id());
        mark(&store, &row.id, &RecordingStatus::Processing).await;
        assert_eq!(statuses(&store, [seed]).await, ["processing"]);
        mark(&store, &seed.id(), &RecordingStatus::Completed).await;
        assert_eq!(statuses(&store, [seed]).await, ["completed"]);
    }
}

/// No character of a device id has a special meaning.
pub async fn odd_device_ids_are_marked<Fut>(make_store: impl Fn(Vec<RecordingSeed>) -> Fut)
where
    Fut: Future<Output = StoreUnderTest>,
{
    let seeds = ODD_DEVICES.map(|device| RecordingSeed {
        object_key: format!("of {device}"),
        ..RecordingSeed::at("12-00").of(device)
    });
    let store = make_store(seeds.to_vec()).await;
    for (n, seed) in seeds.iter().enumerate() {
        mark(&store, &seed.id(), &RecordingStatus::Completed).await;
        let left = readable(&store, &RecordingQuery::Pending).await.len();
        assert_eq!(left, seeds.len() - n - 1, "`{}`", seed.device);
        assert_eq!(statuses(&store, [seed]).await, ["completed"], "`{}`", seed.device);
    }
}

async fn mark(store: &StoreUnderTest, id: &RecordingId, status: &RecordingStatus) {
    let result = store.mark(id, status).await;
    result.unwrap_or_else(|error| panic!("{id:?} is not marked: {error:?}"));
}

/// Returns the statuses of these rows, in the order of `seeds`.
async fn statuses<'a>(
    store: &StoreUnderTest,
    seeds: impl IntoIterator<Item = &'a RecordingSeed> + Clone,
) -> Vec<String> {
    let rows = readable(store, &objects_of(seeds.clone())).await;
    let status_of = |seed: &RecordingSeed| {
        let row = rows.iter().find(|row| row.id == seed.id()).expect("the row of the seed");
        row.status.to_string()
    };
    seeds.into_iter().map(status_of).collect()
}
