//! A device's day as a file.

use axum::http::StatusCode;
use serde_json::json;
use watchme_core::StoreError;
use watchme_testkit::sample::{DAY, DEVICE, key_of};
use watchme_testkit::{FakeSource, FakeStore, RecordingSeed};

use crate::world::{World, settings};

fn path(format: &str) -> String {
    format!("/v1/devices/{DEVICE}/days/{DAY}/export{format}")
}

/// A day with markup in its text, a silent slot and one that waits, in a service that keeps a
/// ledger.
async fn day() -> World {
    let blocks = ["08-30", "12-00", "13-00"];
    let store = FakeStore::new(blocks.map(RecordingSeed::at));
    let source = FakeSource::new([(key_of("08-30"), "おはよう <b>&"), (key_of("12-00"), "")]);
    let world = World::keeping_ledger(store, source, settings());
    world.ask(json!({ "device_id": DEVICE, "date": DAY }).to_string()).await;
    world
}

#[tokio::test]
async fn a_day_is_a_file_in_each_format() {
    let world = day().await;
    for (format, media_type, expected) in [
        ("txt", "text/plain; charset=utf-8", "08:30  おはよう <b>&\n"),
        (
            "srt",
            "application/x-subrip; charset=utf-8",
            "1\n08:30:00,000 --> 08:31:00,000\nおはよう <b>&\n\n",
        ),
        (
            "vtt",
            "text/vtt; charset=utf-8",
            "WEBVTT\n\n08:30:00.000 --> 08:31:00.000\nおはよう &lt;b&gt;&amp;\n\n",
        ),
    ] {
        let answer = world.get(&path(&format!("?format={format}"))).await;
        assert_eq!((answer.status, answer.text.as_str()), (StatusCode::OK, expected));
        assert_eq!(answer.header("content-type"), Some(media_type));
        let name = format!("attachment; filename=\"{DEVICE}_{DAY}.{format}\"");
        assert_eq!(answer.header("content-disposition"), Some(name.as_str()));
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
        assert_eq!(answer.header("cache-control"), Some("private, no-store"));
    }
    let answer = world.get(&path("?format=json")).await;
    assert_eq!(answer.header("content-type"), Some("application/json"));
    let shown = world.get(&format!("/v1/devices/{DEVICE}/days/{DAY}")).await;
    assert_eq!(answer.json(), shown.json());
    assert!(answer.text.contains("no object"), "what this process knows is told too");

    world.store.remove_ledger();
    let answer = world.get(&path("?format=srt")).await;
    assert_eq!(answer.text, "1\n08:30:00,000 --> 09:00:00,000\nおはよう <b>&\n\n");
}

#[tokio::test]
async fn an_odd_device_has_a_plain_file_name_and_an_empty_day_an_empty_file() {
    let world = World::of_blocks(&[]);
    let odd = format!("/v1/devices/%E9%8D%B5%2F%22..%22/days/{DAY}/export?format=txt");
    let answer = world.get(&odd).await;
    assert_eq!((answer.status, answer.text.as_str()), (StatusCode::OK, ""));
    let name = format!("attachment; filename=\"_______{DAY}.txt\"");
    assert_eq!(answer.header("content-disposition"), Some(name.as_str()));
}

#[tokio::test]
async fn an_address_that_does_not_fit_and_a_store_that_fails_are_told() {
    let world = day().await;
    for format in ["", "?format=", "?format=csv", "?format=SRT"] {
        let answer = world.get(&path(format)).await;
        answer.assert_error(StatusCode::UNPROCESSABLE_ENTITY, "query.format");
    }
    world.store.fail_reads(1, || StoreError::Unavailable {
        backend: "supabase",
        retry_after: None,
        source: "https://project.supabase.co refused".into(),
    });
    let answer = world.get(&path("?format=srt")).await;
    answer.assert_error(StatusCode::INTERNAL_SERVER_ERROR, "supabase is unavailable");
    assert!(!answer.text.contains("supabase.co"));
}
