//! Gates: a test holds a fake still and lets it go on, without sleeping.

use std::time::Duration;

use tokio::sync::watch;

/// Time after which a test is stuck. Far more than any machine needs.
pub(crate) const STUCK_AFTER: Duration = Duration::from_secs(20);

/// Holds the calls that come to it until it is opened or dropped.
#[derive(Debug)]
pub struct Gate {
    opened: watch::Sender<bool>,
    held: watch::Receiver<Held>,
}

/// The side of a gate that calls pass through.
#[derive(Debug, Clone)]
pub(crate) struct Passage {
    opened: watch::Receiver<bool>,
    held: watch::Sender<Held>,
}

#[derive(Debug, Clone, Copy, Default)]
struct Held {
    arrived: usize,
    left: usize,
}

/// Makes a closed gate.
pub(crate) fn closed_gate() -> (Gate, Passage) {
    let (opened, is_opened) = watch::channel(false);
    let (counting, held) = watch::channel(Held::default());
    (Gate { opened, held }, Passage { opened: is_opened, held: counting })
}

impl Gate {
    /// Waits until a call is held.
    pub async fn reached(&mut self) {
        self.wait_for("held", |held| held.arrived > 0).await;
    }

    /// Waits until every call that was held has gone on or was dropped. There must have been one at
    /// least.
    pub async fn left(&mut self) {
        self.wait_for("let go", |held| held.arrived > 0 && held.left == held.arrived).await;
    }

    /// True if a call has been held by now.
    #[must_use]
    pub fn is_reached(&self) -> bool {
        self.held.borrow().arrived > 0
    }

    /// Lets the held calls and all later ones pass.
    pub fn open(&self) {
        self.opened.send_replace(true);
    }

    async fn wait_for(&mut self, what: &str, is_met: impl FnMut(&Held) -> bool) {
        let waited = tokio::time::timeout(STUCK_AFTER, self.held.wait_for(is_met)).await;
        assert!(matches!(waited, Ok(Ok(_))), "no call was {what}");
    }
}

impl Passage {
    /// Waits until the gate is opened or dropped.
    pub(crate) async fn pass(mut self) {
        self.held.send_modify(|held| held.arrived += 1);
        let _leaving = Leaving(self.held);
        // An error means that the gate was dropped, which opens it.
        let _ = self.opened.wait_for(|is_open| *is_open).await;
    }
}

/// Counts a call as gone, however it ends.
struct Leaving(watch::Sender<Held>);

impl Drop for Leaving {
    fn drop(&mut self) {
        self.0.send_modify(|held| held.left += 1);
    }
}
