//! Repeats requests that may succeed later, or in another region: the one layer that does so.

use std::future::Future;

use aws_sdk_s3::Client;
use watchme_aws::Attempts;
use watchme_core::SourceError;

use super::S3Source;
use super::answer::{Answered, Cause};

/// Reason why an attempt failed, by what to do next.
#[derive(Debug)]
pub(super) enum Failure {
    /// Another attempt would end in the same way.
    Final(SourceError),
    /// Another attempt may succeed. The error is the answer if there is none left.
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
        let mut attempts = Attempts::new(self.config.attempts, self.config.timeouts.backoff);
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
                    if !attempts.pause().await {
                        return Err(error);
                    }
                }
            }
        }
    }
}
