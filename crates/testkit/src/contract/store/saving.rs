//! The promises of [`TranscriptStore::save`](watchme_core::TranscriptStore::save) and of the
//! methods that read the texts.

use watchme_core::{SavedSlot, SavedTranscript, Slot};

use super::{ODD_DEVICES, StoreUnderTest};
use crate::RecordingSeed;
use crate::sample::{self, DAY, DEVICE};

/// A slot without a row is a missing text, not an empty one.
pub async fn there_are_no_texts_before_a_save<Fut>(make_store: impl Fn(Vec<RecordingSeed>) -> Fut)
where
    Fut: Future<Output = StoreUnderTest>,
{
    let store = make_store(vec![RecordingSeed::at("12-00")]).await;
    assert_eq!(texts(&store, DEVICE, DAY).await, []);
}

/// A later text replaces an earlier one.
pub async fn the_last_save_wins<Fut>(make_store: impl Fn(Vec<RecordingSeed>) -> Fut)
where
    Fut: Future<Output = StoreUnderTest>,
{
    let store = make_store(Vec::new()).await;
    let slot = sample::slot("12-00");
    for text in ["one", "two", "", "three"] {
        save(&store, &slot, text).await;
        assert_eq!(texts(&store, DEVICE, DAY).await, [saved(&slot, text)]);
    }
}

/// Repeating a save changes nothing.
pub async fn a_save_twice_is_one<Fut>(make_store: impl Fn(Vec<RecordingSeed>) -> Fut)
where
    Fut: Future<Output = StoreUnderTest>,
{
    let store = make_store(Vec::new()).await;
    let slot = sample::slot("12-00");
    save(&store, &slot, "once").await;
    save(&store, &slot, "once").await;
    assert_eq!(texts(&store, DEVICE, DAY).await, [saved(&slot, "once")]);
}

/// Other blocks, days and devices keep their texts.
pub async fn a_save_leaves_other_slots_alone<Fut>(make_store: impl Fn(Vec<RecordingSeed>) -> Fut)
where
    Fut: Future<Output = StoreUnderTest>,
{
    let store = make_store(Vec::new()).await;
    let slots = [
        sample::slot("12-00"),
        sample::slot("12-30"),
        sample::slot_of(DEVICE, "2025-07-21", "12-00"),
        sample::slot_of("another", DAY, "12-00"),
    ];
    for slot in &slots {
        save(&store, slot, &format!("old {slot}")).await;
    }
    save(&store, &slots[0], "new").await;

    let [first, same_day, next_day, other_device] = &slots;
    let old = |slot: &Slot| saved(slot, &format!("old {slot}"));
    assert_eq!(texts(&store, DEVICE, DAY).await, [saved(first, "new"), old(same_day)]);
    assert_eq!(texts(&store, DEVICE, "2025-07-21").await, [old(next_day)]);
    assert_eq!(texts(&store, "another", DAY).await, [old(other_device)]);
    assert_eq!(texts(&store, "another", "2025-07-21").await, []);
}

/// Nothing in a text is changed on its way, and silence is the empty text.
pub async fn texts_come_exactly<Fut>(make_store: impl Fn(Vec<RecordingSeed>) -> Fut)
where
    Fut: Future<Output = StoreUnderTest>,
{
    let long = "今日はいい天気ですね。".repeat(3_000);
    let odd = [
        "",
        " blanks around \n",
        "one\ntwo\r\nthree\ttabbed",
        "it's \"quoted\", \\escaped\\ and `ticked`",
        "{\"text\": null}",
        "'); DROP TABLE vibe_whisper; --",
        "100% & more + less = a,b;c(d)",
        "おはようございます。🎙👨‍👩‍👧 e\u{301}",
        "\u{feff}mark\u{200b}\u{2028}line\u{1}",
        "null",
        &long,
    ];
    let store = make_store(Vec::new()).await;
    for (text, block) in odd.iter().zip(watchme_core::TimeBlock::slots()) {
        let slot = Slot { block, ..sample::slot("00-00") };
        save(&store, &slot, text).await;
    }
    let read = texts(&store, DEVICE, DAY).await;
    let read: Vec<_> = read.iter().map(|saved| saved.text.as_str()).collect();
    assert_eq!(read, odd);
}

/// A day is read from morning to night.
pub async fn texts_come_in_the_order_of_their_blocks<Fut>(
    make_store: impl Fn(Vec<RecordingSeed>) -> Fut,
) where
    Fut: Future<Output = StoreUnderTest>,
{
    let store = make_store(Vec::new()).await;
    for block in ["23-30", "09-17", "00-00", "10-00", "09-30"] {
        save(&store, &sample::slot(block), block).await;
    }
    let read = texts(&store, DEVICE, DAY).await;
    let blocks: Vec<_> = read.iter().map(|saved| saved.slot.block.to_string()).collect();
    assert_eq!(blocks, ["00-00", "09-17", "09-30", "10-00", "23-30"]);
}

/// No character of a device id has a special meaning.
pub async fn odd_device_ids_have_texts<Fut>(make_store: impl Fn(Vec<RecordingSeed>) -> Fut)
where
    Fut: Future<Output = StoreUnderTest>,
{
    let store = make_store(Vec::new()).await;
    let slots = ODD_DEVICES.map(|device| sample::slot_of(device, DAY, "12-00"));
    for slot in &slots {
        save(&store, slot, slot.device.as_str()).await;
    }
    let (date, days) = (slots[0].date, slots[0].date..=slots[0].date);
    for (device, slot) in ODD_DEVICES.iter().zip(&slots) {
        assert_eq!(texts(&store, device, DAY).await, [saved(slot, device)]);
        let found = store.saved_slots(&slot.device, &days, "").await.expect("the slots");
        assert_eq!(found, [SavedSlot { date, block: slot.block, is_silent: false }]);
    }
}

/// Silent slots are known without their texts; slots of other days or devices are
/// left out.
pub async fn saved_slots_come_by_day_without_their_texts<Fut>(
    make_store: impl Fn(Vec<RecordingSeed>) -> Fut,
) where
    Fut: Future<Output = StoreUnderTest>,
{
    let store = make_store(Vec::new()).await;
    for silence in ["", "発話なし", "null", "(\"none\", \\said)"] {
        let said = [
            ("2025-06-30", "23-30", "text"),
            ("2025-07-01", "12-00", silence),
            ("2025-07-01", "09-30", "text"),
            ("2025-07-01", "00-17", ""),
            ("2025-07-02", "00-00", " "),
            ("2025-07-31", "23-30", "a \"quoted\" text, (with) \\ odd signs"),
            ("2025-08-01", "00-00", ""),
        ];
        for (date, block, text) in said {
            save(&store, &sample::slot_of(DEVICE, date, block), text).await;
        }
        save(&store, &sample::slot_of("another", "2025-07-03", "12-00"), "text").await;
        let days = sample::date("2025-07-01")..=sample::date("2025-07-31");
        let found = store.saved_slots(&sample::device(DEVICE), &days, silence).await;
        let saved = |(date, block, is_silent)| SavedSlot {
            date: sample::date(date),
            block: sample::block(block),
            is_silent,
        };
        let expected = [
            ("2025-07-01", "00-17", true),
            ("2025-07-01", "09-30", false),
            ("2025-07-01", "12-00", true),
            ("2025-07-02", "00-00", false),
            ("2025-07-31", "23-30", false),
        ];
        assert_eq!(found.expect("the slots"), expected.map(saved), "`{silence}`");
    }
}

/// A working store passes its own check.
pub async fn a_healthy_store_passes_its_checks<Fut>(make_store: impl Fn(Vec<RecordingSeed>) -> Fut)
where
    Fut: Future<Output = StoreUnderTest>,
{
    let store = make_store(vec![RecordingSeed::at("12-00")]).await;
    let checks = store.check().await;
    assert!(!checks.is_empty());
    let failed: Vec<_> = checks.iter().filter(|check| check.is_failure()).collect();
    assert!(failed.is_empty(), "{failed:?}");
    assert_eq!(texts(&store, DEVICE, DAY).await, [], "a check changes nothing");
}

async fn save(store: &StoreUnderTest, slot: &Slot, text: &str) {
    let result = store.save(slot, text).await;
    result.unwrap_or_else(|error| panic!("`{slot}` is not saved: {error:?}"));
}

async fn texts(store: &StoreUnderTest, device: &str, date: &str) -> Vec<SavedTranscript> {
    let result = store.transcripts(&sample::device(device), sample::date(date)).await;
    result.unwrap_or_else(|error| panic!("the texts of `{device}`: {error:?}"))
}

fn saved(slot: &Slot, text: &str) -> SavedTranscript {
    SavedTranscript { slot: slot.clone(), text: text.to_owned() }
}
