//! Refusals, outages and silence.

use std::num::NonZeroUsize;
use std::time::Duration;

use serde_json::json;
use watchme_core::{AnnouncementQueue, CompletionSink, ErrorChain, QueueError, Receipt, Verdict};
use watchme_queue_sqs::{SqsCompletions, SqsConfig, SqsQueue, SqsTimeouts};

use crate::scripted::{Reply, Scripted};
use crate::{ACCESS_KEY_ID, SECRET, TOKEN, config};

async fn connect(config: SqsConfig) -> SqsQueue {
    SqsQueue::connect(config, None).await.unwrap()
}

async fn receive(queue: &SqsQueue) -> Result<usize, QueueError> {
    let received = queue.receive(NonZeroUsize::MIN, Duration::ZERO, Duration::ZERO).await;
    received.map(|deliveries| deliveries.len())
}

fn assert_tells_no_secret(error: &QueueError) {
    let told = format!("{error:?} {}", ErrorChain(error));
    for secret in [ACCESS_KEY_ID, SECRET, TOKEN, "hunter2"] {
        assert!(!told.contains(secret), "{told}");
    }
}

#[tokio::test]
async fn what_may_pass_is_tried_again_and_in_the_end_unavailable() {
    for code in ["InternalError", "ThrottlingException"] {
        let server = Scripted::start(move |_| Reply::error(500, code)).await;
        let error = receive(&connect(config(&server.queue("q"))).await).await.unwrap_err();
        assert!(matches!(error, QueueError::Unavailable { .. }), "{error:?}");
        let told = ErrorChain(&error).to_string();
        assert!(
            told.contains(&format!("SQS answered 500 `{code}` (request `request-1`)")),
            "{told}"
        );
        assert_tells_no_secret(&error);
        assert_eq!(server.requests().len(), 3);
    }
}

#[tokio::test]
async fn a_fault_that_passes_is_no_error() {
    let server = Scripted::start(|nth| match nth {
        0 => Reply::HangUp,
        1 => Reply::error(503, "ServiceUnavailable"),
        _ => Reply::ok(json!({})),
    })
    .await;
    assert_eq!(receive(&connect(config(&server.queue("q"))).await).await.unwrap(), 0);
}

#[tokio::test]
async fn a_refusal_is_final_and_says_what_to_do() {
    for (code, mend) in [
        ("AWS.SimpleQueueService.NonExistentQueue", "check its URL and region"),
        ("AccessDeniedException", "grant `sqs:ReceiveMessage`"),
        ("InvalidClientTokenId", "check it or make a new one"),
        ("InvalidParameterValue", "check the queue's URL"),
    ] {
        let server = Scripted::start(move |_| Reply::error(400, code)).await;
        let error = receive(&connect(config(&server.queue("q"))).await).await.unwrap_err();
        let QueueError::Denied { reason, .. } = &error else { panic!("{error:?}") };
        assert!(reason.contains(mend), "{reason}");
        assert_tells_no_secret(&error);
        assert_eq!(server.requests().len(), 1);
    }
}

#[tokio::test]
async fn a_receipt_that_expired_is_gone() {
    for code in [
        "MessageNotInflight",
        "AWS.SimpleQueueService.MessageNotInflight",
        "ReceiptHandleIsInvalid",
        "InvalidParameterValue",
    ] {
        let server = Scripted::start(move |_| Reply::error(400, code)).await;
        let queue = connect(config(&server.queue("q"))).await;
        let receipt = Receipt::new("hunter2");
        for outcome in [queue.extend(&receipt, Duration::ZERO).await, queue.delete(&receipt).await]
        {
            assert!(matches!(outcome, Err(QueueError::Gone)), "{outcome:?}");
        }
    }
}

#[tokio::test]
async fn silence_ends_and_an_answer_of_something_else_is_unavailable() {
    let server = Scripted::start(|_| Reply::Silence).await;
    let timeouts =
        SqsTimeouts { attempt: Duration::from_millis(5), ..config("http://h/q").timeouts };
    let hasty = SqsConfig { timeouts, ..config(&server.queue("q")) };
    let error = receive(&connect(hasty).await).await.unwrap_err();
    assert!(ErrorChain(&error).to_string().contains("no answer within 0.005 s"), "{error:?}");

    let server = Scripted::start(|_| Reply::ok("hunter2".into())).await;
    let error = receive(&connect(config(&server.queue("q"))).await).await.unwrap_err();
    assert!(matches!(error, QueueError::Unavailable { .. }), "{error:?}");
    assert_tells_no_secret(&error);
}

#[tokio::test]
async fn nothing_there_is_unavailable() {
    let server = Scripted::start(|_| Reply::HangUp).await;
    let url = server.queue("q");
    drop(server);
    let error = receive(&connect(config(&url)).await).await.unwrap_err();
    assert!(matches!(error, QueueError::Unavailable { .. }), "{error:?}");
    assert_tells_no_secret(&error);
}

#[tokio::test]
async fn a_configuration_that_cannot_work_is_denied() {
    let url = "https://sqs.us-east-1.amazonaws.com/1/q";
    for wrong in [
        SqsConfig { region: Some("us east".to_owned()), ..config(url) },
        SqsConfig { endpoint: Some("sqs.example.com".to_owned()), ..config(url) },
        SqsConfig { endpoint: Some("https://user:hunter2@h".to_owned()), ..config(url) },
    ] {
        let error = SqsQueue::connect(wrong, None).await.unwrap_err();
        assert!(matches!(error, QueueError::Denied { .. }), "{error:?}");
        assert_tells_no_secret(&error);
    }
}

#[tokio::test]
async fn a_check_tells_no_permission_to_look_from_what_does_not_work() {
    let server = Scripted::start(|nth| match nth {
        0 | 1 => Reply::error(403, "AccessDenied"),
        _ => Reply::error(400, "QueueDoesNotExist"),
    })
    .await;
    let queue = connect(config(&server.queue("q"))).await;
    let sink = SqsCompletions::connect(config(&server.queue("q"))).await.unwrap();
    for checks in [queue.check().await, sink.check().await] {
        assert!(matches!(&checks[..], [one] if matches!(one.verdict, Verdict::Warn { .. })));
    }
    for checks in [queue.check().await, sink.check().await] {
        assert!(matches!(&checks[..], [one] if one.is_failure()), "{checks:?}");
    }
}
