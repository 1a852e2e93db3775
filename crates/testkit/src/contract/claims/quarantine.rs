//! The promises about recordings that were tried too often.

use watchme_core::{
    ClaimError, ClaimOrder, ClaimQuery, ClaimRequest, ClaimState, NextStep, Quarantine,
    RecordingStatus,
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

/// An attempt that did not count leaves its number to the next one, whose wait grows with it.
pub async fn only_attempts_that_count_are_strikes(
    make: impl AsyncFn(Vec<RecordingSeed>) -> ClaimsUnderTest,
) {
    let seeds = [RecordingSeed::at("12-00")];
    let store = make(seeds.to_vec()).await;
    for (counts, expected) in [(false, (1, 1)), (false, (2, 1)), (true, (3, 1)), (false, (4, 2))] {
        let claim = store.one("a", pending(), LONG).await;
        let record = store.record(&seeds[0].object_key).await.expect("a record");
        assert_eq!((record.attempts, record.strikes), expected);
        store.fail(&claim, OVER, counts).await;
    }
}

/// A recording that a process only held, such as one that was fetched ahead, is not to blame.
pub async fn a_process_that_dies_before_it_starts_costs_no_strike(
    make: impl AsyncFn(Vec<RecordingSeed>) -> ClaimsUnderTest,
) {
    let seeds = [RecordingSeed::at("12-00")];
    let store = make(seeds.to_vec()).await;
    for attempt in 1..=4 {
        store.one("a", pending(), OVER).await;
        let record = store.record(&seeds[0].object_key).await.expect("a record");
        assert_eq!((record.attempts, record.strikes, record.is_started), (attempt, 1, false));
    }
    let claim = store.one("b", pending(), OVER).await;
    store.start_and_die(&claim).await;
    assert!(store.record(&seeds[0].object_key).await.is_some_and(|record| record.is_started));
    store.one("c", pending(), LONG).await;
    let record = store.record(&seeds[0].object_key).await.expect("a record");
    assert_eq!((record.strikes, record.is_started), (2, false), "the one that started counts");
    assert_eq!(store.statuses(&seeds).await, ["pending"]);
}

/// Whoever lost the claim must not blame the recording for the other's process.
pub async fn who_lost_the_claim_cannot_start(
    make: impl AsyncFn(Vec<RecordingSeed>) -> ClaimsUnderTest,
) {
    let seeds = [RecordingSeed::at("12-00")];
    let store = make(seeds.to_vec()).await;
    let lost = store.one("a", pending(), OVER).await;
    store.one("b", pending(), OVER).await;
    let started = store.claims.start(&lost.ticket, LONG).await;
    assert!(matches!(started, Err(ClaimError::Lost)), "{started:?}");
    let record = store.record(&seeds[0].object_key).await.expect("a record");
    assert!(!record.is_started, "{record:?}");
}

/// A lease that runs out after the start counts: the process may have died of the recording.
pub async fn a_process_that_dies_each_time_quarantines_the_recording(
    make: impl AsyncFn(Vec<RecordingSeed>) -> ClaimsUnderTest,
) {
    let seeds = [RecordingSeed::at("12-00"), RecordingSeed::at("12-30")];
    let store = make(seeds.to_vec()).await;
    for owner in ["a", "b"] {
        let claim = store.one(owner, object(&seeds[0]), LONG).await;
        store.start_and_die(&claim).await;
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
    let claim = store.one("a", object(&seeds[0]), LONG).await;
    assert_eq!(claim.attempt, 1);
    store.start_and_die(&claim).await;

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
    let claims = store.claims.claim(&request).await.expect("claims");
    let [claim] = &claims[..] else { panic!("{claims:?}") };
    store.start_and_die(claim).await;
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
