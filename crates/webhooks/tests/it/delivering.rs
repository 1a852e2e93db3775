//! Each event arrives once, however often it must be sent.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use sha2::{Digest, Sha256};
use tokio::net::TcpListener;
use watchme_webhooks::DeliveryState::{Dropped, Waiting};
use watchme_webhooks::{Config, Delivery, DeliveryState, LastAnswer, Webhooks};
use wiremock::{Request, ResponseTemplate};

use crate::receiver::{LONG, Receiver, SECRET, config_for, event, header};

/// HMAC-SHA256 as RFC 2104 defines it, and not by the library that signs.
fn hmac(key: &[u8], text: &[u8]) -> String {
    let pad = |with: u8| -> Vec<u8> {
        let key = key.iter().copied().chain(std::iter::repeat(0)).take(64);
        key.map(|byte| byte ^ with).collect()
    };
    let inner = Sha256::new().chain_update(pad(0x36)).chain_update(text).finalize();
    let outer = Sha256::new().chain_update(pad(0x5c)).chain_update(inner).finalize();
    STANDARD.encode(outer)
}

/// The request is signed over its id, its time and its very body.
#[track_caller]
fn assert_signed(request: &Request) {
    let key = STANDARD.decode(SECRET.strip_prefix("whsec_").unwrap()).unwrap();
    let (id, timestamp) = (header(request, "webhook-id"), header(request, "webhook-timestamp"));
    let signed = [id.as_bytes(), timestamp.as_bytes(), &request.body].join(&b'.');
    assert_eq!(header(request, "webhook-signature"), format!("v1,{}", hmac(&key, &signed)));
    let body: Value = serde_json::from_slice(&request.body).unwrap();
    assert_eq!(body["id"], id);
}

fn summary(delivery: &Delivery) -> (DeliveryState, u32, Option<LastAnswer>) {
    (delivery.state, delivery.attempts, delivery.last_answer)
}

fn status(code: u16) -> ResponseTemplate {
    ResponseTemplate::new(code)
}

#[tokio::test]
async fn an_event_is_signed_and_sent_again_with_its_id_and_body_until_it_is_taken() {
    let mut receiver = Receiver::answering([status(500), status(429)]).await;
    let webhooks = Webhooks::start(config_for(&[&receiver.url()])).unwrap();
    webhooks.send(&event("a"));
    let attempts = [receiver.next().await, receiver.next().await, receiver.next().await];
    for attempt in &attempts {
        assert_signed(attempt);
        assert_eq!(
            (attempt.method.as_str(), header(attempt, "content-type")),
            ("POST", "application/json")
        );
        assert_eq!(attempt.body, attempts[0].body);
        assert_eq!(header(attempt, "webhook-id"), header(&attempts[0], "webhook-id"));
    }
    webhooks.drain(LONG).await;
    assert!(receiver.is_empty());
    let deliveries = webhooks.deliveries(9);
    let taken = (DeliveryState::Delivered, 3, Some(LastAnswer::Status(200)));
    assert_eq!(deliveries.iter().map(summary).collect::<Vec<_>>(), [taken]);
    assert_eq!(deliveries[0].event_id, header(&attempts[0], "webhook-id"));
    assert!(deliveries[0].last_attempt_at >= Some(deliveries[0].created_at));
}

#[tokio::test]
async fn an_event_that_is_never_taken_is_given_up_and_the_next_one_is_told() {
    let mut receiver = Receiver::answering([status(500), status(404), status(503)]).await;
    let webhooks = Webhooks::start(config_for(&[&receiver.url()])).unwrap();
    webhooks.send(&event("a"));
    webhooks.send(&event("b"));
    for run in ["a", "a", "a", "b"] {
        let body: Value = serde_json::from_slice(&receiver.next().await.body).unwrap();
        assert_eq!(body["data"]["run_id"], run);
    }
    webhooks.drain(LONG).await;
    let states: Vec<_> = webhooks.deliveries(9).iter().map(summary).collect();
    let given_up = (DeliveryState::Failed, 3, Some(LastAnswer::Status(503)));
    let taken = (DeliveryState::Delivered, 1, Some(LastAnswer::Status(200)));
    assert_eq!(states, [taken, given_up], "the newest first");
    assert_eq!(webhooks.deliveries(1).len(), 1);
}

#[tokio::test]
async fn a_receiver_that_is_gone_is_asked_once() {
    let mut receiver = Receiver::answering([status(410)]).await;
    let webhooks = Webhooks::start(config_for(&[&receiver.url()])).unwrap();
    webhooks.send(&event("a"));
    receiver.next().await;
    webhooks.drain(LONG).await;
    assert!(receiver.is_empty());
    let gone = (DeliveryState::Failed, 1, Some(LastAnswer::Status(410)));
    assert_eq!(summary(&webhooks.deliveries(1)[0]), gone);
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let elsewhere = Receiver::answering([]).await;
    let redirect = || status(307).insert_header("location", elsewhere.url());
    let mut receiver = Receiver::answering([redirect(), redirect(), redirect()]).await;
    let webhooks = Webhooks::start(config_for(&[&receiver.url()])).unwrap();
    webhooks.send(&event("a"));
    for _ in 0..3 {
        receiver.next().await;
    }
    webhooks.drain(LONG).await;
    assert!(elsewhere.is_empty());
    let refused = (DeliveryState::Failed, 3, Some(LastAnswer::Status(307)));
    assert_eq!(summary(&webhooks.deliveries(1)[0]), refused);
}

#[tokio::test]
async fn a_silent_receiver_holds_up_no_other_and_loses_its_oldest_events() {
    // It listens, and never accepts: its connections wait in the backlog of the system.
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let silent_url = format!("http://{}", silent.local_addr().unwrap());
    let mut receiver = Receiver::answering([]).await;
    let urls = [silent_url.as_str(), &receiver.url()];
    let webhooks = Webhooks::start(Config { waiting: 2, ..config_for(&urls) }).unwrap();
    for name in ["a", "b", "c", "d", "e"] {
        webhooks.send(&event(name));
        // Taken in turn, so that none is dropped here, and the silent one has its first by then.
        receiver.next().await;
    }
    assert_eq!(webhooks.dropped(), 2);
    let states = |webhooks: &Webhooks| {
        let latest = webhooks.deliveries(99).into_iter().rev();
        latest
            .filter(|delivery| silent_url.ends_with(&delivery.host))
            .map(|d| d.state)
            .collect::<Vec<_>>()
    };
    assert_eq!(states(&webhooks), [Waiting, Dropped, Dropped, Waiting, Waiting]);
    // The service ends, and what is not taken by then is dropped.
    webhooks.drain(Duration::ZERO).await;
    assert_eq!(states(&webhooks), [Dropped; 5]);
    assert_eq!(webhooks.dropped(), 5);
}

#[tokio::test]
async fn the_end_waits_for_what_is_told_and_for_no_pause() {
    let mut receiver = Receiver::answering([status(500)]).await;
    // Longer than the test may take: it ends because the service does.
    let slow =
        Config { backoff: LONG * 60, longest_backoff: LONG * 60, ..config_for(&[&receiver.url()]) };
    let webhooks = Webhooks::start(slow).unwrap();
    webhooks.send(&event("a"));
    webhooks.send(&event("b"));
    receiver.next().await;
    webhooks.drain(LONG).await;
    let states: Vec<_> = webhooks.deliveries(9).iter().map(|delivery| delivery.state).collect();
    assert_eq!(states, [DeliveryState::Delivered; 2]);
    webhooks.send(&event("c"));
    assert_eq!(webhooks.deliveries(1)[0].state, DeliveryState::Dropped);
}

#[tokio::test]
async fn as_many_deliveries_are_kept_as_there_is_room_for() {
    let mut receiver = Receiver::answering([]).await;
    let webhooks = Webhooks::start(Config { kept: 2, ..config_for(&[&receiver.url()]) }).unwrap();
    for name in ["a", "b", "c"] {
        webhooks.send(&event(name));
        receiver.next().await;
    }
    webhooks.drain(LONG).await;
    assert_eq!(webhooks.deliveries(99).len(), 2);
}

#[tokio::test]
async fn no_answer_is_an_answer_of_its_own() {
    let closed = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", closed.local_addr().unwrap());
    drop(closed);
    let webhooks = Webhooks::start(Config { attempts: 1, ..config_for(&[&url]) }).unwrap();
    webhooks.send(&event("a"));
    webhooks.drain(LONG).await;
    let unreachable = (DeliveryState::Failed, 1, Some(LastAnswer::None("no connection")));
    assert_eq!(summary(&webhooks.deliveries(1)[0]), unreachable);
}
