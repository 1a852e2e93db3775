//! The queue in memory.

use std::num::NonZeroUsize;
use std::time::Duration;

use watchme_core::{Announcement, AnnouncementQueue, QueueError};
use watchme_testkit::contract::queue::QueueUnderTest;
use watchme_testkit::{FakeQueue, QueueOperation};

async fn in_memory(announcements: Vec<Announcement>) -> QueueUnderTest {
    QueueUnderTest::new(FakeQueue::new(announcements), ())
}

watchme_testkit::queue_contract!(in_memory);

#[tokio::test]
async fn what_is_received_too_often_is_put_aside() {
    let queue = FakeQueue::with_redrive([Announcement::Nothing("a test")], 2);
    for _ in 0..2 {
        let taken = queue.receive(NonZeroUsize::MIN, Duration::ZERO, Duration::ZERO).await;
        assert_eq!(taken.unwrap().len(), 1);
    }
    let taken = queue.receive(NonZeroUsize::MIN, Duration::ZERO, Duration::ZERO).await;
    assert_eq!(taken.unwrap(), []);
    assert!(queue.is_empty());
    assert_eq!(queue.operations().last(), Some(&QueueOperation::Buried("1".to_owned())));
}

#[tokio::test]
async fn scripted_failures_pass() {
    let queue = FakeQueue::new([Announcement::Nothing("a test")]);
    queue.fail_receives(1, || QueueError::Gone);
    queue.fail_extends(1, || QueueError::Gone);
    queue.fail_deletes(1, || QueueError::Gone);
    let receive = || queue.receive(NonZeroUsize::MIN, Duration::ZERO, Duration::ZERO);
    receive().await.unwrap_err();
    let receipt = receive().await.unwrap().pop().unwrap().receipt;
    queue.extend(&receipt, Duration::ZERO).await.unwrap_err();
    queue.delete(&receipt).await.unwrap_err();
    queue.delete(&receipt).await.unwrap();
}
