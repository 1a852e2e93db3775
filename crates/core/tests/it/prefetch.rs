//! Recordings are fetched while another is transcribed, up to the limit.

use std::future::{Future, poll_fn};
use std::sync::Arc;
use std::task::Poll;

use watchme_testkit::sample;

use crate::{Bench, day};

const BLOCKS: [&str; 6] = ["09-00", "09-30", "10-00", "10-30", "11-00", "11-30"];

/// Runs the day with the first transcription held until nothing moves any more, and returns how
/// many recordings were fetched by then.
async fn fetched_while_held(prefetch: usize) -> usize {
    let bench = Bench { prefetch, ..Bench::at(&BLOCKS) };
    let mut gate = bench.transcriber.hold(BLOCKS[0]);
    let pipeline = bench.pipeline();
    let options = sample::options();
    let selection = day();
    let mut run = std::pin::pin!(pipeline.run(&selection, &options, Arc::new(())));
    // The fakes are ready at once: after more polls than it has steps the run stands still.
    for _ in 0..100 {
        let is_held = poll_fn(|context| Poll::Ready(run.as_mut().poll(context).is_pending())).await;
        assert!(is_held);
    }
    gate.reached().await;
    let fetched = bench.source.fetches().len();
    assert_eq!(bench.source.spooled_files(), fetched, "what is fetched lies on disk");
    gate.open();
    let report = run.await.unwrap();
    assert_eq!(report.completed().count(), BLOCKS.len());
    assert_eq!(bench.transcriber.most_at_work(), 1, "one is transcribed at a time");
    assert_eq!(bench.source.spooled_files(), 0);
    fetched
}

#[tokio::test]
async fn the_next_recordings_are_fetched_while_one_is_transcribed_and_no_more_than_allowed() {
    for prefetch in 1..=4 {
        assert_eq!(fetched_while_held(prefetch).await, 1 + prefetch, "prefetch {prefetch}");
    }
}
