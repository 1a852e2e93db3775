//! Each kind of message, and each answer of the handler.

use std::time::Duration;

use watchme_core::Announcement;
use watchme_runner::{Consumed, Handled};
use watchme_testkit::{FakeQueue, QueueOperation};

use super::world::{
    Answer, FakeHandler, consume, deeds, deleted, extended, received, recording, recordings,
};

#[tokio::test(start_paused = true)]
async fn a_message_is_deleted_after_its_work_and_not_before() {
    let (queue, handler) = (recordings(["a.wav"]), FakeHandler::held());
    let world = consume(&queue, &handler, 1);
    handler.until(|seen| seen.at_work == 1).await;
    assert_eq!(deeds(&queue), [received("1")]);
    handler.open();
    world.emptied().await;
    assert_eq!(deeds(&queue), [received("1"), deleted("1")]);
    assert_eq!(world.stop().await, Consumed { done: 1, ..Consumed::default() });
}

#[tokio::test(start_paused = true)]
async fn the_recordings_of_one_message_come_together() {
    let keys = ["a.wav", "b.wav"].map(|key| key.parse().unwrap());
    let queue = FakeQueue::new([Announcement::Recordings(keys.to_vec())]);
    let world = consume(&queue, &FakeHandler::new(), 1);
    world.emptied().await;
    assert_eq!(world.handler.seen().calls, ["a.wav b.wav"]);
}

#[tokio::test(start_paused = true)]
async fn a_message_with_nothing_to_do_is_deleted() {
    let queue = FakeQueue::new([Announcement::Nothing("a test")]);
    let world = consume(&queue, &FakeHandler::new(), 1);
    world.emptied().await;
    assert_eq!(world.handler.seen().calls, [""; 0]);
    assert_eq!(world.stop().await, Consumed { done: 1, ..Consumed::default() });
}

#[tokio::test(start_paused = true)]
async fn a_message_that_is_not_understood_is_left_to_the_redrive_policy() {
    let malformed = Announcement::Malformed { reason: "it is no JSON object".to_owned() };
    let queue = FakeQueue::with_redrive([malformed, recording("a.wav")], 3);
    let world = consume(&queue, &FakeHandler::new(), 1);
    world.emptied().await;
    assert_eq!(
        deeds(&queue),
        [
            received("1"),
            received("2"),
            deleted("2"),
            received("1"),
            received("1"),
            QueueOperation::Buried("1".to_owned()),
        ]
    );
    assert_eq!(world.handler.seen().calls, ["a.wav"]);
    assert_eq!(world.stop().await, Consumed { done: 1, malformed: 3, ..Consumed::default() });
}

#[tokio::test(start_paused = true)]
async fn work_that_did_not_succeed_comes_again_when_it_may() {
    let (queue, handler) = (recordings(["a.wav"]), FakeHandler::new());
    let delay = Duration::from_mins(30);
    handler.answer("a.wav", [Answer::Is(Handled::RetryLater(delay))]);
    let world = consume(&queue, &handler, 1);
    world.emptied().await;
    assert_eq!(deeds(&queue), [received("1"), extended("1", delay), received("1"), deleted("1")]);
    assert_eq!(world.stop().await, Consumed { done: 1, later: 1, ..Consumed::default() });
}

#[tokio::test(start_paused = true)]
async fn work_that_somebody_else_does_is_left_alone_ever_longer() {
    let (queue, handler) = (recordings(["a.wav"]), FakeHandler::new());
    let minutes = |minutes| Duration::from_mins(minutes);
    handler.answer("a.wav", [(); 3].map(|()| Answer::Is(Handled::Busy(minutes(1)))));
    let world = consume(&queue, &handler, 1);
    world.emptied().await;
    let delays: Vec<_> = deeds(&queue)
        .into_iter()
        .filter(|deed| matches!(deed, QueueOperation::Extended(..)))
        .collect();
    assert_eq!(delays, [1, 2, 4].map(|count| extended("1", minutes(count))));
}

#[tokio::test(start_paused = true)]
async fn no_more_is_received_than_there_is_room_for() {
    let queue = recordings(["a.wav", "b.wav", "c.wav", "d.wav", "e.wav"]);
    let handler = FakeHandler::held();
    let world = consume(&queue, &handler, 2);
    handler.until(|seen| seen.at_work == 2).await;
    // Time enough for any receive there might be.
    tokio::time::advance(Duration::from_secs(5)).await;
    assert_eq!(queue.operations(), [QueueOperation::Asked(2), received("1"), received("2")]);
    handler.open();
    world.emptied().await;
    assert_eq!(handler.seen().most_at_work, 2);
    assert!(!queue.operations().iter().any(|deed| matches!(deed, QueueOperation::Asked(3..))));
    assert_eq!(world.stop().await.done, 5);
}
