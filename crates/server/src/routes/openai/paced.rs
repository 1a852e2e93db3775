//! A body that gives little at a time, for a parser that takes whatever is there into memory.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};

use axum::body::{Body, BodyDataStream, Bytes};
use futures_util::{Stream, StreamExt};

/// Where a parser has made nothing of this much, it never will: the headers of a part are short.
const MOST_BYTES: usize = 64 << 10;

/// A body, one chunk for each time that its reader is polled.
#[derive(Debug)]
pub(super) struct Paced {
    body: BodyDataStream,
    unread: Unread,
    /// Whether the latest poll gave a chunk.
    has_given: bool,
}

/// How many bytes the parser has and has made nothing of.
#[derive(Debug, Clone, Default)]
pub(super) struct Unread(Arc<AtomicUsize>);

impl Paced {
    /// The body, and what its reader tells of its progress with.
    pub(super) fn over(body: Body) -> (Self, Unread) {
        let unread = Unread::default();
        (Self { body: body.into_data_stream(), unread: unread.clone(), has_given: false }, unread)
    }
}

impl Unread {
    /// The parser has made something of what it had.
    pub(super) fn forget(&self) {
        self.0.store(0, Ordering::Relaxed);
    }
}

impl Stream for Paced {
    type Item = io::Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if std::mem::take(&mut self.has_given) {
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        if self.unread.0.load(Ordering::Relaxed) > MOST_BYTES {
            return Poll::Ready(Some(Err(io::ErrorKind::InvalidData.into())));
        }
        let chunk = std::task::ready!(self.body.poll_next_unpin(context));
        if let Some(Ok(chunk)) = &chunk {
            self.unread.0.fetch_add(chunk.len(), Ordering::Relaxed);
            self.has_given = true;
        }
        Poll::Ready(chunk.map(|chunk| chunk.map_err(io::Error::other)))
    }
}
