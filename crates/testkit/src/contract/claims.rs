//! The promises of [`ClaimStore`], and a macro that makes a named test of each.
//!
//! [`claims_contract!`](crate::claims_contract) takes the name of an async function from the rows
//! to lay out ([`RecordingSeed`]) to a [`ClaimsUnderTest`] that holds them, and no claim. Leases
//! of zero length have run out at once, so no test waits.

mod claiming;
mod ending;
mod quarantine;

use std::any::Any;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use watchme_core::{
    Claim, ClaimError, ClaimOrder, ClaimQuery, ClaimRecord, ClaimRequest, ClaimScope, ClaimStore,
    Completion, FailedAttempt, Failure, FailureKind, NextStep, Quarantine, RecordingQuery,
    RecordingRow, RecordingStatus, TranscriptStore,
};

use crate::RecordingSeed;
use crate::sample;

pub use claiming::{
    a_claim_leaves_the_rows_as_they_are, a_claimed_recording_is_nobody_elses,
    a_completed_recording_is_claimed_only_again, a_lease_that_ran_out_is_taken_over,
    a_named_recording_is_claimed, a_recording_put_back_starts_afresh, a_renewed_lease_holds,
    devices_are_summed_up, many_at_once_claim_each_recording_once, newest_come_first_on_request,
    only_the_device_and_window_asked_for_are_claimed, rows_of_one_object_are_claimed_once,
};
pub use ending::{
    a_completion_over_another_text_changes_nothing, a_completion_saves_and_completes_together,
    a_completion_twice_is_one, a_failed_attempt_waits_for_its_time, a_late_worker_may_finish,
    a_released_claim_costs_no_attempt, odd_names_and_texts_come_exactly,
    who_lost_the_claim_changes_nothing,
};
pub use quarantine::{
    a_process_that_dies_before_it_starts_costs_no_strike,
    a_process_that_dies_each_time_quarantines_the_recording,
    a_quarantined_recording_comes_back_by_request,
    an_attempt_that_does_not_count_never_quarantines,
    an_attempt_too_many_quarantines_with_its_reason, only_attempts_that_count_are_strikes,
    quarantine_may_leave_the_rows_pending, who_lost_the_claim_cannot_start,
};

/// A store that keeps claims, and the guard it needs to live.
pub struct ClaimsUnderTest {
    store: Arc<dyn TranscriptStore>,
    claims: Arc<dyn ClaimStore>,
    _guard: Box<dyn Any + Send + Sync>,
}

impl ClaimsUnderTest {
    /// Wraps `store`, which needs `guard` to live.
    pub fn new(
        store: impl TranscriptStore + ClaimStore + Clone,
        guard: impl Any + Send + Sync,
    ) -> Self {
        let claims = Arc::new(store.clone());
        Self { store: Arc::new(store), claims, _guard: Box::new(guard) }
    }

    /// Claims for `owner`.
    async fn ask(&self, owner: &str, scope: ClaimScope, lease: Duration) -> Vec<Claim> {
        let (limit, order) = (100, ClaimOrder::OldestFirst);
        let (owner, quarantine) = (owner.to_owned(), quarantine());
        let request = ClaimRequest { owner, lease, limit, scope, order, quarantine };
        self.claims.claim(&request).await.expect("claims")
    }

    /// Claims the one object that is left for `owner`.
    async fn one(&self, owner: &str, scope: ClaimScope, lease: Duration) -> Claim {
        let mut claims = self.ask(owner, scope, lease).await;
        assert_eq!(claims.len(), 1, "{claims:?}");
        claims.remove(0)
    }

    /// Starts the work on a claim, and dies.
    async fn start_and_die(&self, claim: &Claim) {
        self.claims.start(&claim.ticket, OVER).await.expect("the work starts");
    }

    async fn complete(&self, claim: &Claim, block: &str, text: &str) -> Result<(), ClaimError> {
        self.claims.complete(&claim.ticket, &completion(block, text, None)).await
    }

    async fn fail(&self, claim: &Claim, retry_after: Duration, counts: bool) -> NextStep {
        let attempt = failed(retry_after, counts);
        self.claims.fail(&claim.ticket, &attempt).await.expect("the attempt is ended")
    }

    /// Returns the status of the row of each seed.
    async fn statuses(&self, seeds: &[RecordingSeed]) -> Vec<String> {
        let keys = seeds.iter().map(|seed| sample::object_key(&seed.object_key));
        let query = RecordingQuery::Objects(keys.collect());
        let rows = self.store.recordings(&query).await.expect("the rows");
        let status_of = |seed: &RecordingSeed| {
            rows.iter().find_map(|row| match row {
                RecordingRow::Readable(row) if row.id == seed.id() => Some(row.status.to_string()),
                _ => None,
            })
        };
        seeds.iter().map(|seed| status_of(seed).expect("its row")).collect()
    }

    /// Returns the text of a block of the sample day.
    async fn text(&self, block: &str) -> Option<String> {
        let slot = sample::slot(block);
        let saved = self.store.transcripts(&slot.device, slot.date).await.expect("texts");
        saved.into_iter().find(|saved| saved.slot == slot).map(|saved| saved.text)
    }

    /// Returns the record of an object.
    async fn record(&self, key: &str) -> Option<ClaimRecord> {
        let query = ClaimQuery::Objects(vec![sample::object_key(key)]);
        self.claims.claims(&query).await.expect("records").pop()
    }
}

impl fmt::Debug for ClaimsUnderTest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClaimsUnderTest").field("store", &self.store).finish_non_exhaustive()
    }
}

/// Makes one `#[tokio::test]` of each promise of [`ClaimStore`](watchme_core::ClaimStore).
///
/// With `ignore = "reason"` the tests run only on request, for stores that need a
/// server of their own.
#[macro_export]
macro_rules! claims_contract {
    ($make_store:path) => {
        $crate::claims_contract!(@all $make_store, []);
    };
    ($make_store:path, ignore = $reason:literal) => {
        $crate::claims_contract!(@all $make_store, [#[ignore = $reason]]);
    };
    (@all $make_store:path, $attributes:tt) => {
        $crate::claims_contract!(@tests $make_store, $attributes:
            a_named_recording_is_claimed,
            a_claimed_recording_is_nobody_elses,
            a_claim_leaves_the_rows_as_they_are,
            newest_come_first_on_request,
            only_the_device_and_window_asked_for_are_claimed,
            rows_of_one_object_are_claimed_once,
            a_lease_that_ran_out_is_taken_over,
            a_renewed_lease_holds,
            a_completed_recording_is_claimed_only_again,
            a_recording_put_back_starts_afresh,
            many_at_once_claim_each_recording_once,
            devices_are_summed_up,
            a_completion_saves_and_completes_together,
            a_completion_twice_is_one,
            a_completion_over_another_text_changes_nothing,
            a_late_worker_may_finish,
            who_lost_the_claim_changes_nothing,
            a_released_claim_costs_no_attempt,
            a_failed_attempt_waits_for_its_time,
            odd_names_and_texts_come_exactly,
            an_attempt_too_many_quarantines_with_its_reason,
            an_attempt_that_does_not_count_never_quarantines,
            only_attempts_that_count_are_strikes,
            a_process_that_dies_each_time_quarantines_the_recording,
            a_process_that_dies_before_it_starts_costs_no_strike,
            who_lost_the_claim_cannot_start,
            a_quarantined_recording_comes_back_by_request,
            quarantine_may_leave_the_rows_pending,
        );
    };
    (@tests $make_store:path, $attributes:tt: $($promise:ident,)+) => {
        $($crate::claims_contract!(@test $make_store, $attributes: $promise);)+
    };
    (@test $make_store:path, [$($attribute:tt)*]: $promise:ident) => {
        #[tokio::test]
        $($attribute)*
        async fn $promise() {
            $crate::contract::claims::$promise($make_store).await;
        }
    };
}

/// A lease that lasts for the whole test.
const LONG: Duration = Duration::from_hours(1);

/// A lease that ran out.
const OVER: Duration = Duration::ZERO;

/// Quarantine after two attempts.
fn quarantine() -> Quarantine {
    Quarantine { max_strikes: 2, status: RecordingStatus::Failed }
}

/// Scope of everything that is due.
fn pending() -> ClaimScope {
    ClaimScope::Pending { device: None, window: None }
}

fn object(seed: &RecordingSeed) -> ClaimScope {
    ClaimScope::Object(sample::object_key(&seed.object_key))
}

fn again(seed: &RecordingSeed) -> ClaimScope {
    ClaimScope::Again(sample::object_key(&seed.object_key))
}

fn completion(block: &str, text: &str, previous: Option<&str>) -> Completion {
    let previous = previous.map(str::to_owned);
    Completion { slot: sample::slot(block), text: text.to_owned(), previous, entry: None }
}

fn failed(retry_after: Duration, counts: bool) -> FailedAttempt {
    let failure =
        Failure { kind: FailureKind::DamagedAudio, reason: "it breaks at 3 s".to_owned() };
    FailedAttempt { failure, retry_after, counts, quarantine: quarantine() }
}

/// Returns the object keys of claims, in their order.
fn keys(claims: &[Claim]) -> Vec<&str> {
    claims.iter().map(|claim| claim.ticket.object_key.as_str()).collect()
}
