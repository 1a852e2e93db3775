//! Bodies of a request and its response, which tell how far the request has come.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use axum::body::{Body, Bytes, HttpBody};
use hyper::body::{Frame, Incoming, SizeHint};

use super::activity::{InFlight, Unread};
use crate::response::keep_alive::Filler;

/// Body of a request: it is read once it has ended or is dropped.
#[derive(Debug)]
pub(super) struct RequestBody {
    body: Incoming,
    unread: Option<Unread>,
}

impl RequestBody {
    pub(super) fn new(body: Incoming, unread: Unread) -> Self {
        let unread = (!body.is_end_stream()).then_some(unread);
        Self { body, unread }
    }
}

impl HttpBody for RequestBody {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        let frame = ready!(Pin::new(&mut self.body).poll_frame(context));
        if frame.is_none() || self.body.is_end_stream() {
            self.unread = None;
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// Body of a response, which keeps its request in flight.
#[derive(Debug)]
pub(super) struct ResponseBody {
    body: Body,
    in_flight: InFlight,
    /// Sent at once if the client is probed.
    filler: Option<Filler>,
}

impl ResponseBody {
    pub(super) fn new(body: Body, in_flight: InFlight, filler: Option<Filler>) -> Self {
        Self { body, in_flight, filler }
    }
}

impl HttpBody for ResponseBody {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let frame = Pin::new(&mut self.body).poll_frame(context);
        if frame.is_pending()
            && let Some(filler) = &self.filler
            && self.in_flight.activity().take_probe(context.waker())
        {
            return Poll::Ready(Some(Ok(Frame::data(filler.next.clone()))));
        }
        frame
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
