//! A consumer over a queue in memory, and a scripted handler.

use std::collections::{HashMap, VecDeque};
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use tokio::sync::{oneshot, watch};
use tokio::task::JoinHandle;
use tokio::time::timeout;
use watchme_core::{Announcement, ObjectKey};
use watchme_runner::{Consumed, Consumer, ConsumerConfig, Handled, Handler};
use watchme_testkit::{FakeQueue, QueueOperation};

/// Longer than any message of these tests stays invisible. Of the paused time.
const STUCK_AFTER: Duration = Duration::from_hours(10);

pub(crate) const VISIBILITY: Duration = Duration::from_secs(30);

pub(crate) struct World {
    pub(crate) queue: FakeQueue,
    pub(crate) handler: FakeHandler,
    shutdown: oneshot::Sender<()>,
    running: JoinHandle<Consumed>,
}

/// A consumer of `queue` that handles `capacity` messages at once.
pub(crate) fn consume(queue: &FakeQueue, handler: &FakeHandler, capacity: usize) -> World {
    let config = ConsumerConfig {
        capacity: NonZeroUsize::new(capacity).unwrap(),
        visibility: VISIBILITY,
        ..ConsumerConfig::new(Duration::from_secs(10))
    };
    let consumer = Consumer::new(Arc::new(queue.clone()), Arc::new(handler.clone()), config);
    let (shutdown, stopped) = oneshot::channel();
    let running = tokio::spawn(async move {
        consumer
            .run(async {
                let _ = stopped.await;
            })
            .await
    });
    World { queue: queue.clone(), handler: handler.clone(), shutdown, running }
}

impl World {
    /// Waits until the queue has nothing left.
    pub(crate) async fn emptied(&self) {
        self.queue.until(|_| self.queue.is_empty()).await;
    }

    /// Stops the consumer while `then` runs.
    pub(crate) async fn stop_while(self, then: impl Future<Output = ()>) -> Consumed {
        self.shutdown.send(()).unwrap();
        let ((), consumed) = tokio::join!(then, self.running);
        consumed.unwrap()
    }

    pub(crate) async fn stop(self) -> Consumed {
        self.stop_while(async {}).await
    }
}

/// Answers [`Handled::Done`] at once, unless scripted otherwise.
#[derive(Clone, Debug)]
pub(crate) struct FakeHandler {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    answers: Mutex<HashMap<String, VecDeque<Answer>>>,
    seen: watch::Sender<Seen>,
    open: watch::Sender<bool>,
}

#[derive(Debug)]
pub(crate) enum Answer {
    Is(Handled),
    Panic,
}

/// Calls that the handler has seen.
#[derive(Debug, Default, Clone)]
pub(crate) struct Seen {
    /// The keys of each call, joined.
    pub(crate) calls: Vec<String>,
    pub(crate) at_work: usize,
    pub(crate) most_at_work: usize,
}

impl FakeHandler {
    pub(crate) fn new() -> Self {
        let (answers, seen) = (Mutex::default(), watch::Sender::default());
        Self { shared: Arc::new(Shared { answers, seen, open: watch::Sender::new(true) }) }
    }

    /// A handler whose calls wait until it is opened.
    pub(crate) fn held() -> Self {
        let handler = Self::new();
        handler.shared.open.send_replace(false);
        handler
    }

    pub(crate) fn open(&self) {
        self.shared.open.send_replace(true);
    }

    /// Scripts the next answers for `key`.
    pub(crate) fn answer(&self, key: &str, answers: impl IntoIterator<Item = Answer>) {
        self.shared.answers.lock().unwrap().insert(key.to_owned(), answers.into_iter().collect());
    }

    pub(crate) fn seen(&self) -> Seen {
        self.shared.seen.borrow().clone()
    }

    /// Waits until the calls meet a condition.
    pub(crate) async fn until(&self, is_met: impl FnMut(&Seen) -> bool) {
        let mut seen = self.shared.seen.subscribe();
        let waited = timeout(STUCK_AFTER, seen.wait_for(is_met)).await;
        assert!(waited.is_ok(), "the handler only saw {:?}", self.seen());
    }
}

#[async_trait]
impl Handler for FakeHandler {
    async fn handle(&self, keys: &[ObjectKey]) -> Handled {
        let call = keys.iter().map(ObjectKey::as_str).collect::<Vec<_>>().join(" ");
        self.shared.seen.send_modify(|seen| {
            seen.calls.push(call.clone());
            seen.at_work += 1;
            seen.most_at_work = seen.most_at_work.max(seen.at_work);
        });
        let _leaving = Leaving(&self.shared.seen);
        let _ = self.shared.open.subscribe().wait_for(|open| *open).await;
        let answer =
            self.shared.answers.lock().unwrap().get_mut(&call).and_then(VecDeque::pop_front);
        match answer {
            None => Handled::Done,
            Some(Answer::Is(handled)) => handled,
            Some(Answer::Panic) => panic!("a fault on purpose"),
        }
    }
}

/// Counts a call as ended, however it ends.
struct Leaving<'a>(&'a watch::Sender<Seen>);

impl Drop for Leaving<'_> {
    fn drop(&mut self) {
        self.0.send_modify(|seen| seen.at_work -= 1);
    }
}

/// A message about one recording each.
pub(crate) fn recordings<const N: usize>(keys: [&str; N]) -> FakeQueue {
    FakeQueue::new(keys.map(recording))
}

pub(crate) fn recording(key: &str) -> Announcement {
    Announcement::Recordings(vec![key.parse().unwrap()])
}

/// Actions of the queue, without the starts of receives.
pub(crate) fn deeds(queue: &FakeQueue) -> Vec<QueueOperation> {
    let is_deed = |operation: &QueueOperation| !matches!(operation, QueueOperation::Asked(_));
    queue.operations().into_iter().filter(is_deed).collect()
}

pub(crate) fn received(name: &str) -> QueueOperation {
    QueueOperation::Received(name.to_owned())
}

pub(crate) fn extended(name: &str, visibility: Duration) -> QueueOperation {
    QueueOperation::Extended(name.to_owned(), visibility)
}

pub(crate) fn deleted(name: &str) -> QueueOperation {
    QueueOperation::Deleted(name.to_owned())
}
