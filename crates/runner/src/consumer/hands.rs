//! What a consumer has in hand: one receive at most, and as many deliveries as it has room for.

use std::num::NonZeroUsize;
use std::sync::Arc;

use tokio::sync::watch;
use tokio::task::{AbortHandle, JoinSet};
use tokio::time::sleep;
use tracing::{Instrument, error, info, info_span, warn};
use watchme_core::{AnnouncementQueue, Delivery, ErrorChain, QueueError};

use super::delivery::{Ended, Hand};
use super::pauses::pause_after;
use super::{Consumed, ConsumerConfig, Handler};

/// The tasks of a consumer. Dropping it cancels them.
pub(super) struct Hands {
    config: ConsumerConfig,
    hand: Hand,
    given_up: watch::Sender<bool>,
    tasks: JoinSet<Step>,
    /// The task that receives, which is one of `tasks`.
    receiving: Option<AbortHandle>,
    /// How many receives failed in a row.
    failed: u32,
    finishing: bool,
    consumed: Consumed,
}

/// What a task came to.
enum Step {
    Received(Result<Vec<Delivery>, QueueError>),
    Ended(Ended),
}

impl Hands {
    pub(super) fn new(
        queue: &Arc<dyn AnnouncementQueue>,
        handler: &Arc<dyn Handler>,
        config: ConsumerConfig,
    ) -> Self {
        let given_up = watch::Sender::new(false);
        let hand = Hand {
            queue: queue.clone(),
            handler: handler.clone(),
            visibility: config.visibility,
            given_up: given_up.subscribe(),
        };
        Self {
            config,
            hand,
            given_up,
            tasks: JoinSet::new(),
            receiving: None,
            failed: 0,
            finishing: false,
            consumed: Consumed::default(),
        }
    }

    pub(super) fn consumed(&self) -> Consumed {
        self.consumed
    }

    /// How many deliveries are in hand.
    pub(super) fn in_hand(&self) -> usize {
        self.tasks.len() - usize::from(self.receiving.is_some())
    }

    /// Begins to receive, where there is room and no receive is under way.
    pub(super) fn receive(&mut self) {
        let room = self.config.capacity.get().saturating_sub(self.in_hand());
        let Some(room) = NonZeroUsize::new(room).filter(|_| self.receiving.is_none()) else {
            return;
        };
        let queue = self.hand.queue.clone();
        let (wait, visibility) = (self.config.wait, self.config.visibility);
        let pause = pause_after(self.failed);
        self.receiving = Some(self.tasks.spawn(async move {
            sleep(pause).await;
            Step::Received(queue.receive(room, wait, visibility).await)
        }));
    }

    /// Waits for the next task to end, and does what follows from it. May be dropped and called
    /// again. With no task at all, ends at once.
    pub(super) async fn step(&mut self) {
        let Some(ended) = self.tasks.join_next_with_id().await else { return };
        let id = match &ended {
            Ok((id, _)) => *id,
            Err(error) => error.id(),
        };
        let receives = self.receiving.take_if(|receiving| receiving.id() == id).is_some();
        match ended {
            Ok((_, Step::Received(Ok(deliveries)))) => self.take(deliveries),
            Ok((_, Step::Received(Err(error)))) => self.note_failure(&error),
            Ok((_, Step::Ended(ended))) => self.consumed.count(ended),
            Err(error) if error.is_panic() && receives => {
                error!("a receive panicked; trying again");
                self.failed = self.failed.saturating_add(1);
            }
            Err(error) if error.is_panic() => {
                error!("the work on a message panicked; it comes again when its visibility ends");
                self.consumed.broken += 1;
            }
            // Only a receive is ever cancelled.
            Err(_) => {}
        }
    }

    /// Waits for the end of what is in hand. What a receive under way brings until then is given
    /// back; once nothing else is in hand, it is not waited for.
    pub(super) async fn finish(&mut self) {
        self.finishing = true;
        while self.in_hand() > 0 {
            self.step().await;
        }
        if let Some(receiving) = &self.receiving {
            receiving.abort();
        }
    }

    /// Cancels the work in hand and gives its messages back.
    pub(super) fn give_up(&mut self) {
        self.given_up.send_replace(true);
    }

    fn take(&mut self, deliveries: Vec<Delivery>) {
        if self.failed > 0 {
            info!("the queue answers again");
            self.failed = 0;
        }
        for delivery in deliveries {
            let hand = self.hand.clone();
            let id = &delivery.message;
            let span = info_span!("message", message.id = id, message.received = delivery.received);
            if self.finishing {
                let given_back =
                    async move { Step::Ended(hand.give_back(&delivery.receipt).await) };
                self.tasks.spawn(given_back.instrument(span));
            } else {
                let work = async move { Step::Ended(hand.work(delivery).await) };
                self.tasks.spawn(work.instrument(span));
            }
        }
    }

    /// Logs the first failure of a row, and a refusal each time, which will not pass by itself.
    fn note_failure(&mut self, error: &QueueError) {
        self.failed = self.failed.saturating_add(1);
        let (is_first, is_final) = (self.failed == 1, matches!(error, QueueError::Denied { .. }));
        let error = ErrorChain(error);
        if is_final {
            error!(%error, "nothing can be received; trying again once a minute at most");
        } else if is_first {
            warn!(%error, "nothing can be received; trying again until it can");
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
