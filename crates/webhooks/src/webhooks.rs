//! Entry point: takes events, and hands them to one sender for each receiver.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use reqwest::redirect;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::timeout;
use tracing::warn;

use crate::event::Message;
use crate::log::Log;
use crate::queue::Queue;
use crate::sender::Sender;
use crate::{Config, Delivery, Endpoint, Event, SetupError};

/// Sends every event to every receiver. Cheap to clone; clones share everything.
#[derive(Debug, Clone)]
pub struct Webhooks(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    receivers: Vec<(Endpoint, Arc<Queue>)>,
    log: Arc<Log>,
    dropped: AtomicU64,
    closing: watch::Sender<bool>,
    /// One task for each receiver, so that a slow one holds up no other. Dropping the set ends
    /// them. A plain lock: it is never held across an await.
    senders: Mutex<JoinSet<()>>,
}

impl Webhooks {
    /// Starts one task for each receiver.
    ///
    /// # Panics
    /// Outside a Tokio runtime.
    pub fn start(config: Config) -> Result<Self, SetupError> {
        let http = client(&config)?;
        let (log, closing) = (Arc::new(Log::new(config.kept)), watch::Sender::new(false));
        let config = Arc::new(config);
        let mut senders = JoinSet::new();
        let receivers = config.endpoints.iter().map(|endpoint| {
            let queue = Arc::new(Queue::new(config.waiting));
            let sender = Sender {
                http: http.clone(),
                config: config.clone(),
                endpoint: endpoint.clone(),
                queue: queue.clone(),
                log: log.clone(),
                closing: closing.subscribe(),
            };
            senders.spawn(sender.run());
            (endpoint.clone(), queue)
        });
        let receivers = receivers.collect();
        let (dropped, senders) = (AtomicU64::new(0), Mutex::new(senders));
        Ok(Self(Arc::new(Inner { receivers, log, dropped, closing, senders })))
    }

    /// Queues an event for every receiver. Never waits.
    pub fn send(&self, event: &Event) {
        let message = Arc::new(Message::new(event, Timestamp::now()));
        for (endpoint, queue) in &self.0.receivers {
            let number = self.0.log.begin(&message, endpoint.host());
            if let Some((dropped, number)) = queue.push((message.clone(), number)) {
                self.0.drop_one(endpoint, &dropped, number);
            }
        }
    }

    /// Returns the latest deliveries: at most `limit`, the newest first.
    #[must_use]
    pub fn deliveries(&self, limit: usize) -> Vec<Delivery> {
        self.0.log.latest(limit)
    }

    /// Returns the number of events dropped because a queue was full or the service ended.
    #[must_use]
    pub fn dropped(&self) -> u64 {
        self.0.dropped.load(Ordering::Relaxed)
    }

    /// Shuts down: takes no more events, sends each waiting one once, and drops what is left after
    /// `grace`.
    pub async fn drain(&self, grace: Duration) {
        for (_, queue) in &self.0.receivers {
            queue.close();
        }
        self.0.closing.send_replace(true);
        let senders = &self.0.senders;
        let mut senders =
            std::mem::take(&mut *senders.lock().unwrap_or_else(PoisonError::into_inner));
        let done = timeout(grace, async { while senders.join_next().await.is_some() {} });
        if done.await.is_ok() {
            return;
        }
        senders.shutdown().await;
        for (endpoint, queue) in &self.0.receivers {
            for (message, number) in queue.take_all() {
                self.0.drop_one(endpoint, &message, number);
            }
        }
    }
}

impl Inner {
    fn drop_one(&self, endpoint: &Endpoint, message: &Message, number: u64) {
        let dropped = self.dropped.fetch_add(1, Ordering::Relaxed) + 1;
        self.log.dropped(number);
        let (host, id) = (endpoint.host(), &message.id);
        warn!(webhook.host = host, event.id = id, dropped, "an event was dropped");
    }
}

fn client(config: &Config) -> Result<reqwest::Client, SetupError> {
    let mut builder = reqwest::Client::builder()
        .user_agent(concat!("watchme-transcriber/", env!("CARGO_PKG_VERSION")))
        // A redirect would take the event to somebody who is not configured.
        .redirect(redirect::Policy::none())
        .timeout(config.timeout);
    if config.endpoints.iter().all(|endpoint| endpoint.url().scheme() == "http") {
        // Without this the machine's certificates are demanded even where none are used.
        builder = builder.tls_certs_only([]);
    }
    builder.build().map_err(|error| SetupError::Tls(error.into()))
}
