//! The source in memory: the contract, and what its scripts promise.

use std::future::Future;
use std::task::{Context, Waker};

use watchme_core::{AudioSource, ObjectKey, SourceError};
use watchme_testkit::FakeSource;
use watchme_testkit::contract::source::{LIMIT_BYTES, Objects, SourceUnderTest};

watchme_testkit::source_contract!(in_memory);

async fn in_memory(objects: Objects) -> SourceUnderTest {
    let source = FakeSource::with_limit(objects, LIMIT_BYTES);
    let spool_dir = Some(source.spool_dir().to_owned());
    SourceUnderTest { source: Box::new(source), spool_dir, guard: Box::new(()) }
}

fn key(name: &str) -> ObjectKey {
    name.parse().unwrap()
}

#[tokio::test]
async fn a_scripted_failure_lasts_until_recovery() {
    let source = FakeSource::new([("a", "bytes")]);
    source.fail("a", || SourceError::Damaged { reason: "scripted".to_owned() });
    for _ in 0..2 {
        let error = source.fetch(&key("a")).await.unwrap_err();
        assert!(matches!(error, SourceError::Damaged { .. }), "{error:?}");
        assert_eq!(source.spooled_files(), 0);
    }
    source.recover("a");
    assert!(source.fetch(&key("a")).await.is_ok());
    assert_eq!(source.fetches(), [key("a"), key("a"), key("a")]);
}

#[tokio::test]
async fn a_gate_holds_a_fetch_until_it_is_opened() {
    let source = FakeSource::new([("a", "bytes")]);
    let mut gate = source.hold("a");
    let fetching = tokio::spawn({
        let source = source.clone();
        async move { source.fetch(&key("a")).await }
    });
    gate.reached().await;
    assert_eq!(source.spooled_files(), 1);
    assert!(!fetching.is_finished());
    gate.open();
    let audio = fetching.await.unwrap().unwrap();
    assert_eq!(std::fs::read(audio.path()).unwrap(), b"bytes");
}

#[tokio::test]
async fn a_dropped_gate_holds_nothing() {
    let source = FakeSource::new([("a", "bytes")]);
    drop(source.hold("a"));
    assert!(source.fetch(&key("a")).await.is_ok());
}

#[tokio::test]
async fn a_fetch_that_is_dropped_while_held_leaves_no_file() {
    let source = FakeSource::new([("a", "bytes")]);
    let _gate = source.hold("a");
    let name = key("a");
    let mut fetching = source.fetch(&name);
    let polled = Future::poll(fetching.as_mut(), &mut Context::from_waker(Waker::noop()));
    assert!(polled.is_pending());
    assert_eq!(source.spooled_files(), 1);
    drop(fetching);
    assert_eq!(source.spooled_files(), 0);
}
