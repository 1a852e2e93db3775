//! Recordings become pending again.

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

use watchme_core::{
    ClaimOrder, ClaimQuery, ClaimRequest, ClaimScope, ClaimStore, FailedAttempt, Failure,
    FailureKind, GivenUp, ObjectKey, Quarantine, RecordingStatus, Requeue, Requeued,
};
use watchme_testkit::sample::{DAY, DEVICE, date, device, key_of, object_key};
use watchme_testkit::{FakeStore, RecordingSeed};

use crate::{Bench, seed_in, unreachable_store};

fn requeue_over(bench: &Bench) -> Requeue {
    Requeue::new(bench.pipeline(), Some(Arc::new(bench.store.clone())))
}

fn keys(blocks: &[&str]) -> Vec<ObjectKey> {
    blocks.iter().map(|block| object_key(&key_of(block))).collect()
}

fn everything(limit: usize) -> GivenUp {
    GivenUp { device: None, date: None, limit: NonZeroUsize::new(limit).unwrap() }
}

async fn quarantine(store: &FakeStore, block: &str, status: RecordingStatus) {
    let quarantine = Quarantine { max_strikes: 1, status };
    let request = ClaimRequest {
        owner: "test".to_owned(),
        lease: Duration::from_mins(1),
        limit: 1,
        scope: ClaimScope::Object(object_key(&key_of(block))),
        order: ClaimOrder::OldestFirst,
        quarantine: quarantine.clone(),
    };
    let claim = store.claim(&request).await.unwrap().pop().unwrap();
    let failure = Failure { kind: FailureKind::DamagedAudio, reason: "scripted".to_owned() };
    let retry_after = Duration::ZERO;
    let attempt = FailedAttempt { failure, retry_after, counts: true, quarantine };
    store.fail(&claim.ticket, &attempt).await.unwrap();
}

#[tokio::test]
async fn a_recording_is_pending_whatever_it_was() {
    for status in ["pending", "completed", "failed", "skipped", "quota_exceeded"] {
        let seed = seed_in("12-00").in_status(status);
        let bench = Bench::new([seed.clone(), seed_in("12-30").in_status("failed")]);
        let key = object_key(&key_of("12-00"));
        let found = requeue_over(&bench).recording(&key, &seed.id()).await.unwrap();
        assert_eq!(found, Some(key));
        assert_eq!(
            (bench.status("12-00"), bench.status("12-30")),
            ("pending".into(), "failed".into())
        );
    }
}

#[tokio::test]
async fn a_recording_is_found_by_its_row_where_no_row_names_the_path() {
    let seed = seed_in("12-00").in_status("failed");
    let bench = Bench::new([seed.clone()]);
    let requeue = requeue_over(&bench);
    let elsewhere = object_key("files/elsewhere.wav");
    let found = requeue.recording(&elsewhere, &seed.id()).await.unwrap();
    assert_eq!(
        (found, bench.status("12-00")),
        (Some(object_key(&key_of("12-00"))), "pending".into())
    );
    for stranger in [seed_in("12-30"), seed_in("12-00").of("another")] {
        assert_eq!(requeue.recording(&elsewhere, &stranger.id()).await.unwrap(), None);
    }
}

#[tokio::test]
async fn a_quarantined_recording_has_all_its_attempts_again() {
    for status in [RecordingStatus::Failed, RecordingStatus::Pending] {
        let bench = Bench::at(&["12-00"]);
        quarantine(&bench.store, "12-00", status).await;
        let key = object_key(&key_of("12-00"));
        requeue_over(&bench).recording(&key, &seed_in("12-00").id()).await.unwrap();
        assert_eq!(bench.status("12-00"), "pending");
        let record = bench.store.claims(&ClaimQuery::Objects(vec![key])).await.unwrap().remove(0);
        assert_eq!((record.state.as_str(), record.strikes), ("waiting", 0));
    }
}

#[tokio::test]
async fn what_was_given_up_is_pending_in_the_order_of_its_recording() {
    let bench = Bench::new([
        seed_in("12-00").in_status("failed"),
        seed_in("12-30"),
        seed_in("13-00"),
        seed_in("13-30").in_status("completed"),
        seed_in("14-00").in_status("failed"),
        seed_in("14-30"),
    ]);
    quarantine(&bench.store, "13-00", RecordingStatus::Failed).await;
    quarantine(&bench.store, "12-30", RecordingStatus::Other("quota_exceeded".into())).await;
    let requeue = requeue_over(&bench);
    let first = requeue.given_up(&everything(2)).await.unwrap();
    assert_eq!(first, Requeued { objects: keys(&["12-00", "12-30"]), left: 2 });
    assert_eq!((bench.status("12-30"), bench.status("14-00")), ("pending".into(), "failed".into()));
    let rest = requeue.given_up(&everything(9)).await.unwrap();
    assert_eq!(rest, Requeued { objects: keys(&["13-00", "14-00"]), left: 0 });
    assert_eq!(requeue.given_up(&everything(9)).await.unwrap().objects, []);
    assert_eq!(bench.status("13-30"), "completed");
}

#[tokio::test]
async fn what_was_given_up_is_chosen_by_device_and_local_day() {
    // 08:30 in Tokyo is the day before in UTC.
    let early =
        RecordingSeed::new(format!("{DAY}T08:30:00+09:00"), "odd/early").in_status("failed");
    let other = RecordingSeed::new("2025-07-21T08:30:00+09:00", "odd/other").in_status("failed");
    let foreign = seed_in("12-00").of("another").in_status("failed");
    let foreign = RecordingSeed { object_key: "odd/foreign".to_owned(), ..foreign };
    let chosen = async |device: Option<&str>, day: Option<&str>| {
        let bench = Bench::new([early.clone(), other.clone(), foreign.clone()]);
        let device = device.map(self::device);
        let which = GivenUp { device, date: day.map(date), ..everything(9) };
        let objects = requeue_over(&bench).given_up(&which).await.unwrap().objects;
        objects.iter().map(|key| key.as_str()["odd/".len()..].to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(chosen(None, None).await, ["early", "foreign", "other"]);
    assert_eq!(chosen(Some(DEVICE), None).await, ["early", "other"]);
    assert_eq!(chosen(None, Some(DAY)).await, ["early", "foreign"]);
    assert_eq!(chosen(Some(DEVICE), Some(DAY)).await, ["early"]);
    assert_eq!(chosen(Some("nobody"), None).await, [""; 0]);
}

#[tokio::test]
async fn a_store_without_claims_is_enough_and_one_that_is_away_is_told() {
    let seed = seed_in("12-00").in_status("failed");
    let bench = Bench::new([seed.clone()]);
    bench.store.remove_claims();
    for requeue in [requeue_over(&bench), Requeue::new(bench.pipeline(), None)] {
        bench.store.fail_marks(1, unreachable_store);
        requeue.given_up(&everything(9)).await.unwrap_err();
        assert_eq!(bench.status("12-00"), "failed");
    }
    assert_eq!(
        requeue_over(&bench).given_up(&everything(9)).await.unwrap().objects,
        keys(&["12-00"])
    );
    assert_eq!(bench.status("12-00"), "pending");
    bench.store.fail_reads(1, unreachable_store);
    requeue_over(&bench).recording(&object_key(&key_of("12-00")), &seed.id()).await.unwrap_err();
}
