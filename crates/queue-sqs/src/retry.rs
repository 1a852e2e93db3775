//! Repeats requests that may succeed later: the one layer that does so.

use std::future::Future;
use std::time::Duration;

use watchme_aws::Attempts;
use watchme_core::QueueError;

use crate::SqsConfig;
use crate::answer::Cause;

/// Reason why an attempt failed, by what to do next.
#[derive(Debug)]
pub(crate) enum Failure {
    /// Another attempt would end in the same way.
    Final(QueueError),
    /// Another attempt may succeed. The error is the answer if there is none left.
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
    let mut attempts = Attempts::new(config.attempts, config.timeouts.backoff);
    loop {
        let outcome = tokio::time::timeout(limit, operation()).await.unwrap_or_else(|_| {
            let source = Cause::TooSlow { after: limit }.into();
            Err(Failure::Passing(QueueError::Unavailable { source }))
        });
        match outcome {
            Ok(answer) => return Ok(answer),
            Err(Failure::Final(error)) => return Err(error),
            Err(Failure::Passing(error)) => {
                if !attempts.pause().await {
                    return Err(error);
                }
            }
        }
    }
}
