//! Events that wait for one receiver.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use crate::event::Message;

/// A message, and the number of its delivery.
pub(crate) type Waiting = (Arc<Message>, u64);

/// Events that wait for one receiver. If there are too many, the oldest is dropped.
#[derive(Debug)]
pub(crate) struct Queue {
    max: usize,
    /// A plain lock: it is never held across an await.
    state: Mutex<State>,
    /// Notified when an event arrives or the queue is closed.
    changed: Notify,
}

#[derive(Debug, Default)]
struct State {
    waiting: VecDeque<Waiting>,
    /// Event that was taken last, until the next one is taken.
    in_hand: Option<Waiting>,
    is_closed: bool,
}

impl Queue {
    pub(crate) fn new(max: usize) -> Self {
        Self { max: max.max(1), state: Mutex::default(), changed: Notify::new() }
    }

    /// Appends a message. Returns the one that was dropped for it: the oldest if the queue is full,
    /// or this one if the queue is closed.
    pub(crate) fn push(&self, waiting: Waiting) -> Option<Waiting> {
        let mut state = self.state();
        if state.is_closed {
            return Some(waiting);
        }
        let has_room = state.waiting.len() < self.max;
        let dropped = if has_room { None } else { state.waiting.pop_front() };
        state.waiting.push_back(waiting);
        self.changed.notify_one();
        dropped
    }

    /// Takes the oldest message, waiting until there is one. The one taken before is then done.
    /// Returns `None` once the queue is closed and empty.
    pub(crate) async fn pop(&self) -> Option<Waiting> {
        loop {
            {
                let mut state = self.state();
                state.in_hand = state.waiting.pop_front();
                if let Some(waiting) = &state.in_hand {
                    return Some(waiting.clone());
                }
                if state.is_closed {
                    return None;
                }
            }
            // A change since the look above is not lost: `Notify` stores it.
            self.changed.notified().await;
        }
    }

    /// Closes the queue: it takes no more.
    pub(crate) fn close(&self) {
        self.state().is_closed = true;
        self.changed.notify_one();
    }

    /// Takes every message that is not done, the one in hand included.
    pub(crate) fn take_all(&self) -> Vec<Waiting> {
        let mut state = self.state();
        let in_hand = state.in_hand.take();
        in_hand.into_iter().chain(std::mem::take(&mut state.waiting)).collect()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
