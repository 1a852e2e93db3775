//! The promises of [`AnnouncementQueue`], and a macro that makes a named test of each.
//!
//! [`queue_contract!`](crate::queue_contract) takes the name of an async function from the
//! messages to lay out, in order, to a [`QueueUnderTest`] that holds them and no others. Each
//! message is given as the announcement that must be read from it.

use std::any::Any;
use std::collections::BTreeSet;
use std::fmt;
use std::num::NonZeroUsize;
use std::ops::Deref;
use std::time::Duration;

use watchme_core::{Announcement, AnnouncementQueue, Delivery, QueueError};

use crate::sample::{key_of, object_key};

/// Visibility that is longer than any test.
const LONG: Duration = Duration::from_mins(5);

/// Shortest visibility that runs out.
const SHORT: Duration = Duration::from_secs(1);

/// Time to wait for a message that must come. Far longer than [`SHORT`].
const PATIENCE: Duration = Duration::from_secs(20);

/// A queue, and the guard it needs to live.
pub struct QueueUnderTest {
    /// The queue.
    pub queue: Box<dyn AnnouncementQueue>,
    /// Temporary folders or servers that it needs.
    pub guard: Box<dyn Any + Send + Sync>,
}

impl QueueUnderTest {
    /// Wraps `queue`, which needs `guard` to live.
    pub fn new(queue: impl AnnouncementQueue, guard: impl Any + Send + Sync) -> Self {
        Self { queue: Box::new(queue), guard: Box::new(guard) }
    }

    /// Receives up to `limit` messages that are there, or arrive within `wait`.
    async fn take(&self, limit: usize, wait: Duration, visibility: Duration) -> Vec<Delivery> {
        let limit = NonZeroUsize::new(limit).expect("a limit");
        self.receive(limit, wait, visibility).await.expect("messages")
    }

    /// Receives the one message that is there, or arrives soon.
    async fn one(&self, visibility: Duration) -> Delivery {
        let mut taken = self.take(1, PATIENCE, visibility).await;
        taken.pop().expect("a message")
    }

    async fn assert_empty(&self) {
        assert_eq!(self.take(10, Duration::ZERO, LONG).await, []);
    }
}

impl Deref for QueueUnderTest {
    type Target = dyn AnnouncementQueue;

    fn deref(&self) -> &Self::Target {
        &*self.queue
    }
}

impl fmt::Debug for QueueUnderTest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("QueueUnderTest").field("queue", &self.queue).finish_non_exhaustive()
    }
}

/// Makes one `#[tokio::test]` of each promise of
/// [`AnnouncementQueue`](watchme_core::AnnouncementQueue).
///
/// With `ignore = "reason"` the tests run only on request, for queues that need a
/// server of their own.
#[macro_export]
macro_rules! queue_contract {
    ($make_queue:path) => {
        $crate::queue_contract!(@all $make_queue, []);
    };
    ($make_queue:path, ignore = $reason:literal) => {
        $crate::queue_contract!(@all $make_queue, [#[ignore = $reason]]);
    };
    (@all $make_queue:path, $attributes:tt) => {
        $crate::queue_contract!(@tests $make_queue, $attributes:
            keys_come_exactly,
            what_is_no_announcement_is_told_apart,
            an_empty_queue_answers_nothing,
            no_more_come_than_the_limit_and_each_once,
            a_large_limit_is_no_error,
            a_received_message_is_invisible,
            a_message_comes_again_when_its_visibility_ends,
            an_extended_message_stays_invisible,
            a_message_made_visible_comes_again_and_is_counted,
            a_deleted_message_never_comes_again,
            deleting_twice_is_no_failure,
            a_deleted_message_is_gone,
            a_healthy_queue_passes_its_checks,
        );
    };
    (@tests $make_queue:path, $attributes:tt: $($promise:ident,)+) => {
        $($crate::queue_contract!(@test $make_queue, $attributes: $promise);)+
    };
    (@test $make_queue:path, [$($attribute:tt)*]: $promise:ident) => {
        #[tokio::test]
        $($attribute)*
        async fn $promise() {
            $crate::contract::queue::$promise($make_queue).await;
        }
    };
}

/// Keys arrive as the objects are named, even those that a message has to encode.
pub async fn keys_come_exactly<Fut>(make_queue: impl Fn(Vec<Announcement>) -> Fut)
where
    Fut: Future<Output = QueueUnderTest>,
{
    let keys =
        [&key_of("12-00"), "a b+c%20&d=\"e\".wav", "録音/居間.wav", "/leading", "a//b/../c", "%"];
    let announced = Announcement::Recordings(keys.map(object_key).to_vec());
    let queue = make_queue(vec![announced.clone()]).await;
    let delivery = queue.one(LONG).await;
    assert_eq!(delivery.announcement, announced);
    assert_eq!(delivery.received, 1);
    assert!(!delivery.message.is_empty());
}

/// A test of the connection asks for nothing, and a malformed message states the reason.
pub async fn what_is_no_announcement_is_told_apart<Fut>(
    make_queue: impl Fn(Vec<Announcement>) -> Fut,
) where
    Fut: Future<Output = QueueUnderTest>,
{
    let queue = make_queue(vec![Announcement::Nothing("a test")]).await;
    assert!(matches!(queue.one(LONG).await.announcement, Announcement::Nothing(_)));
    let queue = make_queue(vec![malformed()]).await;
    let announcement = queue.one(LONG).await.announcement;
    assert!(matches!(&announcement, Announcement::Malformed { reason } if !reason.is_empty()));
}

/// An empty queue is an answer, not an error.
pub async fn an_empty_queue_answers_nothing<Fut>(make_queue: impl Fn(Vec<Announcement>) -> Fut)
where
    Fut: Future<Output = QueueUnderTest>,
{
    make_queue(Vec::new()).await.assert_empty().await;
}

/// Several receives empty the queue, none of them beyond its limit.
pub async fn no_more_come_than_the_limit_and_each_once<Fut>(
    make_queue: impl Fn(Vec<Announcement>) -> Fut,
) where
    Fut: Future<Output = QueueUnderTest>,
{
    let queue = make_queue((0..5).map(|n| recording(&format!("{n}.wav"))).collect()).await;
    let mut seen = BTreeSet::new();
    while seen.len() < 5 {
        let taken = queue.take(2, PATIENCE, LONG).await;
        assert!((1..=2).contains(&taken.len()), "{taken:?}");
        for delivery in taken {
            assert!(seen.insert(delivery.message.clone()), "{delivery:?} came twice");
        }
    }
    queue.assert_empty().await;
}

/// A caller may ask for more than a queue hands out at once.
pub async fn a_large_limit_is_no_error<Fut>(make_queue: impl Fn(Vec<Announcement>) -> Fut)
where
    Fut: Future<Output = QueueUnderTest>,
{
    let queue = make_queue(vec![recording("a.wav")]).await;
    assert_eq!(queue.take(1000, PATIENCE, LONG).await.len(), 1);
}

/// Nobody else receives a message that somebody has.
pub async fn a_received_message_is_invisible<Fut>(make_queue: impl Fn(Vec<Announcement>) -> Fut)
where
    Fut: Future<Output = QueueUnderTest>,
{
    let queue = make_queue(vec![recording("a.wav")]).await;
    queue.one(LONG).await;
    queue.assert_empty().await;
}

/// A message that nobody deletes comes again.
pub async fn a_message_comes_again_when_its_visibility_ends<Fut>(
    make_queue: impl Fn(Vec<Announcement>) -> Fut,
) where
    Fut: Future<Output = QueueUnderTest>,
{
    let queue = make_queue(vec![recording("a.wav")]).await;
    let first = queue.one(SHORT).await;
    let second = queue.one(LONG).await;
    assert_eq!((&second.message, second.received), (&first.message, 2));
    assert_ne!(second.receipt, first.receipt);
}

/// An extended message does not come again when the other one does.
pub async fn an_extended_message_stays_invisible<Fut>(make_queue: impl Fn(Vec<Announcement>) -> Fut)
where
    Fut: Future<Output = QueueUnderTest>,
{
    let queue = make_queue(vec![recording("a.wav"), recording("b.wav")]).await;
    let extended = queue.one(SHORT).await;
    queue.extend(&extended.receipt, LONG).await.expect("extended");
    // It became invisible later and so comes again later.
    let left = queue.one(SHORT).await;
    let again = queue.take(10, PATIENCE, LONG).await;
    let names: Vec<&str> = again.iter().map(|delivery| delivery.message.as_str()).collect();
    assert_eq!(names, [left.message]);
    queue.assert_empty().await;
}

/// An extension by zero gives a message back at once. Each delivery is counted.
pub async fn a_message_made_visible_comes_again_and_is_counted<Fut>(
    make_queue: impl Fn(Vec<Announcement>) -> Fut,
) where
    Fut: Future<Output = QueueUnderTest>,
{
    let queue = make_queue(vec![recording("a.wav")]).await;
    for count in 1..=3 {
        let delivery = queue.one(LONG).await;
        assert_eq!(delivery.received, count);
        queue.extend(&delivery.receipt, Duration::ZERO).await.expect("made visible");
    }
}

/// Deletion is for good, however short the visibility was, and leaves other messages alone.
pub async fn a_deleted_message_never_comes_again<Fut>(make_queue: impl Fn(Vec<Announcement>) -> Fut)
where
    Fut: Future<Output = QueueUnderTest>,
{
    let queue = make_queue(vec![recording("a.wav"), recording("b.wav")]).await;
    let deleted = queue.one(SHORT).await;
    queue.delete(&deleted.receipt).await.expect("deleted");
    let other = queue.one(SHORT).await;
    let again = queue.one(LONG).await;
    assert_eq!(again.message, other.message);
    queue.assert_empty().await;
}

/// A deletion may be repeated by a caller that does not know whether it arrived.
pub async fn deleting_twice_is_no_failure<Fut>(make_queue: impl Fn(Vec<Announcement>) -> Fut)
where
    Fut: Future<Output = QueueUnderTest>,
{
    let queue = make_queue(vec![recording("a.wav")]).await;
    let delivery = queue.one(LONG).await;
    queue.delete(&delivery.receipt).await.expect("deleted");
    let again = queue.delete(&delivery.receipt).await;
    assert!(matches!(again, Ok(()) | Err(QueueError::Gone)), "{again:?}");
}

/// A worker that still has a deleted message learns of it.
pub async fn a_deleted_message_is_gone<Fut>(make_queue: impl Fn(Vec<Announcement>) -> Fut)
where
    Fut: Future<Output = QueueUnderTest>,
{
    let queue = make_queue(vec![recording("a.wav")]).await;
    let delivery = queue.one(LONG).await;
    queue.delete(&delivery.receipt).await.expect("deleted");
    let extended = queue.extend(&delivery.receipt, LONG).await;
    assert!(matches!(extended, Err(QueueError::Gone)), "{extended:?}");
}

/// A working queue passes its own check, and keeps its messages visible.
pub async fn a_healthy_queue_passes_its_checks<Fut>(make_queue: impl Fn(Vec<Announcement>) -> Fut)
where
    Fut: Future<Output = QueueUnderTest>,
{
    let queue = make_queue(vec![recording("a.wav")]).await;
    let checks = queue.check().await;
    assert!(!checks.is_empty());
    assert!(!checks.iter().any(watchme_core::Check::is_failure), "{checks:?}");
    assert_eq!(queue.one(LONG).await.received, 1);
}

fn recording(key: &str) -> Announcement {
    Announcement::Recordings(vec![object_key(key)])
}

fn malformed() -> Announcement {
    Announcement::Malformed { reason: "not read".to_owned() }
}
