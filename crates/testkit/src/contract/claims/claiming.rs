//! The promises of [`ClaimStore::claim`](watchme_core::ClaimStore::claim) and
//! [`renew`](watchme_core::ClaimStore::renew).

use std::collections::BTreeSet;

use watchme_core::{ClaimError, ClaimOrder, ClaimRequest, ClaimScope, ClaimState, RecordingStatus};

use super::{ClaimsUnderTest, LONG, OVER, again, keys, object, pending, quarantine};
use crate::RecordingSeed;
use crate::sample::{self, DEVICE};

/// The claim states its owner and its attempt; the record states the same.
pub async fn a_named_recording_is_claimed(
    make: impl AsyncFn(Vec<RecordingSeed>) -> ClaimsUnderTest,
) {
    let seeds = [RecordingSeed::at("12-00"), RecordingSeed::at("12-30")];
    let store = make(seeds.to_vec()).await;
    assert_eq!(store.record(&seeds[1].object_key).await, None);

    let claim = store.one("a", object(&seeds[1]), LONG).await;
    assert_eq!(claim.ticket.object_key.as_str(), seeds[1].object_key);
    assert_eq!((claim.ticket.owner.as_str(), claim.attempt), ("a", 1));

    let record = store.record(&seeds[1].object_key).await.expect("a record");
    assert_eq!(record.state, ClaimState::Claimed);
    assert_eq!((record.owner.as_str(), record.attempts, record.strikes), ("a", 1, 1));
    assert!(record.lease_until > record.claimed_at, "{record:?}");
    assert_eq!((record.finished_at, record.last_error), (None, None));
    let absent = ClaimScope::Object(sample::object_key("absent"));
    assert_eq!(store.ask("a", absent, LONG).await, []);
}

/// A claimed object is not claimed again, by another worker or the same one, in any scope.
pub async fn a_claimed_recording_is_nobody_elses(
    make: impl AsyncFn(Vec<RecordingSeed>) -> ClaimsUnderTest,
) {
    let seeds = [RecordingSeed::at("12-00")];
    let store = make(seeds.to_vec()).await;
    store.one("a", pending(), LONG).await;
    for owner in ["a", "b"] {
        for scope in [pending(), object(&seeds[0]), again(&seeds[0])] {
            assert_eq!(store.ask(owner, scope, LONG).await, []);
        }
    }
}

/// Other readers of the table still find rows that are not done.
pub async fn a_claim_leaves_the_rows_as_they_are(
    make: impl AsyncFn(Vec<RecordingSeed>) -> ClaimsUnderTest,
) {
    let seeds = [RecordingSeed::at("12-00"), RecordingSeed::at("12-30").in_status("skipped")];
    let store = make(seeds.to_vec()).await;
    assert_eq!(keys(&store.ask("a", pending(), LONG).await), [seeds[0].object_key.as_str()]);
    assert_eq!(store.statuses(&seeds).await, ["pending", "skipped"]);
    assert_eq!(store.text("12-00").await, None);
}

/// The oldest come first unless the request says otherwise, up to its limit.
pub async fn newest_come_first_on_request(
    make: impl AsyncFn(Vec<RecordingSeed>) -> ClaimsUnderTest,
) {
    let seeds = ["12-00", "10-00", "11-00", "13-00"].map(RecordingSeed::at);
    let store = make(seeds.to_vec()).await;
    for (order, expected) in [
        (ClaimOrder::OldestFirst, ["10-00", "11-00"]),
        (ClaimOrder::NewestFirst, ["13-00", "12-00"]),
    ] {
        let request = ClaimRequest {
            owner: "a".to_owned(),
            lease: LONG,
            limit: 2,
            scope: pending(),
            order,
            quarantine: quarantine(),
        };
        let claims = store.claims.claim(&request).await.expect("claims");
        assert_eq!(keys(&claims), expected.map(sample::key_of), "{order:?}");
    }
}

/// A window holds its start and not its end.
pub async fn only_the_device_and_window_asked_for_are_claimed(
    make: impl AsyncFn(Vec<RecordingSeed>) -> ClaimsUnderTest,
) {
    let seeds = [
        RecordingSeed::new("2025-07-20T00:00:00Z", "before"),
        RecordingSeed::new("2025-07-20T01:00:00Z", "first"),
        RecordingSeed::new("2025-07-20T01:30:00Z", "of another").of("another"),
        RecordingSeed::new("2025-07-20T02:00:00Z", "after"),
    ];
    let store = make(seeds.to_vec()).await;
    let instant = |text: &str| text.parse().expect("an instant");
    let window = Some((instant("2025-07-20T01:00:00Z"), instant("2025-07-20T02:00:00Z")));
    let device = Some(sample::device(DEVICE));
    let scope = ClaimScope::Pending { device, window };
    assert_eq!(keys(&store.ask("a", scope, LONG).await), ["first"]);
    let scope = ClaimScope::Pending { device: Some(sample::device("another")), window: None };
    assert_eq!(keys(&store.ask("a", scope, LONG).await), ["of another"]);
}

/// Two uploads of one slot share their audio: it is one piece of work.
pub async fn rows_of_one_object_are_claimed_once(
    make: impl AsyncFn(Vec<RecordingSeed>) -> ClaimsUnderTest,
) {
    let key = sample::key_of("12-00");
    let seeds = [
        RecordingSeed::new("2025-07-20T03:00:00Z", key.clone()),
        RecordingSeed::new("2025-07-20T03:00:01Z", key.clone()),
        RecordingSeed::new("2025-07-20T03:00:02Z", ""),
    ];
    let store = make(seeds.to_vec()).await;
    let claim = store.one("a", pending(), LONG).await;
    assert_eq!(store.ask("b", pending(), LONG).await, []);
    store.complete(&claim, "12-00", "text").await.expect("completed");
    assert_eq!(store.statuses(&seeds[..2]).await, ["completed", "completed"]);
}

/// The fence grows, and the attempts are counted.
pub async fn a_lease_that_ran_out_is_taken_over(
    make: impl AsyncFn(Vec<RecordingSeed>) -> ClaimsUnderTest,
) {
    let seeds = [RecordingSeed::at("12-00")];
    let store = make(seeds.to_vec()).await;
    let first = store.one("a", pending(), OVER).await;
    let second = store.one("b", pending(), LONG).await;
    assert_eq!((first.attempt, second.attempt), (1, 2));
    assert!(second.ticket.fence > first.ticket.fence, "{first:?}, {second:?}");
}

/// A renewal may come late, if nobody took over.
pub async fn a_renewed_lease_holds(make: impl AsyncFn(Vec<RecordingSeed>) -> ClaimsUnderTest) {
    let seeds = [RecordingSeed::at("12-00")];
    let store = make(seeds.to_vec()).await;
    let claim = store.one("a", pending(), OVER).await;
    store.claims.renew(&claim.ticket, LONG).await.expect("renewed");
    assert_eq!(store.ask("b", pending(), LONG).await, []);

    store.claims.renew(&claim.ticket, OVER).await.expect("renewed");
    store.one("b", pending(), LONG).await;
    let late = store.claims.renew(&claim.ticket, LONG).await;
    assert!(matches!(late, Err(ClaimError::Lost)), "{late:?}");
}

/// A completed object can be claimed by its key, when somebody wants it done again.
pub async fn a_completed_recording_is_claimed_only_again(
    make: impl AsyncFn(Vec<RecordingSeed>) -> ClaimsUnderTest,
) {
    let seeds = [RecordingSeed::at("12-00")];
    let store = make(seeds.to_vec()).await;
    let claim = store.one("a", pending(), LONG).await;
    store.complete(&claim, "12-00", "text").await.expect("completed");
    assert_eq!(store.ask("a", pending(), LONG).await, []);
    assert_eq!(store.ask("a", object(&seeds[0]), LONG).await, []);
    let claim = store.one("a", again(&seeds[0]), LONG).await;
    assert_eq!(claim.attempt, 1);
    assert_eq!(store.statuses(&seeds).await, ["completed"]);
}

/// A row that is set to pending is due; earlier attempts are forgotten.
pub async fn a_recording_put_back_starts_afresh(
    make: impl AsyncFn(Vec<RecordingSeed>) -> ClaimsUnderTest,
) {
    let seeds = [RecordingSeed::at("12-00")];
    let store = make(seeds.to_vec()).await;
    let claim = store.one("a", pending(), LONG).await;
    store.complete(&claim, "12-00", "text").await.expect("completed");
    store.store.mark(&seeds[0].id(), &RecordingStatus::Pending).await.expect("marked");
    assert_eq!(store.one("a", pending(), LONG).await.attempt, 1);
}

/// Each recording has one owner, even if many workers ask at once.
pub async fn many_at_once_claim_each_recording_once(
    make: impl AsyncFn(Vec<RecordingSeed>) -> ClaimsUnderTest,
) {
    const WORKERS: usize = 8;
    let seeds: Vec<_> = (0..40)
        .map(|n| RecordingSeed::new(format!("2025-07-20T00:00:{n:02}Z"), format!("{n:02}")))
        .collect();
    let store = make(seeds.clone()).await;
    let workers = (0..WORKERS).map(|worker| {
        let claims = store.claims.clone();
        tokio::spawn(async move {
            let request = ClaimRequest {
                owner: format!("worker {worker}"),
                lease: LONG,
                limit: 3,
                scope: pending(),
                order: ClaimOrder::OldestFirst,
                quarantine: quarantine(),
            };
            let mut mine = Vec::new();
            loop {
                let claims = claims.claim(&request).await.expect("claims");
                if claims.is_empty() {
                    return mine;
                }
                mine.extend(claims.into_iter().map(|claim| claim.ticket.object_key));
            }
        })
    });
    let mut all = Vec::new();
    for worker in workers.collect::<Vec<_>>() {
        all.extend(worker.await.expect("a worker"));
    }
    // A worker that came while others held rows locked saw none; the rest is there for the next.
    all.extend(store.ask("last", pending(), LONG).await.into_iter().map(|c| c.ticket.object_key));
    assert_eq!(all.len(), seeds.len(), "{all:?}");
    assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), seeds.len(), "{all:?}");
}

/// Each device comes once, with its latest row, its backlog and its quarantine.
pub async fn devices_are_summed_up(make: impl AsyncFn(Vec<RecordingSeed>) -> ClaimsUnderTest) {
    let seeds = [
        RecordingSeed::new("2025-07-20T01:00:00Z", "a1").of("a"),
        RecordingSeed::new("2025-07-20T02:00:00Z", "a2").of("a"),
        RecordingSeed::new("2025-07-20T03:00:00Z", "a3").of("a").in_status("completed"),
        RecordingSeed::new("2025-07-19T03:00:00Z", "b1").of("b").in_status("completed"),
    ];
    let store = make(seeds.to_vec()).await;
    for _ in 0..2 {
        let claim = store.one("worker", object(&seeds[0]), LONG).await;
        store.fail(&claim, OVER, true).await;
    }

    let devices = store.claims.devices().await.expect("devices");
    let [a, b] = &devices[..] else { panic!("{devices:?}") };
    assert_eq!((a.device.as_str(), b.device.as_str()), ("a", "b"));
    assert_eq!((a.recordings, a.pending, a.quarantined), (3, 1, 1));
    assert_eq!(a.last_recorded_at, seeds[2].recorded_at());
    assert_eq!(a.oldest_pending, Some(seeds[1].recorded_at()));
    assert_eq!((b.recordings, b.pending, b.quarantined), (1, 0, 0));
    assert_eq!(b.oldest_pending, None);
}
