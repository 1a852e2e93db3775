//! The promises of [`LedgerStore::measured`](watchme_core::LedgerStore::measured).

use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::time::Duration;

use watchme_core::{Effort, LedgerEntry, LocalDate, Measured, ObjectKey};

use super::{LedgerUnderTest, make_entry};
use crate::RecordingSeed;
use crate::sample::{self, DEVICE};

/// Every recording of the days, of all devices, comes once on one of the pages, with its effort
/// if that is known.
pub async fn what_recordings_took_comes_page_by_page(
    make: impl AsyncFn(Vec<RecordingSeed>) -> LedgerUnderTest,
) {
    let store = make(Vec::new()).await;
    let days = sample::date("2025-07-01")..=sample::date("2025-07-31");
    assert_eq!(all(&store, &days).await, BTreeMap::new());

    let of = |number: u64, device: &str, date: &str| {
        let mut entry = make_entry("12-00");
        entry.object_key = sample::object_key(&format!("files/{device}/{number}/a b+c,\"d\".wav"));
        entry.slot = sample::slot_of(device, date, "12-00");
        entry.transcript.audio = Duration::from_secs(number);
        entry.transcript.speech = Duration::from_millis(number * 10);
        entry.transcript.effort = (!number.is_multiple_of(3)).then(|| Effort {
            wall: Duration::from_millis(number * 125),
            cpu: Duration::from_millis(number * 250),
        });
        entry
    };
    let mut wanted = BTreeMap::new();
    for number in 0..7 {
        for (device, date) in [(DEVICE, "2025-07-01"), ("居間", "2025-07-31")] {
            let entry = of(number, device, date);
            store.keep(&entry).await;
            wanted.insert(entry.object_key.clone(), measured(&entry));
        }
    }
    for date in ["2025-06-30", "2025-08-01"] {
        store.keep(&of(99, DEVICE, date)).await;
    }
    assert_eq!(all(&store, &days).await, wanted);
}

/// More recordings than any page holds are measured, each once.
pub async fn thousands_of_recordings_are_measured_each_once(
    make: impl AsyncFn(Vec<RecordingSeed>) -> LedgerUnderTest,
) {
    const COUNT: usize = 1_100;
    let store = make(Vec::new()).await;
    for number in 0..COUNT {
        let mut entry = make_entry("12-00");
        entry.object_key = sample::object_key(&format!("{number}.wav"));
        entry.transcript.removed.clear();
        entry.transcript.segments.clear();
        store.keep(&entry).await;
    }
    let date = sample::slot("12-00").date;
    assert_eq!(all(&store, &(date..=date)).await.len(), COUNT);
}

/// Reads every page until the empty one; a recording that comes twice fails the test.
async fn all(
    store: &LedgerUnderTest,
    days: &RangeInclusive<LocalDate>,
) -> BTreeMap<ObjectKey, Measured> {
    let (mut found, mut after) = (BTreeMap::new(), None);
    loop {
        let page = store.ledger.measured(days, after.as_ref()).await.expect("a page");
        let Some(last) = page.last() else { return found };
        after = Some(last.object_key.clone());
        for measured in page {
            let before = found.insert(measured.object_key.clone(), measured);
            assert_eq!(before, None, "it came on an earlier page");
        }
    }
}

fn measured(entry: &LedgerEntry) -> Measured {
    Measured {
        object_key: entry.object_key.clone(),
        audio: entry.transcript.audio,
        speech: entry.transcript.speech,
        effort: entry.transcript.effort,
    }
}
