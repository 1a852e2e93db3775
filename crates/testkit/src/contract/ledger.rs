//! The promises of [`LedgerStore`], and a macro that makes a named test of each.
//!
//! [`ledger_contract!`](crate::ledger_contract) takes the name of an async function from the rows
//! to lay out ([`RecordingSeed`]) to a [`LedgerUnderTest`] that holds them, and nothing else.

mod keeping;
mod measuring;
mod revising;

use std::any::Any;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use watchme_core::{
    Claim, ClaimOrder, ClaimRequest, ClaimScope, ClaimStore, Completion, Effort, LedgerEntry,
    LedgerRecord, LedgerStore, Quarantine, RecordingStatus, RemovalReason, Removed, Segment, Slot,
    Sound, Transcript, TranscriptStore,
};

use crate::RecordingSeed;
use crate::sample::{self, key_of};

pub use keeping::{
    a_completion_keeps_its_entry, a_completion_that_is_refused_keeps_nothing,
    an_entry_comes_back_exactly, an_entry_takes_the_place_of_the_one_before,
    entries_come_by_slot_and_key, entries_of_a_day_come_by_block_and_key,
    odd_names_and_texts_are_kept,
};
pub use measuring::{
    thousands_of_recordings_are_measured_each_once, what_recordings_took_comes_page_by_page,
};
pub use revising::{
    a_revision_changes_text_and_segments, a_revision_of_a_recording_done_again_changes_nothing,
    a_revision_over_another_text_changes_nothing, a_slot_without_a_text_is_revised,
};

/// A store that keeps a ledger, and the guard it needs to live.
pub struct LedgerUnderTest {
    store: Arc<dyn TranscriptStore>,
    claims: Arc<dyn ClaimStore>,
    ledger: Arc<dyn LedgerStore>,
    _guard: Box<dyn Any + Send + Sync>,
}

impl LedgerUnderTest {
    /// Wraps `store`, which needs `guard` to live.
    pub fn new(
        store: impl TranscriptStore + ClaimStore + LedgerStore + Clone,
        guard: impl Any + Send + Sync,
    ) -> Self {
        let (claims, ledger) = (Arc::new(store.clone()), Arc::new(store.clone()));
        Self { store: Arc::new(store), claims, ledger, _guard: Box::new(guard) }
    }

    async fn keep(&self, entry: &LedgerEntry) {
        self.ledger.keep(entry).await.expect("kept");
    }

    /// Returns the records of a block of the sample day.
    async fn kept(&self, block: &str) -> Vec<LedgerRecord> {
        self.ledger.kept(&sample::slot(block)).await.expect("what is kept")
    }

    async fn entries(&self, block: &str) -> Vec<LedgerEntry> {
        self.kept(block).await.into_iter().map(|record| record.entry).collect()
    }

    /// Claims the recording of a block.
    async fn claim(&self, block: &str) -> Claim {
        let request = ClaimRequest {
            owner: "a worker".to_owned(),
            lease: Duration::from_hours(1),
            limit: 1,
            scope: ClaimScope::Again(sample::object_key(&key_of(block))),
            order: ClaimOrder::OldestFirst,
            quarantine: Quarantine { max_strikes: 2, status: RecordingStatus::Failed },
        };
        self.claims.claim(&request).await.expect("claims").remove(0)
    }

    async fn text(&self, slot: &Slot) -> Option<String> {
        let saved = self.store.transcripts(&slot.device, slot.date).await.expect("texts");
        saved.into_iter().find(|saved| saved.slot == *slot).map(|saved| saved.text)
    }
}

impl fmt::Debug for LedgerUnderTest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LedgerUnderTest").field("store", &self.store).finish_non_exhaustive()
    }
}

/// Makes one `#[tokio::test]` of each promise of [`LedgerStore`](watchme_core::LedgerStore).
///
/// With `ignore = "reason"` the tests run only on request, for stores that need a
/// server of their own.
#[macro_export]
macro_rules! ledger_contract {
    ($make_store:path) => {
        $crate::ledger_contract!(@all $make_store, []);
    };
    ($make_store:path, ignore = $reason:literal) => {
        $crate::ledger_contract!(@all $make_store, [#[ignore = $reason]]);
    };
    (@all $make_store:path, $attributes:tt) => {
        $crate::ledger_contract!(@tests $make_store, $attributes:
            an_entry_comes_back_exactly,
            an_entry_takes_the_place_of_the_one_before,
            entries_come_by_slot_and_key,
            entries_of_a_day_come_by_block_and_key,
            odd_names_and_texts_are_kept,
            what_recordings_took_comes_page_by_page,
            thousands_of_recordings_are_measured_each_once,
            a_completion_keeps_its_entry,
            a_completion_that_is_refused_keeps_nothing,
            a_revision_changes_text_and_segments,
            a_slot_without_a_text_is_revised,
            a_revision_over_another_text_changes_nothing,
            a_revision_of_a_recording_done_again_changes_nothing,
        );
    };
    (@tests $make_store:path, $attributes:tt: $($promise:ident,)+) => {
        $($crate::ledger_contract!(@test $make_store, $attributes: $promise);)+
    };
    (@test $make_store:path, [$($attribute:tt)*]: $promise:ident) => {
        #[tokio::test]
        $($attribute)*
        async fn $promise() {
            $crate::contract::ledger::$promise($make_store).await;
        }
    };
}

/// Makes the entry of a block's recording: two segments that somebody said, and between them
/// one for each reason that nobody did.
fn make_entry(block: &str) -> LedgerEntry {
    let reasons = [
        RemovalReason::Loop,
        RemovalReason::NoSpeech,
        RemovalReason::OutsideSpeech,
        RemovalReason::StockPhrase,
    ];
    let removed = reasons.iter().zip(1..).map(|(reason, at)| Removed {
        segment: segment(at, "ご視聴ありがとうございました", 0.123_456_79),
        reason: *reason,
    });
    LedgerEntry {
        object_key: sample::object_key(&key_of(block)),
        slot: sample::slot(block),
        model: "base-q8_0".parse().expect("a model"),
        transcript: Transcript {
            segments: vec![segment(0, "おはよう。", 0.9), segment(4, " Good morning.", 1.0)],
            removed: removed.collect(),
            language: Some("ja".to_owned()),
            audio: Duration::from_millis(60_070),
            speech: Duration::from_millis(12_345),
            sound: Sound {
                peak: 0.987_654_3,
                loudest_second: 0.012_345_679,
                voiced: Duration::from_millis(10_010),
            },
            effort: Some(Effort {
                wall: Duration::from_micros(1_234_567),
                cpu: Duration::from_micros(2_345_678),
            }),
        },
    }
}

/// Makes the segment number `n`; each takes a second and a half.
fn segment(index: u64, text: &str, confidence: f32) -> Segment {
    Segment {
        start: Duration::from_millis(index * 1_010),
        end: Duration::from_millis(index * 1_010 + 990),
        text: text.to_owned(),
        confidence,
        no_speech: 0.1,
        // One is of a version that did not measure it.
        voice: (index != 4).then(|| Duration::from_millis(330 + index)),
    }
}

fn make_completion(entry: LedgerEntry, previous: Option<&str>) -> Completion {
    Completion {
        slot: entry.slot.clone(),
        text: entry.transcript.text(),
        previous: previous.map(str::to_owned),
        entry: Some(entry),
    }
}

/// Makes a pending recording in each block.
fn seeds(blocks: &[&str]) -> Vec<RecordingSeed> {
    blocks.iter().map(|block| RecordingSeed::at(block)).collect()
}
