//! Table of S3's error codes, and what each means for the caller.
//!
//! The codes are those of the S3 API reference, "Error responses".

/// Meaning of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Meaning {
    /// The object is not there.
    Missing,
    /// The key cannot name an object, for this reason.
    InvalidKey(&'static str),
    /// The bucket is in another region.
    Elsewhere,
    /// Another attempt may succeed.
    Passing,
    /// The object is archived.
    Archived,
    /// The request is refused, for this reason, which says what to do.
    Denied(&'static str),
}

/// Reason to show for a missing bucket.
pub(super) const NO_BUCKET: &str = "there is no such bucket; check its name";

const ACCESS_DENIED: &str = "no permission; grant `s3:GetObject` on the objects and \
    `s3:ListBucket` on the bucket, without which an absent object is answered in this way too";

/// Returns the meaning of an answer that is no success. `code` is empty where the answer has none;
/// `names_region` is true if the answer says where the bucket is.
pub(super) fn meaning(status: u16, code: &str, names_region: bool) -> Meaning {
    of_code(code).unwrap_or_else(|| of_status(status, code, names_region))
}

fn of_code(code: &str) -> Option<Meaning> {
    Some(match code {
        "NoSuchKey" | "NoSuchVersion" => Meaning::Missing,
        "InvalidObjectState" => Meaning::Archived,
        "InvalidURI" => Meaning::InvalidKey("S3 takes it for no object's name"),
        "KeyTooLongError" => Meaning::InvalidKey("S3 takes it for too long"),
        "PermanentRedirect"
        | "TemporaryRedirect"
        | "IncorrectEndpoint"
        | "AuthorizationHeaderMalformed"
        | "IllegalLocationConstraintException" => Meaning::Elsewhere,
        "BandwidthLimitExceeded"
        | "InternalError"
        | "OperationAborted"
        | "RequestThrottled"
        | "RequestTimeout"
        | "RequestTimeoutException"
        | "ServiceUnavailable"
        | "SlowDown"
        | "Throttling"
        | "ThrottlingException"
        | "TooManyRequests" => Meaning::Passing,
        "NoSuchBucket" | "InvalidBucketName" => Meaning::Denied(NO_BUCKET),
        "AccessDenied" => Meaning::Denied(ACCESS_DENIED),
        "InvalidAccessKeyId" => {
            Meaning::Denied("the access key is unknown; check it or make a new one")
        }
        "SignatureDoesNotMatch" => {
            Meaning::Denied("the secret does not belong to the access key; check both")
        }
        "ExpiredToken" | "TokenRefreshRequired" => {
            Meaning::Denied("the credentials have expired; get new ones")
        }
        "InvalidToken" => {
            Meaning::Denied("the session token does not belong to the access key; check both")
        }
        "RequestTimeTooSkewed" | "RequestExpired" => {
            Meaning::Denied("this machine's clock is wrong; set it")
        }
        _ if code.starts_with("KMS.") => {
            Meaning::Denied("the key that encrypts the recordings cannot be used; check it in KMS")
        }
        _ => return None,
    })
}

/// Returns the meaning of a code that is not known, or of an answer without one.
fn of_status(status: u16, code: &str, names_region: bool) -> Meaning {
    match status {
        // The SDK's name for a 404 without a body.
        404 if code == "NotFound" => Meaning::Missing,
        // A page of something other than S3. Taken for an absent object, it would make every
        // recording missing.
        404 => Meaning::Denied("there is no S3 service; check the endpoint"),
        301 | 302 | 307 | 308 => Meaning::Elsewhere,
        400 | 403 if code.is_empty() && names_region => Meaning::Elsewhere,
        401 | 403 => Meaning::Denied("no permission; check the credentials and the policy"),
        408 | 429 | 500.. => Meaning::Passing,
        _ => Meaning::Denied("the request is not understood; check the bucket and the endpoint"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_answer_has_its_meaning() {
        let table = [
            (404, "NoSuchKey", "missing"),
            (404, "NotFound", "missing"),
            (404, "NoSuchBucket", "no such bucket"),
            (404, "", "check the endpoint"),
            (404, "SomethingElse", "check the endpoint"),
            (400, "InvalidBucketName", "no such bucket"),
            (400, "InvalidURI", "invalid key"),
            (400, "KeyTooLongError", "invalid key"),
            (403, "InvalidObjectState", "archived"),
            (301, "PermanentRedirect", "elsewhere"),
            (301, "", "elsewhere"),
            (307, "TemporaryRedirect", "elsewhere"),
            (400, "AuthorizationHeaderMalformed", "elsewhere"),
            (400, "IllegalLocationConstraintException", "elsewhere"),
            (403, "AccessDenied", "`s3:ListBucket`"),
            (403, "InvalidAccessKeyId", "access key is unknown"),
            (403, "SignatureDoesNotMatch", "secret does not belong"),
            (400, "ExpiredToken", "expired"),
            (400, "TokenRefreshRequired", "expired"),
            (400, "InvalidToken", "session token"),
            (403, "RequestTimeTooSkewed", "clock"),
            (400, "KMS.DisabledException", "KMS"),
            (401, "", "no permission"),
            (403, "SomethingElse", "no permission"),
            (400, "InvalidArgument", "not understood"),
            (400, "RequestTimeout", "passing"),
            (429, "", "passing"),
            (500, "InternalError", "passing"),
            (500, "", "passing"),
            (502, "", "passing"),
            (503, "SlowDown", "passing"),
            (503, "", "passing"),
        ];
        for (status, code, expected) in table {
            let found = match meaning(status, code, false) {
                Meaning::Missing => "missing",
                Meaning::InvalidKey(_) => "invalid key",
                Meaning::Elsewhere => "elsewhere",
                Meaning::Passing => "passing",
                Meaning::Archived => "archived",
                Meaning::Denied(reason) => reason,
            };
            assert!(found.contains(expected), "{status} `{code}`: {found}");
        }
    }

    #[test]
    fn a_refusal_without_a_code_that_names_a_region_sends_us_there() {
        for status in [400, 403] {
            assert_eq!(meaning(status, "", true), Meaning::Elsewhere);
            assert!(matches!(meaning(status, "", false), Meaning::Denied(_)));
        }
        assert_eq!(meaning(403, "AccessDenied", true), Meaning::Denied(ACCESS_DENIED));
    }
}
