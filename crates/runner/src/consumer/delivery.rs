//! One delivery of one message, from its receipt to its end.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{oneshot, watch};
use tokio::time::sleep;
use tracing::{debug, info, warn};
use watchme_core::{
    Announcement, AnnouncementQueue, Delivery, ErrorChain, ObjectKey, QueueError, Receipt,
};

use super::pauses::busy_delay;
use super::{Handled, Handler};

/// What works on deliveries. Cheap to clone.
#[derive(Debug, Clone)]
pub(super) struct Hand {
    pub(super) queue: Arc<dyn AnnouncementQueue>,
    pub(super) handler: Arc<dyn Handler>,
    pub(super) visibility: Duration,
    /// Becomes true when the grace of a shutdown is over.
    pub(super) given_up: watch::Receiver<bool>,
}

/// What became of a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ended {
    Done,
    Later,
    Malformed,
    GivenBack,
}

impl Hand {
    /// Does what a message says, and what that means for the message.
    pub(super) async fn work(mut self, delivery: Delivery) -> Ended {
        let Delivery { receipt, received, announcement, .. } = delivery;
        let keys = match announcement {
            Announcement::Recordings(keys) => keys,
            Announcement::Nothing(reason) => {
                debug!(reason, "the message has nothing to do");
                self.delete(&receipt).await;
                return Ended::Done;
            }
            Announcement::Malformed { reason } => {
                // Left as it is: the queue's redrive policy counts and moves it.
                warn!(reason, "the message is not understood; it is left to the redrive policy");
                return Ended::Malformed;
            }
        };
        match self.handle(&receipt, &keys).await {
            Some(Handled::Done) => {
                self.delete(&receipt).await;
                Ended::Done
            }
            Some(Handled::RetryLater(delay)) => {
                info!(seconds = delay.as_secs(), "the message comes again later");
                self.leave_for(&receipt, delay).await;
                Ended::Later
            }
            Some(Handled::Busy(delay)) => {
                let delay = busy_delay(delay, received);
                debug!(seconds = delay.as_secs(), "somebody else is at it; it comes again later");
                self.leave_for(&receipt, delay).await;
                Ended::Later
            }
            None => self.give_back(&receipt).await,
        }
    }

    /// Makes a message visible again that nobody here will work on.
    pub(super) async fn give_back(&self, receipt: &Receipt) -> Ended {
        self.leave_for(receipt, Duration::ZERO).await;
        Ended::GivenBack
    }

    /// Lets the handler work, and keeps the message invisible until it ends; `None` where it was
    /// given up.
    async fn handle(&mut self, receipt: &Receipt, keys: &[ObjectKey]) -> Option<Handled> {
        let (ending, ended) = oneshot::channel::<()>();
        let Self { queue, handler, visibility, given_up } = self;
        let working = async move {
            let handled = tokio::select! {
                biased;
                handled = handler.handle(keys) => Some(handled),
                // An error means that the consumer is gone, and this task with it.
                _ = given_up.wait_for(|given_up| *given_up) => None,
            };
            drop(ending);
            handled
        };
        // Ended and not dropped: a renewal on its way could overtake what is said next.
        let (handled, ()) = tokio::join!(working, renew(&**queue, receipt, *visibility, ended));
        handled
    }

    async fn delete(&self, receipt: &Receipt) {
        match self.queue.delete(receipt).await {
            Ok(()) | Err(QueueError::Gone) => {}
            Err(error) => {
                let error = ErrorChain(&error);
                warn!(%error, "the message cannot be deleted; it comes again, with nothing to do");
            }
        }
    }

    async fn leave_for(&self, receipt: &Receipt, delay: Duration) {
        match self.queue.extend(receipt, delay).await {
            Ok(()) | Err(QueueError::Gone) => {}
            Err(error) => {
                let seconds = self.visibility.as_secs();
                let error = ErrorChain(&error);
                warn!(%error, "the message cannot be given back; it comes again within {seconds} s");
            }
        }
    }
}

/// Renews a message's invisibility at each third of it, so that one renewal may fail, until
/// `ended`.
async fn renew(
    queue: &dyn AnnouncementQueue,
    receipt: &Receipt,
    visibility: Duration,
    mut ended: oneshot::Receiver<()>,
) {
    loop {
        tokio::select! {
            _ = &mut ended => return,
            () = sleep(visibility / 3) => {}
        }
        match queue.extend(receipt, visibility).await {
            Ok(()) => {}
            Err(QueueError::Gone) => {
                warn!("the message came again while it was worked on; its work may be done twice");
                return;
            }
            Err(error) => {
                let error = ErrorChain(&error);
                warn!(%error, "the message cannot be kept invisible; it may come again");
            }
        }
    }
}
