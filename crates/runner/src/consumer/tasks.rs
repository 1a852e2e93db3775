//! The tasks of a consumer: at most one receive, and one for each delivery being handled.

use std::num::NonZeroUsize;
use std::sync::Arc;

use tokio::sync::watch;
use tokio::task::{AbortHandle, JoinSet};
use tokio::time::sleep;
use tracing::{Instrument, error, info, info_span, warn};
use watchme_core::{AnnouncementQueue, Delivery, ErrorChain, QueueError};

use super::delivery::{DeliveryHandler, Ended};
use super::pauses::pause_after;
use super::{Consumed, ConsumerConfig, Handler};

/// The tasks of a consumer. Dropping it cancels them.
pub(super) struct Tasks {
    config: ConsumerConfig,
    handler: DeliveryHandler,
    given_up: watch::Sender<bool>,
    running: JoinSet<TaskResult>,
    /// The task that receives, which is one of `running`.
    receiving: Option<AbortHandle>,
    /// Number of receives that failed in a row.
    failed: u32,
    finishing: bool,
    consumed: Consumed,
}

/// Result of a task.
enum TaskResult {
    Received(Result<Vec<Delivery>, QueueError>),
    Ended(Ended),
}

impl Tasks {
    pub(super) fn new(
        queue: &Arc<dyn AnnouncementQueue>,
        handler: &Arc<dyn Handler>,
        config: ConsumerConfig,
    ) -> Self {
        let given_up = watch::Sender::new(false);
        let handler = DeliveryHandler {
            queue: queue.clone(),
            handler: handler.clone(),
            visibility: config.visibility,
            given_up: given_up.subscribe(),
        };
        Self {
            config,
            handler,
            given_up,
            running: JoinSet::new(),
            receiving: None,
            failed: 0,
            finishing: false,
            consumed: Consumed::default(),
        }
    }

    pub(super) fn consumed(&self) -> Consumed {
        self.consumed
    }

    /// Number of deliveries being handled.
    pub(super) fn deliveries(&self) -> usize {
        self.running.len() - usize::from(self.receiving.is_some())
    }

    /// Starts a receive, unless one is running or there is no room.
    pub(super) fn receive(&mut self) {
        let room = self.config.capacity.get().saturating_sub(self.deliveries());
        let Some(room) = NonZeroUsize::new(room).filter(|_| self.receiving.is_none()) else {
            return;
        };
        let queue = self.handler.queue.clone();
        let (wait, visibility) = (self.config.wait, self.config.visibility);
        let pause = pause_after(self.failed);
        self.receiving = Some(self.running.spawn(async move {
            sleep(pause).await;
            TaskResult::Received(queue.receive(room, wait, visibility).await)
        }));
    }

    /// Waits for the next task to end and acts on its result. Returns at once if there is no task.
    /// Cancel safe.
    pub(super) async fn step(&mut self) {
        let Some(ended) = self.running.join_next_with_id().await else { return };
        let id = match &ended {
            Ok((id, _)) => *id,
            Err(error) => error.id(),
        };
        let receives = self.receiving.take_if(|receiving| receiving.id() == id).is_some();
        match ended {
            Ok((_, TaskResult::Received(Ok(deliveries)))) => self.spawn_all(deliveries),
            Ok((_, TaskResult::Received(Err(error)))) => self.note_failure(&error),
            Ok((_, TaskResult::Ended(ended))) => self.consumed.count(ended),
            Err(error) if error.is_panic() && receives => {
                error!("a receive panicked; retrying");
                self.failed = self.failed.saturating_add(1);
            }
            Err(error) if error.is_panic() => {
                error!(
                    "handling a message panicked; it comes again when its visibility timeout ends"
                );
                self.consumed.broken += 1;
            }
            // Only a receive is ever cancelled.
            Err(_) => {}
        }
    }

    /// Waits for the deliveries being handled. Messages that a running receive still brings are
    /// given back; the receive itself is not waited for.
    pub(super) async fn finish(&mut self) {
        self.finishing = true;
        while self.deliveries() > 0 {
            self.step().await;
        }
        if let Some(receiving) = &self.receiving {
            receiving.abort();
        }
    }

    /// Cancels the deliveries being handled and gives their messages back.
    pub(super) fn give_up(&mut self) {
        self.given_up.send_replace(true);
    }

    fn spawn_all(&mut self, deliveries: Vec<Delivery>) {
        if self.failed > 0 {
            info!("the queue answers again");
            self.failed = 0;
        }
        for delivery in deliveries {
            let handler = self.handler.clone();
            let id = &delivery.message;
            let span = info_span!("message", message.id = id, message.received = delivery.received);
            if self.finishing {
                let giving_back =
                    async move { TaskResult::Ended(handler.give_back(&delivery.receipt).await) };
                self.running.spawn(giving_back.instrument(span));
            } else {
                let handling = async move { TaskResult::Ended(handler.handle(delivery).await) };
                self.running.spawn(handling.instrument(span));
            }
        }
    }

    /// Logs the first of several failures in a row. A refusal, which needs an operator, is logged
    /// each time.
    fn note_failure(&mut self, error: &QueueError) {
        self.failed = self.failed.saturating_add(1);
        let (is_first, is_final) = (self.failed == 1, matches!(error, QueueError::Denied { .. }));
        let error = ErrorChain(error);
        if is_final {
            error!(%error, "cannot receive; retrying once a minute at most");
        } else if is_first {
            warn!(%error, "cannot receive; retrying");
        }
    }
}

impl Consumed {
    fn count(&mut self, ended: Ended) {
        *match ended {
            Ended::Done => &mut self.done,
            Ended::Later => &mut self.later,
            Ended::Malformed => &mut self.malformed,
            Ended::GivenBack => &mut self.given_back,
        } += 1;
    }
}
