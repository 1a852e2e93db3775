//! Trying again, and in the right region: the one layer that does so.

use std::future::Future;
use std::time::Duration;

use aws_sdk_s3::Client;
use watchme_core::SourceError;

use super::S3Source;
use super::answer::{Answered, Cause};

/// The longest pause between two attempts. A throttled bucket asks for no more.
const MAX_BACKOFF: Duration = Duration::from_secs(5);

/// Why an attempt failed, by what to do next.
#[derive(Debug)]
pub(super) enum Failure {
    /// Another attempt would end in the same way.
    Final(SourceError),
    /// Another attempt may pass. The error is the answer if there is none left.
    Passing(SourceError),
    /// The bucket is in another region.
    Elsewhere(Answered),
}

impl S3Source {
    /// Runs `operation` until it succeeds, fails for good, or the attempts are used up. A bucket
    /// that is elsewhere is followed once, which uses up no attempt.
    pub(super) async fn retrying<T, Operation, Attempt>(
        &self,
        operation: Operation,
    ) -> Result<T, SourceError>
    where
        Operation: Fn(Client) -> Attempt + Sync,
        Attempt: Future<Output = Result<T, Failure>> + Send,
        T: Send,
    {
        let limit = self.config.timeouts.attempt;
        let mut is_followed = false;
        let mut tried = 0;
        loop {
            let (client, region) = self.location.client();
            let attempt = operation(client);
            let outcome = tokio::time::timeout(limit, attempt).await.unwrap_or_else(|_| {
                let source = Cause::TooSlow { after: limit }.into();
                Err(Failure::Passing(SourceError::Unavailable { source }))
            });
            match outcome {
                Ok(answer) => return Ok(answer),
                Err(Failure::Final(error)) => return Err(error),
                Err(Failure::Elsewhere(answered)) => {
                    let bucket = &self.config.bucket;
                    let may_follow = !std::mem::replace(&mut is_followed, true);
                    if !(may_follow && self.location.follow(bucket, &region, &answered).await) {
                        return Err(answered.elsewhere(region.as_ref()));
                    }
                }
                Err(Failure::Passing(error)) => {
                    tried += 1;
                    if tried >= self.config.attempts.get() {
                        return Err(error);
                    }
                    let longest = longest_pause(self.config.timeouts.backoff, tried);
                    // Many workers that failed together should not come back together.
                    tokio::time::sleep(longest.mul_f64(0.5 + 0.5 * fastrand::f64())).await;
                }
            }
        }
    }
}

/// The longest pause after `tried` attempts.
fn longest_pause(backoff: Duration, tried: u32) -> Duration {
    backoff.saturating_mul(2_u32.saturating_pow(tried - 1)).min(MAX_BACKOFF)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_the_longest() {
        let pauses = [1, 2, 3, 4, 5, 40]
            .map(|tried| longest_pause(Duration::from_millis(400), tried).as_millis());
        assert_eq!(pauses, [400, 800, 1600, 3200, 5000, 5000]);
    }
}
