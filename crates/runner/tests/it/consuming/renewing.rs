//! A message stays invisible while it is handled.

use std::time::Duration;

use watchme_core::QueueError;
use watchme_runner::Handled;
use watchme_testkit::QueueOperation;

use super::world::{
    Answer, FakeHandler, VISIBILITY, consume, deeds, deleted, extended, received, recordings,
};

fn renewals(operations: &[QueueOperation]) -> usize {
    let is_renewal = |deed: &&QueueOperation| **deed == extended("1", VISIBILITY);
    operations.iter().filter(is_renewal).count()
}

#[tokio::test(start_paused = true)]
async fn long_work_is_not_given_to_anybody_else() {
    let (queue, handler) = (recordings(["a.wav"]), FakeHandler::held());
    // There is room for it to come again.
    let world = consume(&queue, &handler, 2);
    queue.until(|operations| renewals(operations) == 10).await;
    assert_eq!(queue.visible(), 0);
    handler.open();
    world.emptied().await;
    assert_eq!(handler.seen().calls, ["a.wav"]);
}

#[tokio::test(start_paused = true)]
async fn one_renewal_may_fail() {
    let (queue, handler) = (recordings(["a.wav"]), FakeHandler::held());
    queue.fail_extends(1, || QueueError::Unavailable { source: "no route".into() });
    let world = consume(&queue, &handler, 2);
    queue.until(|operations| renewals(operations) == 3).await;
    handler.open();
    world.emptied().await;
    assert_eq!(handler.seen().calls, ["a.wav"]);
}

#[tokio::test(start_paused = true)]
async fn a_message_that_is_gone_is_not_renewed_and_its_work_goes_on() {
    let (queue, handler) = (recordings(["a.wav"]), FakeHandler::held());
    queue.fail_extends(1, || QueueError::Gone);
    let world = consume(&queue, &handler, 1);
    handler.until(|seen| seen.at_work == 1).await;
    tokio::time::sleep(VISIBILITY * 3).await;
    assert_eq!(deeds(&queue), [received("1")]);
    handler.open();
    world.emptied().await;
    assert_eq!(deeds(&queue), [received("1"), deleted("1")]);
}

#[tokio::test(start_paused = true)]
async fn nothing_is_renewed_after_the_work() {
    let (queue, handler) = (recordings(["a.wav"]), FakeHandler::new());
    let delay = Duration::from_mins(5);
    handler.answer("a.wav", [Answer::Is(Handled::RetryLater(delay))]);
    let world = consume(&queue, &handler, 1);
    world.emptied().await;
    assert_eq!(renewals(&queue.operations()), 0);
}
