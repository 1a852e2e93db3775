//! Requests of one connection: how many are in flight, and how long there has been none.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::Waker;
use std::time::Duration;

use axum::body::Body;
use axum::response::Response;
use futures_util::task::AtomicWaker;
use hyper::body::Incoming;
use tokio::sync::watch;
use tokio::time::timeout;

use super::tracked::{RequestBody, ResponseBody};
use crate::response::keep_alive::Filler;

/// Requests of one connection. Clones share them.
#[derive(Debug, Clone)]
pub(super) struct Activity(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    requests: watch::Sender<Requests>,
    /// Reader that waits to report the client's end of stream.
    reader: AtomicWaker,
    /// True once an answer that has begun is to send filler at once.
    is_probed: AtomicBool,
    /// Answer that has begun.
    answer: AtomicWaker,
}

#[derive(Debug, Clone, Copy, Default)]
struct Requests {
    /// Number of requests so far.
    begun: u64,
    in_flight: usize,
    /// Number of those in flight that are answered even if the client has closed its side.
    outlasting: usize,
    /// Number of those whose body is still to come: the end of the stream cuts it.
    unread: usize,
    /// Number of those in flight whose client takes an interim response: the answer is not known yet.
    without_answer: usize,
}

/// Fate of a request whose client closes its side of the connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum AfterEnd {
    Dropped,
    Answered {
        /// True if its client takes an interim response, which HTTP/1.0 has not.
        takes_interim: bool,
    },
}

/// One request, until its response is sent or dropped.
#[derive(Debug)]
pub(super) struct InFlight {
    activity: Activity,
    outlasts_client: bool,
    takes_interim: bool,
}

/// Body of a request that is still to come.
#[derive(Debug)]
pub(super) struct Unread(Activity);

impl Activity {
    pub(super) fn new() -> Self {
        Self(Arc::new(Shared {
            requests: watch::Sender::new(Requests::default()),
            reader: AtomicWaker::new(),
            is_probed: AtomicBool::new(false),
            answer: AtomicWaker::new(),
        }))
    }

    /// Notes a new request.
    pub(super) fn begin(&self, after_end: AfterEnd) -> InFlight {
        let (outlasts_client, takes_interim) = match after_end {
            AfterEnd::Dropped => (false, false),
            AfterEnd::Answered { takes_interim } => (true, takes_interim),
        };
        self.0.requests.send_modify(|requests| {
            requests.begun += 1;
            requests.in_flight += 1;
            requests.outlasting += usize::from(outlasts_client);
            requests.without_answer += usize::from(takes_interim);
        });
        InFlight { activity: self.clone(), outlasts_client, takes_interim }
    }

    /// Keeps track of how far the body of a request is read.
    pub(super) fn track(&self, body: Incoming) -> RequestBody {
        self.0.requests.send_modify(|requests| requests.unread += 1);
        RequestBody::new(body, Unread(self.clone()))
    }

    /// True once a request has arrived.
    pub(super) fn has_begun(&self) -> bool {
        self.0.requests.borrow().begun > 0
    }

    /// Waits until no request has been in flight for `limit`.
    pub(super) async fn idle_for(&self, limit: Duration) {
        let mut requests = self.0.requests.subscribe();
        loop {
            let idle = requests.wait_for(|requests| requests.in_flight == 0).await;
            let Ok(begun) = idle.map(|idle| idle.begun) else { return };
            let next = requests.wait_for(|requests| requests.begun > begun);
            if timeout(limit, next).await.is_err() {
                return;
            }
        }
    }

    /// True if the end of the client's stream has to wait until a request is answered. Registers
    /// `waker` for that moment.
    pub(super) fn holds_end(&self, waker: &Waker) -> bool {
        self.0.reader.register(waker);
        let requests = self.0.requests.borrow();
        requests.outlasting > 0 && requests.unread == 0
    }

    /// True if the client takes an interim response now.
    pub(super) fn takes_interim(&self) -> bool {
        self.0.requests.borrow().without_answer > 0
    }

    /// Makes an answer that has begun send filler at once.
    pub(super) fn probe(&self) {
        self.0.is_probed.store(true, Ordering::Release);
        self.0.answer.wake();
    }

    /// True once for a probe. Registers `waker` for it.
    pub(super) fn take_probe(&self, waker: &Waker) -> bool {
        self.0.answer.register(waker);
        self.0.is_probed.swap(false, Ordering::AcqRel)
    }

    fn change(&self, change: impl FnOnce(&mut Requests)) {
        self.0.requests.send_modify(change);
        self.0.reader.wake();
    }
}

impl InFlight {
    /// Keeps the request in flight until the response is sent.
    pub(super) fn until_sent(mut self, mut response: Response) -> Response {
        if std::mem::take(&mut self.takes_interim) {
            self.activity.change(|requests| requests.without_answer -= 1);
        }
        let filler = response.extensions_mut().remove::<Filler>();
        response.map(|body| Body::new(ResponseBody::new(body, self, filler)))
    }

    pub(super) fn activity(&self) -> &Activity {
        &self.activity
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        let Self { outlasts_client, takes_interim, .. } = *self;
        self.activity.change(|requests| {
            requests.in_flight -= 1;
            requests.outlasting -= usize::from(outlasts_client);
            requests.without_answer -= usize::from(takes_interim);
        });
    }
}

impl Drop for Unread {
    fn drop(&mut self) {
        self.0.change(|requests| requests.unread -= 1);
    }
}
