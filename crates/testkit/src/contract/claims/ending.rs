//! The promises of [`ClaimStore::complete`](watchme_core::ClaimStore::complete),
//! [`fail`](watchme_core::ClaimStore::fail) and
//! [`release`](watchme_core::ClaimStore::release).

use watchme_core::{ClaimError, ClaimState, Completion, NextStep};

use super::{ClaimsUnderTest, LONG, OVER, completion, failed, object, pending};
use crate::RecordingSeed;
use crate::sample;

/// The text is there, the row is completed, and the claim is over.
pub async fn a_completion_saves_and_completes_together(
    make: impl AsyncFn(Vec<RecordingSeed>) -> ClaimsUnderTest,
) {
    let seeds = [RecordingSeed::at("12-00"), RecordingSeed::at("12-30")];
    let store = make(seeds.to_vec()).await;
    let claim = store.one("a", object(&seeds[0]), LONG).await;
    store.complete(&claim, "12-00", "text").await.expect("completed");
    assert_eq!(store.statuses(&seeds).await, ["completed", "pending"]);
    assert_eq!(store.text("12-00").await.as_deref(), Some("text"));
    let record = store.record(&seeds[0].object_key).await.expect("a record");
    assert_eq!(record.state, ClaimState::Completed);
    assert!(record.finished_at.is_some(), "{record:?}");
}

/// A completion may be repeated after its answer was lost.
pub async fn a_completion_twice_is_one(make: impl AsyncFn(Vec<RecordingSeed>) -> ClaimsUnderTest) {
    let seeds = [RecordingSeed::at("12-00")];
    let store = make(seeds.to_vec()).await;
    let claim = store.one("a", pending(), LONG).await;
    store.complete(&claim, "12-00", "text").await.expect("completed");
    store.complete(&claim, "12-00", "text").await.expect("completed");
    assert_eq!(store.text("12-00").await.as_deref(), Some("text"));
}

/// Two recordings of one slot, completed at once, keep both texts: the second must read the
/// first's.
pub async fn a_completion_over_another_text_changes_nothing(
    make: impl AsyncFn(Vec<RecordingSeed>) -> ClaimsUnderTest,
) {
    let later = RecordingSeed::new("2025-07-20T03:00:30Z", sample::key_of("12-00-30"));
    let seeds = [RecordingSeed::at("12-00"), later];
    let store = make(seeds.to_vec()).await;
    let first = store.one("a", object(&seeds[0]), LONG).await;
    let second = store.one("b", object(&seeds[1]), LONG).await;
    store.complete(&first, "12-00", "first").await.expect("completed");

    for wrong in [None, Some("other"), Some("")] {
        let late = completion("12-00", "second", wrong);
        let late = store.claims.complete(&second.ticket, &late).await;
        assert!(matches!(late, Err(ClaimError::TextChanged)), "{wrong:?}: {late:?}");
        assert_eq!(store.text("12-00").await.as_deref(), Some("first"));
        assert_eq!(store.statuses(&seeds).await, ["completed", "pending"]);
    }
    let joined = completion("12-00", "first\nsecond", Some("first"));
    store.claims.complete(&second.ticket, &joined).await.expect("completed");
    assert_eq!(store.text("12-00").await.as_deref(), Some("first\nsecond"));
}

/// A lease that ran out is as good as one that holds, if nobody took the object.
pub async fn a_late_worker_may_finish(make: impl AsyncFn(Vec<RecordingSeed>) -> ClaimsUnderTest) {
    let seeds = [RecordingSeed::at("12-00")];
    let store = make(seeds.to_vec()).await;
    let claim = store.one("a", pending(), OVER).await;
    store.complete(&claim, "12-00", "text").await.expect("completed");
    assert_eq!(store.statuses(&seeds).await, ["completed"]);
}

/// A lost claim is refused in every call, before and after the other worker is done, even under the
/// same name.
pub async fn who_lost_the_claim_changes_nothing(
    make: impl AsyncFn(Vec<RecordingSeed>) -> ClaimsUnderTest,
) {
    for other in ["b", "a"] {
        let seeds = [RecordingSeed::at("12-00")];
        let store = make(seeds.to_vec()).await;
        let lost = store.one("a", pending(), OVER).await;
        let held = store.one(other, pending(), LONG).await;
        for is_done in [false, true] {
            if is_done {
                store.complete(&held, "12-00", "theirs").await.expect("completed");
            }
            let before = store.record(&seeds[0].object_key).await;
            let text = store.text("12-00").await;
            let mine = Completion { previous: text.clone(), ..completion("12-00", "mine", None) };
            let answers = [
                store.claims.complete(&lost.ticket, &mine).await,
                store.claims.fail(&lost.ticket, &failed(OVER, true)).await.map(|_| ()),
                store.claims.release(&lost.ticket).await,
                store.claims.renew(&lost.ticket, LONG).await,
            ];
            for answer in answers {
                assert!(matches!(answer, Err(ClaimError::Lost)), "{answer:?}");
            }
            assert_eq!(store.record(&seeds[0].object_key).await, before);
            assert_eq!(store.text("12-00").await, text);
        }
        assert_eq!(store.statuses(&seeds).await, ["completed"]);
    }
}

/// A released object is as if it had never been claimed.
pub async fn a_released_claim_costs_no_attempt(
    make: impl AsyncFn(Vec<RecordingSeed>) -> ClaimsUnderTest,
) {
    let seeds = [RecordingSeed::at("12-00")];
    let store = make(seeds.to_vec()).await;
    for _ in 0..5 {
        let claim = store.one("a", pending(), LONG).await;
        assert_eq!(claim.attempt, 1);
        store.claims.release(&claim.ticket).await.expect("released");
    }
    assert_eq!(store.statuses(&seeds).await, ["pending"]);
}

/// Workers wait for the next attempt; a person who asks for the object does not.
pub async fn a_failed_attempt_waits_for_its_time(
    make: impl AsyncFn(Vec<RecordingSeed>) -> ClaimsUnderTest,
) {
    let seeds = [RecordingSeed::at("12-00")];
    let store = make(seeds.to_vec()).await;
    let claim = store.one("a", pending(), LONG).await;
    assert_eq!(store.fail(&claim, LONG, true).await, NextStep::Retry);
    assert_eq!(store.ask("a", pending(), LONG).await, []);
    let record = store.record(&seeds[0].object_key).await.expect("a record");
    assert_eq!(record.state, ClaimState::Waiting);
    assert_eq!(record.last_error_kind.as_deref(), Some("damaged_audio"));
    assert_eq!(record.last_error.as_deref(), Some("it breaks at 3 s"));
    assert_eq!(store.statuses(&seeds).await, ["pending"]);

    assert_eq!(store.one("a", object(&seeds[0]), LONG).await.attempt, 2);
}

/// Blanks, quotes, plus signs, Japanese, several lines and no text at all are saved as they are.
pub async fn odd_names_and_texts_come_exactly(
    make: impl AsyncFn(Vec<RecordingSeed>) -> ClaimsUnderTest,
) {
    let key = "files/a b+c/\"1\",'2'/居間 🎙.wav";
    let seeds = [RecordingSeed::new("2025-07-20T03:00:00Z", key)];
    let store = make(seeds.to_vec()).await;
    let claim = store.one("a \"b\" 'c'+居間", object(&seeds[0]), LONG).await;
    assert_eq!(claim.ticket.object_key.as_str(), key);
    assert_eq!(claim.ticket.owner, "a \"b\" 'c'+居間");
    let text = "「はい」\n\\n \"quoted\" 'and' 🎙";
    store.complete(&claim, "12-00", text).await.expect("completed");
    assert_eq!(store.text("12-00").await.as_deref(), Some(text));

    let claim = store.one("a", super::again(&seeds[0]), LONG).await;
    let silent = completion("12-00", "", Some(text));
    store.claims.complete(&claim.ticket, &silent).await.expect("completed");
    assert_eq!(store.text("12-00").await.as_deref(), Some(""));
    assert_eq!(store.record(key).await.expect("a record").object_key, sample::object_key(key));
}
