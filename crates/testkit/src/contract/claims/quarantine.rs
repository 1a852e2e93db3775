//! The promises about recordings that were tried too often.

use watchme_core::{
    ClaimOrder, ClaimQuery, ClaimRequest, ClaimState, NextStep, Quarantine, RecordingStatus,
};

use super::{ClaimsUnderTest, LONG, OVER, again, object, pending};
use crate::RecordingSeed;
use crate::sample;

/// The row has the status, the record has the reason, and the object is left alone.
pub async fn an_attempt_too_many_quarantines_with_its_reason(
    make: impl AsyncFn(Vec<RecordingSeed>) -> ClaimsUnderTest,
) {
    let seeds = [RecordingSeed::at("12-00"), RecordingSeed::at("12-30")];
    let store = make(seeds.to_vec()).await;
    quarantine_by_failing(&store, &seeds[0]).await;
    assert_eq!(store.statuses(&seeds).await, ["failed", "pending"]);
    assert_eq!(store.ask("a", object(&seeds[0]), LONG).await, []);

    let records = store.claims.claims(&ClaimQuery::Quarantined).await.expect("records");
    let [record] = &records[..] else { panic!("{records:?}") };
    assert_eq!(record.object_key.as_str(), seeds[0].object_key);
    assert_eq!((record.state, record.strikes), (ClaimState::Quarantined, 2));
    assert_eq!(record.last_error.as_deref(), Some("it breaks at 3 s"));
}

/// A recording that is not there yet, or fails because the source does, is tried for ever.
pub async fn an_attempt_that_does_not_count_never_quarantines(
    make: impl AsyncFn(Vec<RecordingSeed>) -> ClaimsUnderTest,
) {
    let seeds = [RecordingSeed::at("12-00")];
    let store = make(seeds.to_vec()).await;
    for attempt in 1..=5 {
        let claim = store.one("a", pending(), LONG).await;
        assert_eq!(claim.attempt, attempt, "for the waits between them");
        assert_eq!(store.fail(&claim, OVER, false).await, NextStep::Retry);
    }
    assert_eq!(store.statuses(&seeds).await, ["pending"]);
}

/// A lease that runs out counts: the process may have died of the recording.
pub async fn a_process_that_dies_each_time_quarantines_the_recording(
    make: impl AsyncFn(Vec<RecordingSeed>) -> ClaimsUnderTest,
) {
    let seeds = [RecordingSeed::at("12-00"), RecordingSeed::at("12-30")];
    let store = make(seeds.to_vec()).await;
    for owner in ["a", "b"] {
        store.one(owner, object(&seeds[0]), OVER).await;
    }
    let left = store.one("c", pending(), LONG).await;
    assert_eq!(left.ticket.object_key.as_str(), seeds[1].object_key, "the other one");
    assert_eq!(store.statuses(&seeds).await, ["failed", "pending"]);
    let record = store.record(&seeds[0].object_key).await.expect("a record");
    assert_eq!(record.state, ClaimState::Quarantined);
    assert_eq!(record.last_error_kind.as_deref(), Some("claim_lost"));
    assert!(record.last_error.is_some_and(|error| error.contains("lease")));
}

/// Release, a claim by key, or a row that is set back to pending ends the quarantine.
pub async fn a_quarantined_recording_comes_back_by_request(
    make: impl AsyncFn(Vec<RecordingSeed>) -> ClaimsUnderTest,
) {
    let seeds = [RecordingSeed::at("12-00"), RecordingSeed::at("12-30")];
    let store = make(seeds.to_vec()).await;
    let keys = seeds.clone().map(|seed| sample::object_key(&seed.object_key));

    quarantine_by_failing(&store, &seeds[0]).await;
    let released = store.claims.release_quarantined(&keys).await.expect("released");
    assert_eq!(released, 1, "the other one is not quarantined");
    assert_eq!(store.statuses(&seeds).await, ["pending", "pending"]);
    assert_eq!(store.one("a", object(&seeds[0]), OVER).await.attempt, 1);

    let claim = store.one("a", object(&seeds[0]), LONG).await;
    store.fail(&claim, OVER, true).await;
    assert_eq!(store.statuses(&seeds).await, ["failed", "pending"]);
    let claim = store.one("a", again(&seeds[0]), LONG).await;
    assert_eq!(claim.attempt, 1);
    store.fail(&claim, OVER, true).await;

    let claim = store.one("a", again(&seeds[0]), LONG).await;
    store.fail(&claim, OVER, true).await;
    quarantine_by_failing(&store, &seeds[1]).await;
    store.store.mark(&seeds[1].id(), &RecordingStatus::Pending).await.expect("marked");
    assert_eq!(store.one("a", object(&seeds[1]), LONG).await.attempt, 1);
}

/// The status may be `pending`, for readers that know no other; the recording is still left alone.
pub async fn quarantine_may_leave_the_rows_pending(
    make: impl AsyncFn(Vec<RecordingSeed>) -> ClaimsUnderTest,
) {
    let seeds = [RecordingSeed::at("12-00")];
    let store = make(seeds.to_vec()).await;
    let request = ClaimRequest {
        owner: "a".to_owned(),
        lease: OVER,
        limit: 1,
        scope: pending(),
        order: ClaimOrder::OldestFirst,
        quarantine: Quarantine { max_strikes: 1, status: RecordingStatus::Pending },
    };
    assert_eq!(store.claims.claim(&request).await.expect("claims").len(), 1);
    for _ in 0..2 {
        assert_eq!(store.claims.claim(&request).await.expect("claims"), []);
    }
    assert_eq!(store.statuses(&seeds).await, ["pending"]);
    let record = store.record(&seeds[0].object_key).await.expect("a record");
    assert_eq!(record.state, ClaimState::Quarantined);
}

async fn quarantine_by_failing(store: &ClaimsUnderTest, seed: &RecordingSeed) {
    for expected in [NextStep::Retry, NextStep::Quarantined] {
        let claim = store.one("a", object(seed), LONG).await;
        assert_eq!(store.fail(&claim, OVER, true).await, expected);
    }
}
