//! What a client still sends when it is refused: read and thrown away, so that it can read why.
//!
//! Whoever closes a connection while the other side is sending resets it, and the answer may be
//! lost with that. A large upload is refused while most of it is on its way.

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

/// As long as another body may take. Then the connection is closed after all.
const LONGEST: Duration = Duration::from_secs(30);

/// More than the largest recording where nothing else is set.
const MOST_BYTES: usize = 128 << 20;

/// The body of a request, for who reads the rest of it.
#[derive(Debug)]
pub(crate) struct Lingering(Arc<Mutex<Sent>>);

/// The same body, for whoever answers.
struct Shared(Arc<Mutex<Sent>>);

#[derive(Debug)]
struct Sent {
    body: Fuse<BodyDataStream>,
    /// The client sends nothing before it is told to, which reading does.
    waits_to_be_asked: bool,
}

impl Lingering {
    /// The same request, and what is needed to read the rest of its body.
    pub(crate) fn over(request: Request) -> (Request, Self) {
        let (head, body) = request.into_parts();
        let waits_to_be_asked = head.headers.contains_key(header::EXPECT);
        let sent = Sent { body: body.into_data_stream().fuse(), waits_to_be_asked };
        let sent = Arc::new(Mutex::new(sent));
        let request = Request::from_parts(head, Body::from_stream(Shared(sent.clone())));
        (request, Self(sent))
    }

    /// Reads what is left, as far as that has an end.
    pub(crate) async fn read_away(self) {
        if self.0.lock().unwrap_or_else(PoisonError::into_inner).waits_to_be_asked {
            return;
        }
        let mut rest = Shared(self.0);
        let reading = async {
            let mut bytes = 0;
            while let Some(Ok(chunk)) = rest.next().await {
                bytes += chunk.len();
                if bytes > MOST_BYTES {
                    return;
                }
            }
        };
        // Whether or not it ended: the answer is sent now.
        let _ = timeout(LONGEST, reading).await;
    }
}

impl Stream for Shared {
    type Item = io::Result<Bytes>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        // Both sides are of one request and never at it at once.
        let mut sent = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        sent.waits_to_be_asked = false;
        sent.body.poll_next_unpin(context).map_err(io::Error::other)
    }
}
