//! Handles one delivery of one message, from its receipt to its end.

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

/// Handles deliveries. Cheap to clone.
#[derive(Debug, Clone)]
pub(super) struct DeliveryHandler {
    pub(super) queue: Arc<dyn AnnouncementQueue>,
    pub(super) handler: Arc<dyn Handler>,
    pub(super) visibility: Duration,
    /// Becomes true when the grace period of a shutdown is over.
    pub(super) given_up: watch::Receiver<bool>,
}

/// Result of a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ended {
    Done,
    Later,
    Malformed,
    GivenBack,
}

impl DeliveryHandler {
    /// Handles a message, then deletes it or lets it come again.
    pub(super) async fn handle(mut self, delivery: Delivery) -> Ended {
        let Delivery { receipt, received, announcement, .. } = delivery;
        let keys = match announcement {
            Announcement::Recordings(keys) => keys,
            Announcement::Nothing(reason) => {
                debug!(reason, "the message has nothing to do");
                self.delete(&receipt).await;
                return Ended::Done;
            }
            Announcement::Malformed { reason } => {
                // Not deleted: the queue's redrive policy counts its receives and moves it.
                warn!(reason, "malformed message; it is left to the redrive policy");
                return Ended::Malformed;
            }
        };
        match self.run_handler(&receipt, &keys).await {
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
                debug!(seconds = delay.as_secs(), "another worker has it; it comes again later");
                self.leave_for(&receipt, delay).await;
                Ended::Later
            }
            None => self.give_back(&receipt).await,
        }
    }

    /// Makes a message visible again that this process will not handle.
    pub(super) async fn give_back(&self, receipt: &Receipt) -> Ended {
        self.leave_for(receipt, Duration::ZERO).await;
        Ended::GivenBack
    }

    /// Runs the handler and keeps the message invisible meanwhile. `None` if the shutdown's grace
    /// period ended first.
    async fn run_handler(&mut self, receipt: &Receipt, keys: &[ObjectKey]) -> Option<Handled> {
        let (ending, ended) = oneshot::channel::<()>();
        let Self { queue, handler, visibility, given_up } = self;
        let working = async move {
            let handled = tokio::select! {
                biased;
                handled = handler.handle(keys) => Some(handled),
                // An error means that the consumer was dropped, and this task with it.
                _ = given_up.wait_for(|given_up| *given_up) => None,
            };
            drop(ending);
            handled
        };
        // Waited for and not dropped: a renewal in flight could overtake the next request.
        let (handled, ()) = tokio::join!(working, renew(&**queue, receipt, *visibility, ended));
        handled
    }

    async fn delete(&self, receipt: &Receipt) {
        match self.queue.delete(receipt).await {
            Ok(()) | Err(QueueError::Gone) => {}
            Err(error) => {
                let error = ErrorChain(&error);
                warn!(%error, "could not delete the message; it comes again, with nothing to do");
            }
        }
    }

    async fn leave_for(&self, receipt: &Receipt, delay: Duration) {
        match self.queue.extend(receipt, delay).await {
            Ok(()) | Err(QueueError::Gone) => {}
            Err(error) => {
                let seconds = self.visibility.as_secs();
                let error = ErrorChain(&error);
                warn!(%error, "could not make the message visible; it comes again within {seconds} s");
            }
        }
    }
}

/// Renews a message's visibility timeout whenever a third of it has passed, until `ended`. One
/// renewal may fail.
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
                warn!(
                    "the message was delivered again while it was handled; work may be done twice"
                );
                return;
            }
            Err(error) => {
                let error = ErrorChain(&error);
                warn!(%error, "could not keep the message invisible; it may be delivered again");
            }
        }
    }
}
