//! The promises of [`TranscriptStore`], and a macro that makes a named test of each.
//!
//! [`store_contract!`](crate::store_contract) takes the name of an async function from the rows
//! to lay out ([`RecordingSeed`]) to a [`StoreUnderTest`] that holds them and no text.

mod listing;
mod marking;
mod saving;

use std::any::Any;
use std::fmt;
use std::ops::Deref;

use watchme_core::{Recording, RecordingQuery, RecordingRow, TranscriptStore};

use crate::RecordingSeed;

pub use listing::{
    a_device_id_is_compared_as_text, a_window_holds_its_start_and_not_its_end,
    columns_are_read_where_they_are, hundreds_of_keys_are_asked_for_at_once,
    keys_are_compared_as_text, no_keys_name_no_rows, only_failed_rows_are_failed,
    only_pending_rows_are_pending, other_devices_are_left_out,
    rows_come_in_the_order_of_their_recording, rows_of_one_object_all_come,
    rows_of_several_keys_come_in_the_order_of_their_recording,
    thousands_of_pending_rows_come_each_once, thousands_of_rows_come_each_once,
    unknown_statuses_are_kept_as_read, unreadable_rows_come_among_the_others,
};
pub use marking::{
    a_mark_sets_only_its_row, a_mark_twice_is_one, an_absent_row_is_not_marked,
    every_status_is_kept, odd_device_ids_are_marked, times_of_every_form_are_marked,
};
pub use saving::{
    a_healthy_store_passes_its_checks, a_save_leaves_other_slots_alone, a_save_twice_is_one,
    odd_device_ids_have_texts, saved_slots_come_by_day_without_their_texts, texts_come_exactly,
    texts_come_in_the_order_of_their_blocks, the_last_save_wins, there_are_no_texts_before_a_save,
};

/// A store, and the guard it needs to live.
pub struct StoreUnderTest {
    /// The store.
    pub store: Box<dyn TranscriptStore>,
    /// Temporary folders or servers that it needs.
    pub guard: Box<dyn Any + Send + Sync>,
}

impl StoreUnderTest {
    /// Wraps `store`, which needs `guard` to live.
    pub fn new(store: impl TranscriptStore, guard: impl Any + Send + Sync) -> Self {
        Self { store: Box::new(store), guard: Box::new(guard) }
    }
}

impl Deref for StoreUnderTest {
    type Target = dyn TranscriptStore;

    fn deref(&self) -> &Self::Target {
        &*self.store
    }
}

impl fmt::Debug for StoreUnderTest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StoreUnderTest").field("store", &self.store).finish_non_exhaustive()
    }
}

/// Makes one `#[tokio::test]` of each promise of
/// [`TranscriptStore`](watchme_core::TranscriptStore).
///
/// With `ignore = "reason"` the tests run only on request, for stores that need a
/// server of their own.
#[macro_export]
macro_rules! store_contract {
    ($make_store:path) => {
        $crate::store_contract!(@all $make_store, []);
    };
    ($make_store:path, ignore = $reason:literal) => {
        $crate::store_contract!(@all $make_store, [#[ignore = $reason]]);
    };
    (@all $make_store:path, $attributes:tt) => {
        $crate::store_contract!(@tests $make_store, $attributes:
            rows_come_in_the_order_of_their_recording,
            a_window_holds_its_start_and_not_its_end,
            other_devices_are_left_out,
            thousands_of_rows_come_each_once,
            thousands_of_pending_rows_come_each_once,
            only_failed_rows_are_failed,
            only_pending_rows_are_pending,
            unknown_statuses_are_kept_as_read,
            unreadable_rows_come_among_the_others,
            columns_are_read_where_they_are,
            a_device_id_is_compared_as_text,
            keys_are_compared_as_text,
            no_keys_name_no_rows,
            hundreds_of_keys_are_asked_for_at_once,
            rows_of_one_object_all_come,
            rows_of_several_keys_come_in_the_order_of_their_recording,
            a_mark_sets_only_its_row,
            a_mark_twice_is_one,
            an_absent_row_is_not_marked,
            every_status_is_kept,
            times_of_every_form_are_marked,
            odd_device_ids_are_marked,
            there_are_no_texts_before_a_save,
            the_last_save_wins,
            a_save_twice_is_one,
            a_save_leaves_other_slots_alone,
            texts_come_exactly,
            texts_come_in_the_order_of_their_blocks,
            odd_device_ids_have_texts,
            saved_slots_come_by_day_without_their_texts,
            a_healthy_store_passes_its_checks,
        );
    };
    (@tests $make_store:path, $attributes:tt: $($promise:ident,)+) => {
        $($crate::store_contract!(@test $make_store, $attributes: $promise);)+
    };
    (@test $make_store:path, [$($attribute:tt)*]: $promise:ident) => {
        #[tokio::test]
        $($attribute)*
        async fn $promise() {
            $crate::contract::store::$promise($make_store).await;
        }
    };
}

/// Device ids that a filter or a URL could split. All of them are valid: any text is.
const ODD_DEVICES: [&str; 7] = [
    "test_device_001",
    "m5cddc22-4f52-4d0d-8a7a-cda8b88e33fa",
    "a b+c&d=e",
    "eq.(1),\"two\",'three'",
    "100%_*\\",
    "居間のマイク🎙",
    "null",
];

/// Returns the rows a query names, which must all be readable.
async fn readable(store: &StoreUnderTest, query: &RecordingQuery) -> Vec<Recording> {
    let rows = store.recordings(query).await.expect("the rows");
    let readable = rows.into_iter().map(|row| match row {
        RecordingRow::Readable(recording) => recording,
        RecordingRow::Unreadable(row) => panic!("a row cannot be read: {row:?}"),
    });
    readable.collect()
}

/// Returns the object keys of rows.
fn keys(rows: &[Recording]) -> Vec<&str> {
    rows.iter().map(|row| row.object_key.as_str()).collect()
}

/// Makes the query of a device from one instant to another.
fn window(device: &str, from: &str, until: &str) -> RecordingQuery {
    let instant = |text: &str| text.parse().expect("an instant");
    RecordingQuery::Window {
        device: crate::sample::device(device),
        from: instant(from),
        until: instant(until),
    }
}

/// Makes the query of every object of `seeds`.
fn objects_of<'a>(seeds: impl IntoIterator<Item = &'a RecordingSeed>) -> RecordingQuery {
    let keys = seeds.into_iter().map(|seed| crate::sample::object_key(&seed.object_key));
    RecordingQuery::Objects(keys.collect())
}
