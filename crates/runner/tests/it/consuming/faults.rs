//! A queue that fails, and a handler that panics.

use watchme_core::QueueError;
use watchme_runner::Consumed;
use watchme_testkit::QueueOperation;

use super::world::{Answer, FakeHandler, consume, deeds, deleted, received, recordings};

fn unavailable() -> QueueError {
    QueueError::Unavailable { source: "no route".into() }
}

fn denied() -> QueueError {
    QueueError::Denied { reason: "no permission".to_owned(), source: None }
}

#[tokio::test(start_paused = true)]
async fn a_queue_that_cannot_be_reached_or_refuses_is_asked_until_it_answers() {
    for error in [unavailable, denied] {
        let queue = recordings(["a.wav"]);
        queue.fail_receives(20, error);
        let world = consume(&queue, &FakeHandler::new(), 1);
        world.emptied().await;
        assert_eq!(world.stop().await.done, 1);
    }
}

#[tokio::test(start_paused = true)]
async fn a_queue_that_fails_is_not_asked_all_the_time() {
    let queue = recordings(["a.wav"]);
    queue.fail_receives(20, unavailable);
    let began = tokio::time::Instant::now();
    let world = consume(&queue, &FakeHandler::new(), 1);
    world.emptied().await;
    // Half of 1 + 2 + 4 + 8 + 16 + 32 + 14 * 60 s at least, of the paused time.
    assert!(began.elapsed().as_secs() >= 451, "{:?}", began.elapsed());
}

#[tokio::test(start_paused = true)]
async fn a_message_that_cannot_be_deleted_comes_again() {
    let queue = recordings(["a.wav"]);
    queue.fail_deletes(1, unavailable);
    let world = consume(&queue, &FakeHandler::new(), 1);
    world.emptied().await;
    assert_eq!(deeds(&queue), [received("1"), received("1"), deleted("1")]);
    assert_eq!(world.handler.seen().calls, ["a.wav", "a.wav"]);
}

#[tokio::test(start_paused = true)]
async fn a_panic_breaks_its_message_only_and_it_comes_again() {
    let (queue, handler) = (recordings(["a.wav", "b.wav"]), FakeHandler::new());
    handler.answer("a.wav", [Answer::Panic]);
    let world = consume(&queue, &handler, 1);
    world.emptied().await;
    let receives =
        deeds(&queue).into_iter().filter(|deed| matches!(deed, QueueOperation::Received(_)));
    assert_eq!(receives.collect::<Vec<_>>(), ["1", "2", "1"].map(received));
    assert_eq!(world.stop().await, Consumed { done: 2, broken: 1, ..Consumed::default() });
}

#[tokio::test(start_paused = true)]
async fn a_message_that_breaks_the_work_each_time_is_put_aside() {
    let handler = FakeHandler::new();
    handler.answer("a.wav", [Answer::Panic, Answer::Panic, Answer::Panic]);
    let announced = [super::world::recording("a.wav")];
    let queue = watchme_testkit::FakeQueue::with_redrive(announced, 3);
    let world = consume(&queue, &handler, 1);
    world.emptied().await;
    assert_eq!(deeds(&queue).last(), Some(&QueueOperation::Buried("1".to_owned())));
    assert_eq!(world.stop().await.broken, 3);
}
