//! The socket of a connection, which tells a client that has left from one that has only closed its
//! side.
//!
//! Both send the same: the end of their stream. One that still reads takes what it is sent; the
//! system of one that has left answers it with a reset. So while a request outlasts the end of the
//! stream, its client is sent something that it ignores: an interim response, or filler once the
//! answer has begun.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, Interest, ReadBuf, Ready};
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::time::{Sleep, sleep};

use super::activity::Activity;

/// Time after the end of a client's stream before it is probed: most answers are sent by then.
const PROBE_DELAY: Duration = Duration::from_millis(500);

/// Response that any client of HTTP/1.1 skips, also one that did not expect it (RFC 9110, section
/// 15.2).
const INTERIM: &[u8] = b"HTTP/1.1 100 Continue\r\n\r\n";

/// Stream that reports the end of the client's side only after the requests that outlast it, or once
/// the client has left.
pub(super) struct Socket {
    reader: Reader,
    writer: OwnedWriteHalf,
    /// True if all that was written is sent: something else may be written in between.
    is_flushed: bool,
    activity: Activity,
}

enum Reader {
    Open(OwnedReadHalf),
    /// The client has closed its side.
    Ended {
        /// Ready once the connection is broken.
        broken: Pin<Box<dyn Future<Output = io::Result<Ready>> + Send>>,
        /// Time until the probe; `None` once it is sent.
        delay: Option<Pin<Box<Sleep>>>,
    },
    /// Both have closed.
    Broken,
}

impl Socket {
    pub(super) fn new(stream: TcpStream, activity: Activity) -> Self {
        let (reader, writer) = stream.into_split();
        Self { reader: Reader::Open(reader), writer, is_flushed: true, activity }
    }

    /// Begins to wait for the connection to break.
    fn end(&mut self) {
        if let Reader::Open(half) = std::mem::replace(&mut self.reader, Reader::Broken) {
            let broken = Box::pin(async move { half.ready(Interest::ERROR).await });
            self.reader = Reader::Ended { broken, delay: Some(Box::pin(sleep(PROBE_DELAY))) };
        }
    }

    /// Waits until the connection breaks, and makes that happen if the client has left.
    fn poll_broken(&mut self, context: &mut Context<'_>) -> Poll<()> {
        let Reader::Ended { broken, delay } = &mut self.reader else { return Poll::Ready(()) };
        if broken.as_mut().poll(context).is_ready() {
            self.reader = Reader::Broken;
            return Poll::Ready(());
        }
        if delay.as_mut().is_some_and(|delay| delay.as_mut().poll(context).is_ready()) {
            *delay = None;
            self.activity.probe();
            if self.is_flushed && self.activity.takes_interim() {
                // As short as it is, it fits or nothing does. A failure shows as a broken connection.
                let _ = self.writer.try_write(INTERIM);
            }
        }
        Poll::Pending
    }
}

impl AsyncRead for Socket {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if let Reader::Open(half) = &mut self.reader {
            let filled = buffer.filled().len();
            ready!(Pin::new(half).poll_read(context, buffer))?;
            if buffer.filled().len() > filled || buffer.remaining() == 0 {
                return Poll::Ready(Ok(()));
            }
            self.end();
        }
        if self.activity.holds_end(context.waker()) {
            ready!(self.poll_broken(context));
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Socket {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.is_flushed = false;
        Pin::new(&mut self.writer).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(Pin::new(&mut self.writer).poll_flush(context))?;
        self.is_flushed = true;
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.writer).poll_shutdown(context)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.is_flushed = false;
        Pin::new(&mut self.writer).poll_write_vectored(context, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.writer.is_write_vectored()
    }
}
