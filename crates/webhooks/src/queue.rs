//! The events that wait for one receiver.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use crate::event::Message;

/// A message, and the number of its delivery.
pub(crate) type Waiting = (Arc<Message>, u64);

/// The events that wait for one receiver, the oldest dropped where there are too many.
#[derive(Debug)]
pub(crate) struct Queue {
    max: usize,
    /// A plain lock: it is never held across an await.
    state: Mutex<State>,
    /// Something came, or nothing will any more.
    changed: Notify,
}

#[derive(Debug, Default)]
struct State {
    waiting: VecDeque<Waiting>,
    /// What was taken last, until the next is taken.
    in_hand: Option<Waiting>,
    is_closed: bool,
}

impl Queue {
    pub(crate) fn new(max: usize) -> Self {
        Self { max: max.max(1), state: Mutex::default(), changed: Notify::new() }
    }

    /// Appends a message; answers what was dropped: the oldest for want of room, or this one
    /// where nothing is taken any more.
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

    /// The oldest message, the one before being done with; waits for one. `None` once the queue
    /// is closed and empty.
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
            // A change between the look and this wait is not lost: it is stored.
            self.changed.notified().await;
        }
    }

    /// Takes no more.
    pub(crate) fn close(&self) {
        self.state().is_closed = true;
        self.changed.notify_one();
    }

    /// Whatever is not done with.
    pub(crate) fn take_all(&self) -> Vec<Waiting> {
        let mut state = self.state();
        let in_hand = state.in_hand.take();
        in_hand.into_iter().chain(std::mem::take(&mut state.waiting)).collect()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
