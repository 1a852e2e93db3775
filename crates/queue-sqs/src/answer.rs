//! Translates the SDK's errors into those of the port.

use std::error::Error;
use std::time::Duration;

use aws_sdk_sqs::config::http::HttpResponse;
use aws_sdk_sqs::error::{ProvideErrorMetadata, SdkError};
use watchme_aws::NO_CREDENTIALS;
use watchme_core::QueueError;

use crate::meaning::{Meaning, Subject, meaning};
use crate::retry::Failure;

/// Cause below an error of the port. Holds what SQS named, never what SQS repeats of the request:
/// its messages quote whole receipts.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Cause {
    #[error("SQS answered {status} `{code}` (request `{request_id}`)")]
    Answered { status: u16, code: String, request_id: String },
    #[error("{text}")]
    Unreachable { text: String },
    #[error("no answer within {} s", after.as_secs_f64())]
    TooSlow { after: Duration },
}

/// Returns what to do about an error of the SDK. `subject` is what the request was about.
pub(crate) fn failure<E>(subject: Subject, error: &SdkError<E, HttpResponse>) -> Failure
where
    E: ProvideErrorMetadata + Error + 'static,
{
    use watchme_aws::Failure as Aws;

    match Aws::from(error) {
        Aws::Answered { status, code, request_id } => answered(subject, status, code, request_id),
        Aws::NoCredentials { text } => denied(NO_CREDENTIALS, Cause::Unreachable { text }),
        Aws::NotSent { text } => denied(
            "no request can be made; check the queue's URL, region and endpoint",
            Cause::Unreachable { text },
        ),
        // The SDK's own words may quote the answer.
        Aws::NotUnderstood { .. } => {
            let text = "the answer is not one of SQS's".to_owned();
            passing(Cause::Unreachable { text })
        }
        Aws::NoAnswer { text } => passing(Cause::Unreachable { text }),
    }
}

fn answered(subject: Subject, status: u16, code: String, request_id: String) -> Failure {
    let meaning_of_code = meaning(subject, status, &code);
    let cause = Cause::Answered { status, code, request_id };
    match meaning_of_code {
        Meaning::Gone => Failure::Final(QueueError::Gone),
        Meaning::Passing => passing(cause),
        Meaning::Denied(reason) => denied(reason, cause),
    }
}

fn denied(reason: &str, cause: Cause) -> Failure {
    Failure::Final(QueueError::Denied { reason: reason.to_owned(), source: Some(cause.into()) })
}

fn passing(cause: Cause) -> Failure {
    Failure::Passing(QueueError::Unavailable { source: cause.into() })
}
