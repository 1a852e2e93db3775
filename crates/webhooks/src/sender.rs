//! Sender of one receiver: its events one after the other, each until it is accepted.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use reqwest::header::CONTENT_TYPE;
use tokio::sync::watch;
use tracing::{debug, warn};

use crate::event::Message;
use crate::log::Log;
use crate::queue::Queue;
use crate::{Config, DeliveryState, Endpoint, LastAnswer};

/// Sends the events of one receiver.
#[derive(Debug)]
pub(crate) struct Sender {
    pub(crate) http: reqwest::Client,
    pub(crate) config: Arc<Config>,
    pub(crate) endpoint: Endpoint,
    pub(crate) queue: Arc<Queue>,
    pub(crate) log: Arc<Log>,
    /// True once the service shuts down: each event is then sent once more, without pauses.
    pub(crate) closing: watch::Receiver<bool>,
}

impl Sender {
    /// Sends until the queue is closed and empty.
    pub(crate) async fn run(mut self) {
        while let Some((message, number)) = self.queue.pop().await {
            self.deliver(&message, number).await;
        }
    }

    async fn deliver(&mut self, message: &Message, number: u64) {
        let mut attempt = 1;
        loop {
            // Read before the attempt: an event that arrives during the shutdown gets one.
            let is_last = attempt >= self.config.attempts || *self.closing.borrow();
            let answer = self.attempt(message).await;
            let state = match answer {
                answer if answer.is_taken() => DeliveryState::Delivered,
                answer if answer.is_final() || is_last => DeliveryState::Failed,
                _ => DeliveryState::Waiting,
            };
            self.log.attempted(number, answer, state);
            let (host, id) = (self.endpoint.host(), &message.id);
            match state {
                DeliveryState::Waiting => {
                    debug!(
                        webhook.host = host,
                        event.id = id,
                        attempt,
                        ?answer,
                        "an event will be sent again"
                    );
                }
                DeliveryState::Delivered => return,
                _ => {
                    return warn!(
                        webhook.host = host,
                        event.id = id,
                        attempt,
                        ?answer,
                        "an event was not taken"
                    );
                }
            }
            self.pause(self.config.waits().pause(attempt, fastrand::f64())).await;
            attempt += 1;
        }
    }

    /// Waits, unless the service shuts down first.
    async fn pause(&mut self, wait: Duration) {
        tokio::select! {
            () = tokio::time::sleep(wait) => {}
            _ = self.closing.wait_for(|closing| *closing) => {}
        }
    }

    async fn attempt(&self, message: &Message) -> LastAnswer {
        let seconds = Timestamp::now().as_second();
        let signature = self.config.secret.sign(&message.id, seconds, &message.body);
        let request = self
            .http
            .post(self.endpoint.url().clone())
            .header(CONTENT_TYPE, "application/json")
            .header("webhook-id", &message.id)
            .header("webhook-timestamp", seconds)
            .header("webhook-signature", signature)
            .body(message.body.clone());
        match request.send().await {
            // The body is not read: it means nothing to us, and may be of any length.
            Ok(response) => LastAnswer::Status(response.status().as_u16()),
            // The error itself names the address, which may be a secret.
            Err(error) if error.is_timeout() => LastAnswer::None("no answer in time"),
            Err(error) if error.is_connect() => LastAnswer::None("no connection"),
            Err(_) => LastAnswer::None("the connection broke"),
        }
    }
}
