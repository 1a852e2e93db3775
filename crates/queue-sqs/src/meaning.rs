//! Table of SQS's error codes, and what each means for the caller.
//!
//! The codes are those of the SQS API reference, "Common Error Types" and the errors of each
//! action, in the names of the JSON protocol and of the older one.

/// Meaning of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Meaning {
    /// The delivery is no longer ours.
    Gone,
    /// Another attempt may succeed.
    Passing,
    /// The request is refused, for this reason, which says what to do.
    Denied(&'static str),
}

/// Subject of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Subject {
    /// The queue as a whole.
    Queue,
    /// One delivery of a message.
    Receipt,
}

/// Reason to show for a missing permission, which a check counts as less than a failure.
pub(crate) const NO_PERMISSION: &str = "no permission; grant `sqs:ReceiveMessage`, \
    `sqs:ChangeMessageVisibility` and `sqs:DeleteMessage` on a queue of announcements, and \
    `sqs:SendMessage` on one of completions";

/// Returns the meaning of an answer that is no success. `code` is empty where the answer has none.
pub(crate) fn meaning(subject: Subject, status: u16, code: &str) -> Meaning {
    // The older protocol's names come with its prefix.
    let code = code.strip_prefix("AWS.SimpleQueueService.").unwrap_or(code);
    of_code(subject, code).unwrap_or_else(|| of_status(status))
}

fn of_code(subject: Subject, code: &str) -> Option<Meaning> {
    Some(match code {
        "MessageNotInflight" | "ReceiptHandleIsInvalid" => Meaning::Gone,
        // A receipt that has expired, or a message that was received 12 hours ago, the longest
        // that SQS keeps one invisible.
        "InvalidParameterValue" if subject == Subject::Receipt => Meaning::Gone,
        "InternalError"
        | "InternalFailure"
        | "KmsThrottled"
        | "OverLimit"
        | "RequestThrottled"
        | "RequestTimeout"
        | "ServiceUnavailable"
        | "Throttling"
        | "ThrottlingException"
        | "TooManyRequests" => Meaning::Passing,
        "NonExistentQueue" | "QueueDoesNotExist" | "QueueDeletedRecently" | "InvalidAddress" => {
            Meaning::Denied("there is no such queue; check its URL and region")
        }
        "AccessDenied" | "AccessDeniedException" | "NotAuthorized" => {
            Meaning::Denied(NO_PERMISSION)
        }
        "InvalidAccessKeyId" | "InvalidClientTokenId" | "UnrecognizedClientException" => {
            Meaning::Denied("the access key is unknown; check it or make a new one")
        }
        "InvalidSignatureException" | "SignatureDoesNotMatch" => Meaning::Denied(
            "the secret does not belong to the access key, or this machine's clock is wrong; \
             check both",
        ),
        "ExpiredToken" | "ExpiredTokenException" | "TokenRefreshRequired" => {
            Meaning::Denied("the credentials have expired; get new ones")
        }
        "InvalidToken" | "InvalidTokenException" => {
            Meaning::Denied("the session token does not belong to the access key; check both")
        }
        "RequestExpired" | "RequestTimeTooSkewed" => {
            Meaning::Denied("this machine's clock is wrong; set it")
        }
        "InvalidMessageContents" => {
            Meaning::Denied("the message has characters that SQS does not take")
        }
        _ if code.starts_with("Kms") || code.starts_with("KMS.") => {
            Meaning::Denied("the key that encrypts the queue cannot be used; check it in KMS")
        }
        _ => return None,
    })
}

/// Returns the meaning of a code that is not known, or of an answer without one.
fn of_status(status: u16) -> Meaning {
    match status {
        404 => Meaning::Denied("there is no SQS service; check the endpoint"),
        401 | 403 => Meaning::Denied("no permission; check the credentials and the policy"),
        // A success here is an answer cut short: one that was understood does not get here.
        200..=299 | 408 | 429 | 500.. => Meaning::Passing,
        _ => Meaning::Denied("the request is not understood; check the queue's URL and endpoint"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_answer_has_its_meaning() {
        let table = [
            (400, "MessageNotInflight", "gone"),
            (400, "AWS.SimpleQueueService.MessageNotInflight", "gone"),
            (400, "ReceiptHandleIsInvalid", "gone"),
            (400, "AWS.SimpleQueueService.NonExistentQueue", "no such queue"),
            (400, "QueueDoesNotExist", "no such queue"),
            (400, "InvalidAddress", "no such queue"),
            (403, "AccessDenied", "`sqs:ReceiveMessage`"),
            (400, "AccessDeniedException", "`sqs:SendMessage`"),
            (403, "InvalidClientTokenId", "access key is unknown"),
            (403, "SignatureDoesNotMatch", "secret does not belong"),
            (400, "InvalidSignatureException", "clock"),
            (403, "ExpiredToken", "expired"),
            (400, "InvalidTokenException", "session token"),
            (400, "RequestExpired", "clock"),
            (400, "KmsDisabled", "KMS"),
            (400, "InvalidMessageContents", "characters"),
            (400, "KmsThrottled", "passing"),
            (403, "OverLimit", "passing"),
            (403, "RequestThrottled", "passing"),
            (400, "ThrottlingException", "passing"),
            (200, "", "passing"),
            (500, "", "passing"),
            (503, "ServiceUnavailable", "passing"),
            (429, "", "passing"),
            (404, "", "check the endpoint"),
            (401, "", "no permission"),
            (403, "SomethingElse", "no permission"),
            (400, "SomethingElse", "not understood"),
            (302, "", "not understood"),
        ];
        for (status, code, expected) in table {
            let found = match meaning(Subject::Queue, status, code) {
                Meaning::Gone => "gone",
                Meaning::Passing => "passing",
                Meaning::Denied(reason) => reason,
            };
            assert!(found.contains(expected), "{status} `{code}`: {found}");
        }
    }

    #[test]
    fn a_value_that_is_refused_is_a_receipt_that_expired_where_there_is_one() {
        let of = |subject| meaning(subject, 400, "InvalidParameterValue");
        assert_eq!(of(Subject::Receipt), Meaning::Gone);
        assert!(matches!(of(Subject::Queue), Meaning::Denied(_)));
    }
}
