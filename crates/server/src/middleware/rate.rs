//! Rate limits: a token bucket for each key, refilled steadily.

use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::time::Duration;

use governor::clock::{Clock, MonotonicClock};
use governor::middleware::NoOpMiddleware;
use governor::state::{InMemoryState, NotKeyed};
use governor::{Quota, RateLimiter};
use watchme_app::keys::KeyName;

/// One bucket for each key. All are made at the start, so nothing grows with what callers send.
#[derive(Debug)]
pub(crate) struct Rates<C: Clock = MonotonicClock> {
    buckets: BTreeMap<KeyName, Bucket<C>>,
    clock: C,
}

type Bucket<C> = RateLimiter<NotKeyed, InMemoryState, C, NoOpMiddleware<<C as Clock>::Instant>>;

impl<C: Clock + Clone> Rates<C> {
    /// Fills a bucket of `per_minute` tokens for each name. Without a limit there are no buckets.
    pub(crate) fn new<'a>(
        per_minute: Option<NonZeroU32>,
        names: impl Iterator<Item = &'a KeyName>,
        clock: C,
    ) -> Self {
        let bucket =
            |limit| RateLimiter::direct_with_clock(Quota::per_minute(limit), clock.clone());
        let buckets = per_minute.map_or_else(BTreeMap::new, |limit| {
            names.map(|name| (name.clone(), bucket(limit))).collect()
        });
        Self { buckets, clock }
    }

    /// Takes a token from the bucket of `name`. The error is the time until the next token.
    pub(crate) fn take(&self, name: &KeyName) -> Result<(), Duration> {
        let Some(bucket) = self.buckets.get(name) else { return Ok(()) };
        bucket.check().map_err(|until| until.wait_time_from(self.clock.now()))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use governor::clock::FakeRelativeClock;

    use super::*;

    fn name(text: &str) -> KeyName {
        text.parse().unwrap()
    }

    fn rates(per_minute: u32) -> (Rates<FakeRelativeClock>, FakeRelativeClock) {
        let clock = FakeRelativeClock::default();
        let names = [name("a"), name("b")];
        (Rates::new(NonZeroU32::new(per_minute), names.iter(), clock.clone()), clock)
    }

    #[test]
    fn a_minute_has_so_many_requests_and_each_wait_is_told() {
        let (rates, clock) = rates(3);
        for _ in 0..3 {
            assert_eq!(rates.take(&name("a")), Ok(()));
        }
        assert_eq!(rates.take(&name("a")), Err(Duration::from_secs(20)));
        clock.advance(Duration::from_secs(19));
        assert_eq!(rates.take(&name("a")), Err(Duration::from_secs(1)));
        clock.advance(Duration::from_secs(1));
        assert_eq!(rates.take(&name("a")), Ok(()));
        assert_eq!(rates.take(&name("a")), Err(Duration::from_secs(20)));
        clock.advance(Duration::from_hours(1));
        for _ in 0..3 {
            assert_eq!(rates.take(&name("a")), Ok(()));
        }
        assert!(rates.take(&name("a")).is_err());
    }

    #[test]
    fn one_key_takes_nothing_from_another() {
        let (rates, _) = rates(1);
        assert_eq!(rates.take(&name("a")), Ok(()));
        assert!(rates.take(&name("a")).is_err());
        assert_eq!(rates.take(&name("b")), Ok(()));
    }

    #[test]
    fn without_a_limit_nobody_waits() {
        let (rates, _) = rates(0);
        for _ in 0..10_000 {
            assert_eq!(rates.take(&name("a")), Ok(()));
        }
    }
}
