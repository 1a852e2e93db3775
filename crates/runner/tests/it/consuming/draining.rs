//! Messages at a shutdown.

use std::time::Duration;

use tokio::time::Instant;
use watchme_core::QueueError;
use watchme_runner::Consumed;
use watchme_testkit::QueueOperation;

use super::world::{
    FakeHandler, VISIBILITY, consume, deeds, deleted, extended, received, recording, recordings,
};

#[tokio::test(start_paused = true)]
async fn without_work_in_hand_it_ends_at_once() {
    let queue = recordings([]);
    let world = consume(&queue, &FakeHandler::new(), 1);
    queue.until(|operations| operations == [QueueOperation::Asked(1)]).await;
    let began = Instant::now();
    assert_eq!(world.stop().await, Consumed::default());
    assert_eq!(began.elapsed(), Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn a_pause_after_a_failure_does_not_hold_it_up() {
    let queue = recordings([]);
    queue.fail_receives(50, || QueueError::Unavailable { source: "no route".into() });
    let world = consume(&queue, &FakeHandler::new(), 1);
    tokio::time::sleep(Duration::from_mins(10)).await;
    let began = Instant::now();
    world.stop().await;
    assert_eq!(began.elapsed(), Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn work_in_hand_may_end_and_nothing_else_begins() {
    let (queue, handler) = (recordings(["a.wav", "b.wav"]), FakeHandler::held());
    let world = consume(&queue, &handler, 1);
    handler.until(|seen| seen.at_work == 1).await;
    let consumed = world.stop_while(async {
        tokio::time::sleep(Duration::from_secs(5)).await;
        handler.open();
    });
    assert_eq!(consumed.await, Consumed { done: 1, ..Consumed::default() });
    assert_eq!(deeds(&queue), [received("1"), deleted("1")]);
    assert_eq!((queue.len(), queue.visible()), (1, 1));
}

#[tokio::test(start_paused = true)]
async fn work_that_outlasts_the_grace_is_cancelled_and_given_back() {
    let (queue, handler) = (recordings(["a.wav", "b.wav"]), FakeHandler::held());
    let world = consume(&queue, &handler, 2);
    handler.until(|seen| seen.at_work == 2).await;
    assert_eq!(world.stop().await, Consumed { given_back: 2, ..Consumed::default() });
    assert_eq!(handler.seen().at_work, 0);
    assert_eq!(queue.visible(), 2);
    assert_eq!(handler.seen().calls.len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_message_that_comes_during_the_grace_is_given_back() {
    let (queue, handler) = (recordings(["a.wav"]), FakeHandler::held());
    let world = consume(&queue, &handler, 2);
    let asks = |operations: &[QueueOperation]| operations.contains(&QueueOperation::Asked(1));
    queue.until(asks).await;
    handler.until(|seen| seen.at_work == 1).await;
    let consumed = world.stop_while(async {
        tokio::time::sleep(Duration::from_secs(1)).await;
        queue.send(recording("b.wav"));
        queue.until(|operations| operations.last() == Some(&extended("2", Duration::ZERO))).await;
        handler.open();
    });
    assert_eq!(consumed.await, Consumed { done: 1, given_back: 1, ..Consumed::default() });
    assert_eq!(queue.visible(), 1);
    assert_eq!(handler.seen().calls, ["a.wav"]);
}

#[tokio::test(start_paused = true)]
async fn work_is_renewed_until_the_grace_ends() {
    let (queue, handler) = (recordings(["a.wav"]), FakeHandler::held());
    let world = consume(&queue, &handler, 1);
    handler.until(|seen| seen.at_work == 1).await;
    tokio::time::sleep(VISIBILITY / 6).await;
    world.stop().await;
    let expected = [received("1"), extended("1", VISIBILITY), extended("1", Duration::ZERO)];
    assert_eq!(deeds(&queue), expected);
}

#[tokio::test(start_paused = true)]
async fn a_queue_that_is_gone_does_not_hold_up_the_end() {
    let (queue, handler) = (recordings(["a.wav"]), FakeHandler::held());
    let world = consume(&queue, &handler, 1);
    handler.until(|seen| seen.at_work == 1).await;
    queue.fail_extends(9, || QueueError::Unavailable { source: "no route".into() });
    assert_eq!(world.stop().await.given_back, 1);
    assert_eq!(queue.visible(), 0);
}
