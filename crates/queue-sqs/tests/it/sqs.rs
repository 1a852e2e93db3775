//! The queue keeps the promises of its port on a server that stands in for SQS.

use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use aws_sdk_sqs::Client;
use aws_sdk_sqs::config::Credentials;
use aws_sdk_sqs::config::{BehaviorVersion, Region};
use aws_sdk_sqs::types::QueueAttributeName as Name;
use watchme_core::{
    Announcement, AnnouncementQueue, CompletionEvent, CompletionSink, CompletionStatus, QueueError,
};
use watchme_queue_sqs::{SqsCompletions, SqsQueue};
use watchme_testkit::contract::queue::QueueUnderTest;

use crate::{ACCESS_KEY_ID, BUCKET, SECRET, config, s3_event, s3_event_of};

/// Number of queues made so far: each test has its own.
static QUEUES: AtomicUsize = AtomicUsize::new(0);

async fn sqs(announcements: Vec<Announcement>) -> QueueUnderTest {
    QueueUnderTest::new(queue_of("", announcements).await, ())
}

watchme_testkit::queue_contract!(sqs, ignore = "needs an SQS server: script/test --full");

#[tokio::test]
#[ignore = "needs an SQS server: script/test --full"]
async fn a_message_that_nobody_understands_ends_in_the_dead_letter_queue() {
    let client = make_client();
    let dead = create(&client, "-dead", &[]).await;
    let arn = attribute(&client, &dead, Name::QueueArn).await;
    let redrive = format!(r#"{{"deadLetterTargetArn":"{arn}","maxReceiveCount":"3"}}"#);
    let url = create(&client, "", &[(Name::RedrivePolicy, &redrive)]).await;
    for body in ["poison".to_owned(), s3_event(["a.wav"])] {
        client.send_message().queue_url(&url).message_body(body).send().await.unwrap();
    }
    let queue = SqsQueue::connect(config(&url), Some(BUCKET.to_owned())).await.unwrap();
    assert!(queue.check().await.iter().all(|check| format!("{check:?}").contains("Pass")));

    let limit = NonZeroUsize::new(10).unwrap();
    let mut poison = 0;
    loop {
        let taken = queue.receive(limit, Duration::ZERO, Duration::from_mins(1)).await.unwrap();
        if taken.is_empty() {
            break;
        }
        for delivery in taken {
            if let Announcement::Malformed { .. } = delivery.announcement {
                poison += 1;
                assert_eq!(delivery.received, poison);
                queue.extend(&delivery.receipt, Duration::ZERO).await.unwrap();
            } else {
                queue.delete(&delivery.receipt).await.unwrap();
            }
        }
    }
    assert_eq!(poison, 3);
    let buried = client.receive_message().queue_url(&dead).send().await.unwrap();
    assert_eq!(buried.messages()[0].body(), Some("poison"));
}

#[tokio::test]
#[ignore = "needs an SQS server: script/test --full"]
async fn completions_arrive_and_in_a_fifo_queue_once() {
    let client = make_client();
    let event = CompletionEvent {
        device: "test_device_001".parse().unwrap(),
        recorded_at: "2025-07-20T12:00:00+00:00".parse().unwrap(),
        status: CompletionStatus::Failed { error: "damaged audio".to_owned() },
    };
    let fifo = [(Name::FifoQueue, "true")];
    for (suffix, attributes, expected) in [("", &[][..], 2), (".fifo", &fifo[..], 1)] {
        let url = create(&client, suffix, attributes).await;
        let sink = SqsCompletions::connect(config(&url)).await.unwrap();
        assert!(!sink.check().await.iter().any(watchme_core::Check::is_failure));
        sink.send(&event).await.unwrap();
        sink.send(&event).await.unwrap();
        let answer = client.receive_message().queue_url(&url).max_number_of_messages(10);
        let messages = answer.send().await.unwrap().messages.unwrap_or_default();
        assert_eq!(messages.len(), expected, "{url}");
        let body: serde_json::Value = serde_json::from_str(messages[0].body().unwrap()).unwrap();
        assert_eq!(body["status"], "failed");
    }
}

#[tokio::test]
#[ignore = "needs an SQS server: script/test --full"]
async fn a_fifo_queue_holds_up_a_group_until_its_first_message_is_deleted() {
    let announced =
        ["a.wav", "b.wav"].map(|key| Announcement::Recordings(vec![key.parse().unwrap()]));
    let queue = queue_of(".fifo", announced.to_vec()).await;
    let one = || queue.receive(NonZeroUsize::MIN, Duration::ZERO, Duration::from_mins(1));
    let first = one().await.unwrap().pop().unwrap();
    assert_eq!(first.announcement, announced[0]);
    assert_eq!(one().await.unwrap(), []);
    queue.delete(&first.receipt).await.unwrap();
    assert_eq!(one().await.unwrap().pop().unwrap().announcement, announced[1]);
}

#[tokio::test]
#[ignore = "needs an SQS server: script/test --full"]
async fn a_queue_that_is_not_there_is_denied() {
    let url = format!("{}/123456789012/nowhere", server());
    let queue = SqsQueue::connect(config(&url), None).await.unwrap();
    let received = queue.receive(NonZeroUsize::MIN, Duration::ZERO, Duration::ZERO).await;
    assert!(matches!(received, Err(QueueError::Denied { .. })), "{received:?}");
    assert!(queue.check().await.iter().any(watchme_core::Check::is_failure));
}

/// A new queue with a message of each announcement, as S3 would send it, in one group.
async fn queue_of(suffix: &str, announcements: Vec<Announcement>) -> SqsQueue {
    let client = make_client();
    let is_fifo = !suffix.is_empty();
    let fifo = [(Name::FifoQueue, "true"), (Name::ContentBasedDeduplication, "true")];
    let url = create(&client, suffix, if is_fifo { &fifo } else { &[] }).await;
    for announcement in &announcements {
        let body = match announcement {
            Announcement::Recordings(keys) => {
                s3_event_of(keys.iter().map(watchme_core::ObjectKey::as_str))
            }
            Announcement::Nothing(_) => r#"{"Event": "s3:TestEvent"}"#.to_owned(),
            Announcement::Malformed { .. } => "hunter2".to_owned(),
        };
        let request = client.send_message().queue_url(&url).message_body(body);
        request.set_message_group_id(is_fifo.then(|| "group".to_owned())).send().await.unwrap();
    }
    SqsQueue::connect(config(&url), Some(BUCKET.to_owned())).await.unwrap()
}

/// The URL of a new queue.
async fn create(client: &Client, suffix: &str, attributes: &[(Name, &str)]) -> String {
    let number = QUEUES.fetch_add(1, Ordering::Relaxed);
    let name = format!("test-{}-{number}{suffix}", std::process::id());
    let mut request = client.create_queue().queue_name(name);
    for (attribute, value) in attributes {
        request = request.attributes(attribute.clone(), *value);
    }
    request.send().await.unwrap().queue_url.unwrap()
}

async fn attribute(client: &Client, url: &str, name: Name) -> String {
    let request = client.get_queue_attributes().queue_url(url).attribute_names(name.clone());
    request.send().await.unwrap().attributes.unwrap().remove(&name).unwrap()
}

/// The tests' own client, which lays out what the queue under test finds.
fn make_client() -> Client {
    let config = aws_sdk_sqs::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("us-east-1"))
        .endpoint_url(server())
        .credentials_provider(Credentials::new(ACCESS_KEY_ID, SECRET, None, None, "test"));
    Client::from_conf(config.build())
}

fn server() -> String {
    std::env::var("WATCHME_TEST_SQS_URL").expect("WATCHME_TEST_SQS_URL, as script/with-sqs sets it")
}
