//! Requests to SQS, and what is made of its answers.

use std::num::NonZeroUsize;
use std::time::Duration;

use serde_json::json;
use watchme_core::{
    Announcement, AnnouncementQueue, CompletionEvent, CompletionSink, CompletionStatus, Receipt,
};
use watchme_queue_sqs::{SqsCompletions, SqsConfig, SqsQueue};

use crate::scripted::{Reply, Scripted};
use crate::{BUCKET, config, s3_event};

const LIMIT: NonZeroUsize = NonZeroUsize::new(25).unwrap();

async fn connect(config: SqsConfig) -> SqsQueue {
    SqsQueue::connect(config, Some(BUCKET.to_owned())).await.unwrap()
}

#[tokio::test]
async fn a_receive_asks_within_what_sqs_allows_and_reads_the_answer() {
    let body = s3_event(["a b.wav"]);
    let server = Scripted::start(move |_| {
        Reply::ok(json!({"Messages": [
            {"MessageId": "m1", "ReceiptHandle": "r1", "Body": body,
             "Attributes": {"ApproximateReceiveCount": "3"}},
            {"MessageId": "m2", "ReceiptHandle": "r2", "Body": "hunter2"},
            {"MessageId": "no receipt", "Body": "{}"},
        ]}))
    })
    .await;
    let url = server.queue("recordings");
    let queue = connect(config(&url)).await;

    let wait = Duration::from_mins(1);
    let deliveries = queue.receive(LIMIT, wait, Duration::from_millis(89_500)).await.unwrap();

    let names: Vec<_> = deliveries.iter().map(|one| (one.message.as_str(), one.received)).collect();
    assert_eq!(names, [("m1", 3), ("m2", 1)]);
    assert_eq!(deliveries[0].receipt, Receipt::new("r1"));
    let announced = Announcement::Recordings(vec!["a b.wav".parse().unwrap()]);
    assert_eq!(deliveries[0].announcement, announced);
    assert!(matches!(deliveries[1].announcement, Announcement::Malformed { .. }));
    assert!(!format!("{deliveries:?}").contains("hunter2"));

    let [request] = &server.requests()[..] else { panic!("one request") };
    assert_eq!(request.action, "receivemessage");
    assert_eq!(
        request.body,
        json!({
            "QueueUrl": url,
            "MaxNumberOfMessages": 10,
            "WaitTimeSeconds": 20,
            "VisibilityTimeout": 90,
            "MessageSystemAttributeNames": ["ApproximateReceiveCount"],
        })
    );
}

#[tokio::test]
async fn a_repeated_receive_from_a_fifo_queue_is_the_same_receive() {
    let server =
        Scripted::start(|nth| if nth == 0 { Reply::HangUp } else { Reply::ok(json!({})) }).await;
    let queue = connect(config(&server.queue("recordings.fifo"))).await;
    assert_eq!(queue.receive(LIMIT, Duration::ZERO, Duration::ZERO).await.unwrap(), []);
    let ids: Vec<_> = server
        .requests()
        .iter()
        .map(|request| request.body["ReceiveRequestAttemptId"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(ids[0], ids[1]);
    queue.receive(LIMIT, Duration::ZERO, Duration::ZERO).await.unwrap();
    assert_ne!(server.requests()[2].body["ReceiveRequestAttemptId"], ids[0].as_str());
}

#[tokio::test]
async fn a_delivery_is_extended_and_deleted_by_its_receipt() {
    let server = Scripted::start(|_| Reply::ok(json!({}))).await;
    let url = server.queue("recordings");
    let queue = connect(config(&url)).await;
    let receipt = Receipt::new("r1");
    queue.extend(&receipt, Duration::MAX).await.unwrap();
    queue.extend(&receipt, Duration::ZERO).await.unwrap();
    queue.delete(&receipt).await.unwrap();
    let asked: Vec<_> = server.requests().into_iter().map(|one| (one.action, one.body)).collect();
    let extended =
        |seconds| json!({"QueueUrl": url, "ReceiptHandle": "r1", "VisibilityTimeout": seconds});
    assert_eq!(
        asked,
        [
            ("changemessagevisibility".to_owned(), extended(43_200)),
            ("changemessagevisibility".to_owned(), extended(0)),
            ("deletemessage".to_owned(), json!({"QueueUrl": url, "ReceiptHandle": "r1"})),
        ]
    );
}

#[tokio::test]
async fn the_urls_region_is_signed_for_and_a_configured_endpoint_is_asked() {
    let server = Scripted::start(|_| Reply::ok(json!({}))).await;
    let url = "https://sqs.ap-southeast-2.amazonaws.com/123456789012/recordings";
    let configured = SqsConfig {
        endpoint: Some(server.endpoint.clone()),
        region: Some("us-west-2".to_owned()),
        ..config(url)
    };
    connect(configured).await.delete(&Receipt::new("r1")).await.unwrap();
    let elsewhere =
        SqsConfig { region: Some("us-west-2".to_owned()), ..config(&server.queue("q")) };
    connect(elsewhere).await.delete(&Receipt::new("r1")).await.unwrap();
    connect(config(&server.queue("q"))).await.delete(&Receipt::new("r1")).await.unwrap();

    let requests = server.requests();
    assert_eq!(requests[0].body["QueueUrl"], url);
    for (request, region) in requests.iter().zip(["ap-southeast-2", "us-west-2", "us-east-1"]) {
        assert!(request.head.contains(&format!("/{region}/sqs/aws4_request")), "{}", request.head);
    }
}

#[tokio::test]
async fn a_completion_is_sent_as_it_is_and_in_a_fifo_queue_in_its_devices_order() {
    let server = Scripted::start(|_| Reply::ok(json!({"MessageId": "m1"}))).await;
    let event = CompletionEvent {
        device: "居間".parse().unwrap(),
        recorded_at: "2025-07-20T12:00:00.5+00:00".parse().unwrap(),
        status: CompletionStatus::Completed { processed: vec!["a b.wav".parse().unwrap()] },
    };
    for name in ["done", "done.fifo"] {
        let sink = SqsCompletions::connect(config(&server.queue(name))).await.unwrap();
        sink.send(&event).await.unwrap();
    }
    let requests = server.requests();
    let body = r#"{"device_id":"居間","recorded_at":"2025-07-20T12:00:00.5+00:00","feature_type":"vibe","status":"completed","processed_files":["a b.wav"]}"#;
    assert_eq!(requests[0].action, "sendmessage");
    assert_eq!(requests[0].body, json!({"QueueUrl": server.queue("done"), "MessageBody": body}));
    let fifo = &requests[1].body;
    assert_eq!(fifo["MessageBody"], body);
    for name in ["MessageGroupId", "MessageDeduplicationId"] {
        let hash = fifo[name].as_str().unwrap();
        assert!(hash.len() == 64 && hash.bytes().all(|byte| byte.is_ascii_hexdigit()), "{hash}");
    }
}

#[tokio::test]
async fn a_queue_without_a_dead_letter_queue_is_warned_about() {
    let server = Scripted::start(|nth| {
        let mut attributes = json!({"ApproximateNumberOfMessages": "12"});
        if nth > 0 {
            attributes["RedrivePolicy"] = "{}".into();
        }
        Reply::ok(json!({"Attributes": attributes}))
    })
    .await;
    let queue = connect(config(&server.queue("recordings"))).await;
    insta::assert_debug_snapshot!(queue.check().await);
    let checks = queue.check().await;
    assert!(checks.iter().all(|check| matches!(check.verdict, watchme_core::Verdict::Pass(_))));
}
