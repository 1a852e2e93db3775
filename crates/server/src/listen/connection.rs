//! One connection: served until it is closed, idle for too long, or the service shuts down.

use std::io;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::Router;
use axum::http::{Request, Version};
use hyper::body::Incoming;
use hyper::service::{Service as _, service_fn};
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::timeout;
use tracing::debug;

use super::activity::Activity;

/// Time a client has to read its last answer before an idle connection is cut.
const LINGER: Duration = Duration::from_secs(30);

/// Serves one connection. It is closed after `idle_limit` without a request, whatever the client
/// sends instead, and after its current requests once `stop` is true.
pub(super) async fn serve(
    stream: TcpStream,
    builder: Builder<TokioExecutor>,
    router: Router,
    idle_limit: Duration,
    mut stop: watch::Receiver<bool>,
) {
    if let Err(error) = stream.set_nodelay(true) {
        debug!(%error, "a connection stays without TCP_NODELAY");
    }
    let activity = Activity::new();
    let socket = TokioIo::new(Socket { stream, activity: activity.clone(), has_ended: false });
    let router = TowerToHyperService::new(router);
    let requests = activity.clone();
    let service = service_fn(move |request: Request<Incoming>| {
        // Begins here and not in the future, so that it is known before anything else is read.
        let in_flight = requests.begin(outlasts_client(&request));
        let answer = router.call(request);
        async move { answer.await.map(|response| in_flight.until_sent(response)) }
    });
    let mut connection = pin!(builder.serve_connection(socket, service));
    tokio::select! {
        result = connection.as_mut() => {
            if let Err(error) = result {
                debug!(%error, "a connection broke");
            }
            return;
        }
        () = activity.idle_for(idle_limit) => {
            if !activity.has_begun() {
                debug!("a connection without a request is cut");
                return;
            }
        }
        _ = stop.wait_for(|is_stopped| *is_stopped) => {}
    }
    connection.as_mut().graceful_shutdown();
    if timeout(LINGER, connection).await.is_err() {
        debug!("a connection is cut");
    }
}

/// True if the request is answered even if its client has closed its side of the connection, as
/// HTTP/1 allows. Closing it cancels an upload, and ends a stream of events.
fn outlasts_client(request: &Request<Incoming>) -> bool {
    let path = request.uri().path();
    let ends_with_client = path.starts_with("/v1/audio/") || path.ends_with("/events");
    request.version() < Version::HTTP_2 && !ends_with_client
}

/// Stream that reports the end of the client's side only after the requests that outlast it.
struct Socket {
    stream: TcpStream,
    activity: Activity,
    /// True once the client has closed its side.
    has_ended: bool,
}

impl AsyncRead for Socket {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if !self.has_ended {
            let filled = buffer.filled().len();
            ready!(Pin::new(&mut self.stream).poll_read(context, buffer))?;
            self.has_ended = buffer.filled().len() == filled && buffer.remaining() > 0;
        }
        if self.has_ended && self.activity.holds_end(context.waker()) {
            return Poll::Pending;
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
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(context, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}
