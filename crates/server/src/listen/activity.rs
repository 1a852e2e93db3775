//! Requests of one connection: how many are in flight, and how long there has been none.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody};
use axum::response::Response;
use futures_util::task::AtomicWaker;
use hyper::body::{Frame, SizeHint};
use tokio::sync::watch;
use tokio::time::timeout;

/// Requests of one connection. Clones share them.
#[derive(Debug, Clone)]
pub(super) struct Activity(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    requests: watch::Sender<Requests>,
    /// Reader that waits to report the client's end of stream.
    reader: AtomicWaker,
}

#[derive(Debug, Clone, Copy, Default)]
struct Requests {
    /// Number of requests so far.
    begun: u64,
    in_flight: usize,
    /// Number of those in flight that are answered even if the client has closed its side.
    outlasting: usize,
}

/// One request, until its response is sent or dropped.
#[derive(Debug)]
pub(super) struct InFlight {
    activity: Activity,
    outlasts_client: bool,
}

impl Activity {
    pub(super) fn new() -> Self {
        let requests = watch::Sender::new(Requests::default());
        Self(Arc::new(Shared { requests, reader: AtomicWaker::new() }))
    }

    /// Notes a new request. One that `outlasts_client` is answered even if the client closes its
    /// side of the connection meanwhile.
    pub(super) fn begin(&self, outlasts_client: bool) -> InFlight {
        self.0.requests.send_modify(|requests| {
            requests.begun += 1;
            requests.in_flight += 1;
            requests.outlasting += usize::from(outlasts_client);
        });
        InFlight { activity: self.clone(), outlasts_client }
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
        self.0.requests.borrow().outlasting > 0
    }
}

impl InFlight {
    /// Keeps the request in flight until the response is sent.
    pub(super) fn until_sent(self, response: Response) -> Response {
        response.map(|body| Body::new(TrackedBody { body, _in_flight: self }))
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        let Activity(shared) = &self.activity;
        shared.requests.send_modify(|requests| {
            requests.in_flight -= 1;
            requests.outlasting -= usize::from(self.outlasts_client);
        });
        shared.reader.wake();
    }
}

/// Body of a response, which keeps its request in flight.
struct TrackedBody {
    body: Body,
    _in_flight: InFlight,
}

impl HttpBody for TrackedBody {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
