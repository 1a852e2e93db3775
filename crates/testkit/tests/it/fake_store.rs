//! The store in memory.

use watchme_core::{RecordingStatus, StoreError, TranscriptStore};
use watchme_testkit::contract::claims::ClaimsUnderTest;
use watchme_testkit::contract::ledger::LedgerUnderTest;
use watchme_testkit::contract::store::StoreUnderTest;
use watchme_testkit::sample::{self, key_of};
use watchme_testkit::{FakeStore, Operation, RecordingSeed};

async fn in_memory(seeds: Vec<RecordingSeed>) -> StoreUnderTest {
    StoreUnderTest::new(FakeStore::new(seeds), ())
}

watchme_testkit::store_contract!(in_memory);

async fn with_claims(seeds: Vec<RecordingSeed>) -> ClaimsUnderTest {
    ClaimsUnderTest::new(FakeStore::new(seeds), ())
}

watchme_testkit::claims_contract!(with_claims);

async fn with_ledger(seeds: Vec<RecordingSeed>) -> LedgerUnderTest {
    LedgerUnderTest::new(FakeStore::new(seeds), ())
}

watchme_testkit::ledger_contract!(with_ledger);

#[tokio::test]
async fn the_log_tells_writes_in_order_and_leaves_out_failed_ones() {
    let seed = RecordingSeed::at("12-00");
    let store = FakeStore::new([seed.clone()]);
    store.fail_marks(1, refusal);
    let completed = RecordingStatus::Completed;

    store.save(&sample::slot("12-00"), "text").await.unwrap();
    store.mark(&seed.id(), &completed).await.unwrap_err();
    assert_eq!(store.statuses(&key_of("12-00")), ["pending"]);
    store.mark(&seed.id(), &completed).await.unwrap();

    assert_eq!(store.statuses(&key_of("12-00")), ["completed"]);
    assert_eq!(
        store.operations(),
        [
            Operation::Saved(sample::slot("12-00"), "text".to_owned()),
            Operation::Marked(seed.id(), completed)
        ]
    );
}

#[tokio::test]
async fn a_failed_save_saves_nothing_and_a_failed_read_reads_nothing() {
    let store = FakeStore::default();
    let slot = sample::slot("12-00");
    store.fail_saves(2, refusal);
    store.fail_reads(1, refusal);

    store.save(&slot, "text").await.unwrap_err();
    store.save(&slot, "text").await.unwrap_err();
    assert_eq!((store.text(&slot), store.text_count()), (None, 0));
    store.transcripts(&slot.device, slot.date).await.unwrap_err();

    store.save(&slot, "text").await.unwrap();
    assert_eq!(store.text(&slot).as_deref(), Some("text"));
    assert_eq!(store.transcripts(&slot.device, slot.date).await.unwrap().len(), 1);
}

fn refusal() -> StoreError {
    StoreError::Denied { backend: "the fake store", reason: "scripted".to_owned() }
}
