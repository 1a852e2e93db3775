//! How events are sent.

use std::time::Duration;

use crate::{Endpoint, Secret};

/// How events are sent. What is not asked for has a default for a service with few receivers.
#[derive(Debug, Clone)]
pub struct Config {
    /// To whom. Each gets every event.
    pub endpoints: Vec<Endpoint>,
    /// What they are signed with.
    pub secret: Secret,
    /// How often an event is sent at most, the first time included.
    pub attempts: u32,
    /// How long to wait after the first attempt; after each further one four times as long. A
    /// random half at most is left out.
    pub backoff: Duration,
    /// No wait is longer than this.
    pub longest_backoff: Duration,
    /// How long one attempt may take.
    pub timeout: Duration,
    /// How many events wait for each endpoint; the oldest are dropped where there are more.
    pub waiting: usize,
    /// How many deliveries are remembered.
    pub kept: usize,
}

/// Why events cannot be sent at all.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    /// The certificates of this machine cannot be read.
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

    /// How long to wait after `attempt`, where `jitter` is from 0 to 1.
    pub(crate) fn wait(&self, attempt: u32, jitter: f64) -> Duration {
        let factor = 4_u32.saturating_pow(attempt.saturating_sub(1));
        let wait = self.backoff.saturating_mul(factor).min(self.longest_backoff);
        wait.mul_f64(1.0 - jitter / 2.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_up_to_the_longest_and_half_of_each_is_left_to_chance() {
        let secret = "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA".parse().unwrap();
        let config = Config::new(Vec::new(), secret);
        let waits = |jitter| [1, 2, 3, 5, 6, 99].map(|n| config.wait(n, jitter).as_millis());
        assert_eq!(waits(0.0), [1000, 4000, 16_000, 256_000, 300_000, 300_000]);
        assert_eq!(waits(1.0), [500, 2000, 8000, 128_000, 150_000, 150_000]);
    }
}
