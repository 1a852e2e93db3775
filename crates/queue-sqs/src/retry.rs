//! Trying again: the one layer that does so.

use std::future::Future;
use std::time::Duration;

use watchme_core::QueueError;

use crate::SqsConfig;
use crate::answer::Cause;

/// The longest pause between two attempts.
const MAX_BACKOFF: Duration = Duration::from_secs(5);

/// Why an attempt failed, by what to do next.
#[derive(Debug)]
pub(crate) enum Failure {
    /// Another attempt would end in the same way.
    Final(QueueError),
    /// Another attempt may pass. The error is the answer if there is none left.
    Passing(QueueError),
}

/// Runs `operation` until it succeeds, fails for good, or the attempts are used up. Each attempt
/// may take `wait` longer than an ordinary one.
pub(crate) async fn retrying<T, Operation, Attempt>(
    config: &SqsConfig,
    wait: Duration,
    operation: Operation,
) -> Result<T, QueueError>
where
    Operation: Fn() -> Attempt + Sync,
    Attempt: Future<Output = Result<T, Failure>> + Send,
    T: Send,
{
    let limit = config.timeouts.attempt + wait;
    let mut tried = 0;
    loop {
        let outcome = tokio::time::timeout(limit, operation()).await.unwrap_or_else(|_| {
            let source = Cause::TooSlow { after: limit }.into();
            Err(Failure::Passing(QueueError::Unavailable { source }))
        });
        match outcome {
            Ok(answer) => return Ok(answer),
            Err(Failure::Final(error)) => return Err(error),
            Err(Failure::Passing(error)) => {
                tried += 1;
                if tried >= config.attempts.get() {
                    return Err(error);
                }
                let longest = longest_pause(config.timeouts.backoff, tried);
                // Many workers that failed together should not come back together.
                tokio::time::sleep(longest.mul_f64(0.5 + 0.5 * fastrand::f64())).await;
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
