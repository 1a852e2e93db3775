//! A body that is read in small pieces, for a parser that buffers whatever it can get.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};

use axum::body::{Body, BodyDataStream, Bytes};
use futures_util::{Stream, StreamExt};

/// Bytes after which a parser that found nothing never will: the headers of a part are short.
const MOST_BYTES: usize = 64 << 10;

/// A body that yields one chunk each time its reader is polled.
#[derive(Debug)]
pub(super) struct Paced {
    body: BodyDataStream,
    unread: Unread,
    /// True if the latest poll returned a chunk.
    has_given: bool,
}

/// Number of bytes that the parser has buffered without result.
#[derive(Debug, Clone, Default)]
pub(super) struct Unread(Arc<AtomicUsize>);

impl Paced {
    /// Wraps a body. The reader reports its progress to the counter.
    pub(super) fn wrap(body: Body) -> (Self, Unread) {
        let unread = Unread::default();
        (Self { body: body.into_data_stream(), unread: unread.clone(), has_given: false }, unread)
    }
}

impl Unread {
    /// Resets the counter after the parser has returned something.
    pub(super) fn reset(&self) {
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
