//! From what the SDK tells to what failed.

use std::error::Error;
use std::time::Duration;

use aws_credential_types::provider::error::CredentialsError;
use aws_sdk_s3::config::http::HttpResponse;
use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_s3::operation::RequestId;
use watchme_core::{ErrorChain, ObjectKey, SourceError};

use super::meaning::{Meaning, NO_BUCKET, meaning};
use super::retry::Failure;

/// What lies below a failure. It holds what S3 named, never what S3 repeats of our request.
#[derive(Debug, thiserror::Error)]
pub(super) enum Cause {
    #[error("S3 answered {} `{}` (request `{}`)", .0.status, .0.code, .0.request_id)]
    Answered(Answered),
    #[error("{text}")]
    Unreachable { text: String },
    #[error("nothing came for {} s", after.as_secs_f64())]
    Stalled { after: Duration },
    #[error("not complete after {} s", after.as_secs_f64())]
    TooSlow { after: Duration },
}

/// An answer that is no success.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Answered {
    pub(super) status: u16,
    /// The error's code; empty where the answer has none.
    pub(super) code: String,
    pub(super) request_id: String,
    /// The bucket's region, where the answer tells it.
    pub(super) region: Option<String>,
}

/// Turns an error of the SDK into a failure. `key` is the object that was asked for.
pub(super) fn failure<E>(key: Option<&ObjectKey>, error: &SdkError<E, HttpResponse>) -> Failure
where
    E: ProvideErrorMetadata + Error + 'static,
{
    if let SdkError::ServiceError(refused) = error {
        let answered = Answered {
            status: refused.raw().status().as_u16(),
            code: name(error.code()),
            request_id: name(error.request_id()),
            region: region_of(refused.raw()),
        };
        return answered.failure(key);
    }
    if let Some(credentials) = find_credentials_error(error) {
        return no_credentials(credentials);
    }
    let source = Cause::Unreachable { text: ErrorChain(error).to_string() }.into();
    match error {
        // Never sent: a bucket name or a region that no URL can be made of.
        SdkError::ConstructionFailure(_) => Failure::Final(SourceError::Denied {
            reason: "no request can be made; check the bucket's name, region and endpoint".into(),
            source: Some(source),
        }),
        _ => Failure::Passing(SourceError::Unavailable { source }),
    }
}

/// The bucket's region, where an answer tells it in a header or in its body.
pub(super) fn region_of(response: &HttpResponse) -> Option<String> {
    let header = response.headers().get("x-amz-bucket-region");
    let body = response.body().bytes().and_then(|body| std::str::from_utf8(body).ok());
    let in_body = || body?.split_once("<Region>")?.1.split_once("</Region>").map(|(name, _)| name);
    header.or_else(in_body).filter(|region| is_region(region)).map(str::to_owned)
}

/// Whether `text` is fit to be a part of a host name that signed requests are sent to.
pub(super) fn is_region(text: &str) -> bool {
    let known = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    (1..=32).contains(&text.len()) && text.bytes().all(known)
}

impl Answered {
    /// The failure of a bucket that is elsewhere and cannot be followed from `region`.
    pub(super) fn elsewhere(self, region: &str) -> SourceError {
        let there = self.region.as_deref().unwrap_or("another region");
        let reason =
            format!("asked in `{region}`, S3 says the bucket is in `{there}`; set its region");
        SourceError::Denied { reason, source: Some(Cause::Answered(self).into()) }
    }

    fn failure(self, key: Option<&ObjectKey>) -> Failure {
        let meaning = meaning(self.status, &self.code, self.region.is_some());
        let denied = |reason: &str, answered| {
            let source = Some(Cause::Answered(answered).into());
            Failure::Final(SourceError::Denied { reason: reason.to_owned(), source })
        };
        match meaning {
            Meaning::Missing => match key {
                Some(key) => Failure::Final(SourceError::Missing { key: key.clone() }),
                None => denied(NO_BUCKET, self),
            },
            Meaning::InvalidKey(reason) => Failure::Final(SourceError::InvalidKey { reason }),
            Meaning::Elsewhere => Failure::Elsewhere(self),
            Meaning::Passing => {
                let source = Cause::Answered(self).into();
                Failure::Passing(SourceError::Unavailable { source })
            }
            // This object's own trouble: the run goes on, unlike after `Denied`.
            Meaning::Archived => Failure::Final(SourceError::Damaged {
                reason: "it is archived; restore it from its storage class first".to_owned(),
            }),
            Meaning::Denied(reason) => denied(reason, self),
        }
    }
}

fn no_credentials(error: &CredentialsError) -> Failure {
    // Its causes may repeat parts of a profile; its own words name the kind.
    let source = Cause::Unreachable { text: error.to_string() }.into();
    if matches!(error, CredentialsError::ProviderTimedOut(_)) {
        return Failure::Passing(SourceError::Unavailable { source });
    }
    Failure::Final(SourceError::Denied {
        reason: "no usable credentials; set an access key, a profile or a role".to_owned(),
        source: Some(source),
    })
}

/// A code or an identifier of S3's, as far as it is one.
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
