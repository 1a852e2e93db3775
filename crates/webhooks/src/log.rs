//! Log of the latest deliveries.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;

use crate::event::Message;
use crate::{Delivery, DeliveryState, LastAnswer};

/// Latest deliveries. If there are too many, the oldest is forgotten.
#[derive(Debug)]
pub(crate) struct Log {
    max: usize,
    /// Deliveries in the order of their numbers. A plain lock: it is never held across an await.
    kept: Mutex<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    next: u64,
    deliveries: VecDeque<(u64, Delivery)>,
}

impl Log {
    pub(crate) fn new(max: usize) -> Self {
        Self { max, kept: Mutex::default() }
    }

    /// Notes that an event is to be delivered. Returns the number of the delivery.
    pub(crate) fn begin(&self, message: &Message, host: String) -> u64 {
        let delivery = Delivery {
            event_id: message.id.clone(),
            event: message.event,
            host,
            state: DeliveryState::Waiting,
            attempts: 0,
            last_answer: None,
            created_at: message.at,
            last_attempt_at: None,
        };
        let mut kept = self.kept();
        let number = kept.next;
        kept.next += 1;
        kept.deliveries.push_back((number, delivery));
        while kept.deliveries.len() > self.max {
            kept.deliveries.pop_front();
        }
        number
    }

    pub(crate) fn attempted(&self, number: u64, answer: LastAnswer, state: DeliveryState) {
        self.change(number, |delivery| {
            delivery.attempts += 1;
            delivery.last_answer = Some(answer);
            delivery.last_attempt_at = Some(Timestamp::now());
            delivery.state = state;
        });
    }

    pub(crate) fn dropped(&self, number: u64) {
        self.change(number, |delivery| delivery.state = DeliveryState::Dropped);
    }

    /// Returns at most `limit` deliveries, the newest first.
    pub(crate) fn latest(&self, limit: usize) -> Vec<Delivery> {
        let kept = self.kept();
        kept.deliveries.iter().rev().take(limit).map(|(_, delivery)| delivery.clone()).collect()
    }

    fn change(&self, number: u64, change: impl FnOnce(&mut Delivery)) {
        let mut kept = self.kept();
        // A forgotten delivery needs no change.
        if let Ok(at) = kept.deliveries.binary_search_by_key(&number, |(number, _)| *number) {
            change(&mut kept.deliveries[at].1);
        }
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
