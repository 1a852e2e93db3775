//! Translates the SDK's errors into those of the port.

use std::error::Error;
use std::time::Duration;

use aws_sdk_s3::config::http::HttpResponse;
use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use watchme_aws::{NO_CREDENTIALS, is_region};
use watchme_core::{ObjectKey, SourceError};

use super::meaning::{Meaning, NO_BUCKET, meaning};
use super::retry::Failure;

/// Cause below an error of the port. Holds what S3 named, never what S3 repeats of the request.
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
    /// The bucket's region, where the answer names it.
    pub(super) region: Option<String>,
}

/// Returns what to do about an error of the SDK. `key` is the object that was asked for.
pub(super) fn failure<E>(key: Option<&ObjectKey>, error: &SdkError<E, HttpResponse>) -> Failure
where
    E: ProvideErrorMetadata + Error + 'static,
{
    use watchme_aws::Failure as Aws;

    match Aws::from(error) {
        Aws::Answered { status, code, request_id } => {
            let region = error.raw_response().and_then(region_of);
            Answered { status, code, request_id, region }.failure(key)
        }
        Aws::NoCredentials { text } => denied(NO_CREDENTIALS, Cause::Unreachable { text }),
        Aws::NotSent { text } => denied(
            "no request can be made; check the bucket's name, region and endpoint",
            Cause::Unreachable { text },
        ),
        Aws::NotUnderstood { text } | Aws::NoAnswer { text } => {
            passing(Cause::Unreachable { text })
        }
    }
}

/// Returns the bucket's region, where an answer names it in a header or in its body.
pub(super) fn region_of(response: &HttpResponse) -> Option<String> {
    let header = response.headers().get("x-amz-bucket-region");
    let body = response.body().bytes().and_then(|body| std::str::from_utf8(body).ok());
    let in_body = || body?.split_once("<Region>")?.1.split_once("</Region>").map(|(name, _)| name);
    header.or_else(in_body).filter(|region| is_region(region)).map(str::to_owned)
}

impl Answered {
    /// Makes the error of a bucket that is elsewhere and cannot be followed from `region`.
    pub(super) fn elsewhere(self, region: &str) -> SourceError {
        let there = self.region.as_deref().unwrap_or("another region");
        let reason =
            format!("asked in `{region}`, S3 says the bucket is in `{there}`; set its region");
        SourceError::Denied { reason, source: Some(Cause::Answered(self).into()) }
    }

    fn failure(self, key: Option<&ObjectKey>) -> Failure {
        match meaning(self.status, &self.code, self.region.is_some()) {
            Meaning::Missing => match key {
                Some(key) => Failure::Final(SourceError::Missing { key: key.clone() }),
                None => denied(NO_BUCKET, Cause::Answered(self)),
            },
            Meaning::InvalidKey(reason) => Failure::Final(SourceError::InvalidKey { reason }),
            Meaning::Elsewhere => Failure::Elsewhere(self),
            Meaning::Passing => passing(Cause::Answered(self)),
            // A matter of this object alone: the run goes on, unlike after `Denied`.
            Meaning::Archived => Failure::Final(SourceError::Damaged {
                reason: "it is archived; restore it from its storage class first".to_owned(),
            }),
            Meaning::Denied(reason) => denied(reason, Cause::Answered(self)),
        }
    }
}

fn denied(reason: &str, cause: Cause) -> Failure {
    Failure::Final(SourceError::Denied { reason: reason.to_owned(), source: Some(cause.into()) })
}

fn passing(cause: Cause) -> Failure {
    Failure::Passing(SourceError::Unavailable { source: cause.into() })
}
