//! Reading and discarding the rest of a refused request, so that its client can read why.
//!
//! Closing a connection while the other side is still sending resets it, and the answer may be lost
//! with it. A large upload is refused while most of it is on its way.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, BodyDataStream, Bytes};
use axum::extract::Request;
use axum::http::header;
use futures_util::stream::{Fuse, Stream, StreamExt};
use tokio::time::timeout;

/// Time to wait for the rest, the same as for any other body. Then the answer is sent anyway.
const TIMEOUT: Duration = Duration::from_secs(30);

/// Largest rest that is read: more than the default limit of a recording.
const MAX_BYTES: usize = 128 << 20;

/// Handle to the part of a request's body that the handler does not read.
#[derive(Debug)]
pub(crate) struct UnreadBody(Arc<Mutex<Shared>>);

/// The same body as the handler sees it.
struct SharedBody(Arc<Mutex<Shared>>);

#[derive(Debug)]
struct Shared {
    body: Fuse<BodyDataStream>,
    /// True while the client waits for `100 Continue`, which reading the body would send.
    expects_continue: bool,
}

impl UnreadBody {
    /// Wraps the body of `request`, and returns the handle to what will be left of it.
    pub(crate) fn wrap(request: Request) -> (Request, Self) {
        let (head, body) = request.into_parts();
        let expects_continue = head.headers.contains_key(header::EXPECT);
        let shared = Shared { body: body.into_data_stream().fuse(), expects_continue };
        let shared = Arc::new(Mutex::new(shared));
        let body = Body::from_stream(SharedBody(shared.clone()));
        (Request::from_parts(head, body), Self(shared))
    }

    /// Reads and discards what is left, within the bounds.
    pub(crate) async fn drain(self) {
        if self.0.lock().unwrap_or_else(PoisonError::into_inner).expects_continue {
            return;
        }
        let mut rest = SharedBody(self.0);
        let reading = async {
            let mut bytes = 0;
            while let Some(Ok(chunk)) = rest.next().await {
                bytes += chunk.len();
                if bytes > MAX_BYTES {
                    return;
                }
            }
        };
        // The answer is sent now, whether or not all was read.
        let _ = timeout(TIMEOUT, reading).await;
    }
}

impl Stream for SharedBody {
    type Item = io::Result<Bytes>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        // The two sides take turns within one request, so the lock is never contended.
        let mut shared = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        shared.expects_continue = false;
        shared.body.poll_next_unpin(context).map_err(io::Error::other)
    }
}
