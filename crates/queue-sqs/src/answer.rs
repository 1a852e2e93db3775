//! From what the SDK tells to what failed.

use std::error::Error;
use std::time::Duration;

use aws_credential_types::provider::error::CredentialsError;
use aws_sdk_sqs::config::http::HttpResponse;
use aws_sdk_sqs::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_sqs::operation::RequestId;
use watchme_core::{ErrorChain, QueueError};

use crate::meaning::{Meaning, Subject, meaning};
use crate::retry::Failure;

/// What lies below a failure. It holds what SQS named, never what SQS repeats of our request:
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

/// Turns an error of the SDK into a failure. `subject` is what the request was about.
pub(crate) fn failure<E>(subject: Subject, error: &SdkError<E, HttpResponse>) -> Failure
where
    E: ProvideErrorMetadata + Error + 'static,
{
    if let SdkError::ServiceError(refused) = error {
        return answered(
            subject,
            refused.raw().status().as_u16(),
            name(error.code()),
            name(error.request_id()),
        );
    }
    if let Some(credentials) = find_credentials_error(error) {
        return no_credentials(credentials);
    }
    // An answer that is not understood may quote itself.
    let text = match error {
        SdkError::ResponseError(_) => "the answer is not one of SQS's".to_owned(),
        _ => ErrorChain(error).to_string(),
    };
    let source = Cause::Unreachable { text }.into();
    match error {
        // Never sent: a region or an endpoint that no URL can be made of.
        SdkError::ConstructionFailure(_) => Failure::Final(QueueError::Denied {
            reason: "no request can be made; check the queue's URL, region and endpoint".into(),
            source: Some(source),
        }),
        _ => Failure::Passing(QueueError::Unavailable { source }),
    }
}

fn answered(subject: Subject, status: u16, code: String, request_id: String) -> Failure {
    let meaning = meaning(subject, status, &code);
    let source = Cause::Answered { status, code, request_id }.into();
    match meaning {
        Meaning::Gone => Failure::Final(QueueError::Gone),
        Meaning::Passing => Failure::Passing(QueueError::Unavailable { source }),
        Meaning::Denied(reason) => {
            Failure::Final(QueueError::Denied { reason: reason.to_owned(), source: Some(source) })
        }
    }
}

fn no_credentials(error: &CredentialsError) -> Failure {
    // Its causes may repeat parts of a profile; its own words name the kind.
    let source = Cause::Unreachable { text: error.to_string() }.into();
    if matches!(error, CredentialsError::ProviderTimedOut(_)) {
        return Failure::Passing(QueueError::Unavailable { source });
    }
    Failure::Final(QueueError::Denied {
        reason: "no usable credentials; set an access key, a profile or a role".to_owned(),
        source: Some(source),
    })
}

/// A code or an identifier of SQS's, as far as it is one.
fn name(text: Option<&str>) -> String {
    let known = |c: &char| c.is_ascii_alphanumeric() || "._-".contains(*c);
    text.unwrap_or_default().chars().take_while(known).take(64).collect()
}

fn find_credentials_error<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a CredentialsError> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(found) = error.downcast_ref() {
            return Some(found);
        }
        next = error.source();
    }
    None
}
