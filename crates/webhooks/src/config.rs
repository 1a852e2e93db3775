//! Settings of the delivery of events.

use std::time::Duration;

use watchme_core::rules::Backoff;

use crate::{Endpoint, Secret};

/// Settings of the delivery of events. [`Config::new`] suits a service with few receivers.
#[derive(Debug, Clone)]
pub struct Config {
    /// Receivers. Each gets every event.
    pub endpoints: Vec<Endpoint>,
    /// Secret that events are signed with.
    pub secret: Secret,
    /// Largest number of attempts at an event, the first included.
    pub attempts: u32,
    /// Wait after the first attempt; after each further one it is four times as long. Up to
    /// half of it is left out at random.
    pub backoff: Duration,
    /// Longest wait.
    pub longest_backoff: Duration,
    /// Time limit of one attempt.
    pub timeout: Duration,
    /// Largest number of events that wait for each endpoint; if there are more, the oldest are
    /// dropped.
    pub waiting: usize,
    /// Number of deliveries that are remembered.
    pub kept: usize,
}

/// Reason why events cannot be sent at all.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    /// This machine's certificates cannot be read.
    #[error("no secure connection can be set up; are the system's certificates installed?")]
    Tls(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl Config {
    /// Six attempts over about five minutes: longer than a restart of the receiver takes.
    #[must_use]
    pub fn new(endpoints: Vec<Endpoint>, secret: Secret) -> Self {
        Self {
            endpoints,
            secret,
            attempts: 6,
            backoff: Duration::from_secs(1),
            longest_backoff: Duration::from_mins(5),
            timeout: Duration::from_secs(10),
            waiting: 1000,
            kept: 200,
        }
    }

    /// Returns the waits between attempts at an event.
    pub(crate) fn waits(&self) -> Backoff {
        Backoff { factor: 4, ..Backoff::doubling(self.backoff, self.longest_backoff) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_up_to_the_longest_and_half_of_each_is_left_to_chance() {
        let secret = "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA".parse().unwrap();
        let config = Config::new(Vec::new(), secret);
        let waits =
            |random| [1, 2, 3, 5, 6, 99].map(|n| config.waits().pause(n, random).as_millis());
        assert_eq!(waits(0.0), [1000, 4000, 16_000, 256_000, 300_000, 300_000]);
        assert_eq!(waits(1.0), [500, 2000, 8000, 128_000, 150_000, 150_000]);
    }
}
