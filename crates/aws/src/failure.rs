//! Reasons why a request failed, read from the errors of the SDK.

use std::error::Error;

use aws_credential_types::provider::error::CredentialsError;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use aws_types::request_id::RequestId;
use watchme_core::ErrorChain;

/// Reason to show, and what to do, where no usable credentials were found.
pub const NO_CREDENTIALS: &str = "no usable credentials; set an access key, a profile or a role";

/// Reason why a request failed, by what the caller can do about it.
///
/// Holds what the service named, never what it repeats of the request: messages of services quote
/// keys and receipts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failure {
    /// The service answered with an error, whose meaning is in the service's own table.
    Answered {
        /// HTTP status.
        status: u16,
        /// The error's code; empty where the answer has none.
        code: String,
        /// Identifier of the request, for the service's support; empty where the answer has none.
        request_id: String,
    },
    /// No credentials were found. Another attempt ends in the same way.
    NoCredentials {
        /// Error of the chain of credentials.
        text: String,
    },
    /// No request could be made: no URL can be built of the region or the endpoint.
    NotSent {
        /// Error of the SDK.
        text: String,
    },
    /// An answer arrived that is not one of the service's. Another attempt may succeed.
    NotUnderstood {
        /// Error of the SDK, which may quote the answer.
        text: String,
    },
    /// No answer arrived, or no credentials in time. Another attempt may succeed.
    NoAnswer {
        /// Error of the SDK.
        text: String,
    },
}

impl<E> From<&SdkError<E, HttpResponse>> for Failure
where
    E: ProvideErrorMetadata + Error + 'static,
{
    fn from(error: &SdkError<E, HttpResponse>) -> Self {
        if let SdkError::ServiceError(refused) = error {
            return Self::Answered {
                status: refused.raw().status().as_u16(),
                code: name(error.code()),
                request_id: name(error.request_id()),
            };
        }
        if let Some(credentials) = find_credentials_error(error) {
            return no_credentials(credentials);
        }
        let text = ErrorChain(error).to_string();
        match error {
            SdkError::ConstructionFailure(_) => Self::NotSent { text },
            SdkError::ResponseError(_) => Self::NotUnderstood { text },
            _ => Self::NoAnswer { text },
        }
    }
}

/// Returns a code or an identifier of a service, cut where it is none.
fn name(text: Option<&str>) -> String {
    let is_allowed = |c: &char| c.is_ascii_alphanumeric() || "._-".contains(*c);
    text.unwrap_or_default().chars().take_while(is_allowed).take(64).collect()
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

fn no_credentials(error: &CredentialsError) -> Failure {
    // Its causes may repeat parts of a profile; its own words name the kind.
    let text = error.to_string();
    match error {
        CredentialsError::ProviderTimedOut(_) => Failure::NoAnswer { text },
        _ => Failure::NoCredentials { text },
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use aws_smithy_runtime_api::client::result::ConnectorError;
    use aws_smithy_runtime_api::http::{Response, StatusCode};
    use aws_smithy_types::body::SdkBody;
    use aws_smithy_types::error::ErrorMetadata;

    use super::*;

    type Refused = SdkError<ErrorMetadata, HttpResponse>;

    fn response(status: u16) -> HttpResponse {
        let mut response =
            Response::new(StatusCode::try_from(status).unwrap(), SdkBody::from("key hunter2"));
        response.headers_mut().insert("x-amzn-requestid", "r-1 hunter2");
        response
    }

    fn dispatch(error: CredentialsError) -> Refused {
        SdkError::dispatch_failure(ConnectorError::other(error.into(), None))
    }

    #[test]
    fn an_answer_is_its_status_code_and_identifier_and_nothing_that_it_quotes() {
        let metadata =
            ErrorMetadata::builder().code("SlowDown: hunter2").message("hunter2").build();
        let failure = Failure::from(&Refused::service_error(metadata, response(503)));
        let expected = Failure::Answered {
            status: 503,
            code: "SlowDown".to_owned(),
            request_id: "r-1".to_owned(),
        };
        assert_eq!(failure, expected);
    }

    #[test]
    fn credentials_that_are_missing_are_told_from_those_that_are_late() {
        let missing = Failure::from(&dispatch(CredentialsError::not_loaded("hunter2")));
        assert!(matches!(&missing, Failure::NoCredentials { text } if !text.contains("hunter2")));
        let late = dispatch(CredentialsError::provider_timed_out(Duration::from_secs(1)));
        assert!(matches!(Failure::from(&late), Failure::NoAnswer { .. }));
    }

    #[test]
    fn a_request_that_was_never_sent_is_told_from_one_without_an_answer() {
        let not_sent = Refused::construction_failure("no such host");
        assert!(matches!(Failure::from(&not_sent), Failure::NotSent { .. }));
        let odd = Refused::response_error("no JSON", response(200));
        assert!(matches!(Failure::from(&odd), Failure::NotUnderstood { .. }));
        let late = Refused::timeout_error("too slow");
        assert!(matches!(Failure::from(&late), Failure::NoAnswer { .. }));
    }
}
