//! One connection: served until it is closed, idle for too long, or the service shuts down.

use std::pin::pin;
use std::time::Duration;

use axum::Router;
use axum::http::{Request, Version};
use hyper::body::Incoming;
use hyper::service::{Service as _, service_fn};
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::timeout;
use tracing::debug;

use super::activity::{Activity, AfterEnd};
use super::socket::Socket;

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
    let socket = TokioIo::new(Socket::new(stream, activity.clone()));
    let router = TowerToHyperService::new(router);
    let requests = activity.clone();
    let service = service_fn(move |request: Request<Incoming>| {
        // Begins here and not in the future, so that it is known before anything else is read.
        let in_flight = requests.begin(after_end(&request));
        let answer = router.call(request.map(|body| requests.track(body)));
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

/// Returns what becomes of the request if its client closes its side of the connection, as HTTP/1
/// allows. That cancels an upload, and ends a stream of events.
fn after_end(request: &Request<Incoming>) -> AfterEnd {
    let path = request.uri().path();
    if request.version() >= Version::HTTP_2
        || path.starts_with("/v1/audio/")
        || path.ends_with("/events")
    {
        return AfterEnd::Dropped;
    }
    AfterEnd::Answered { takes_interim: request.version() == Version::HTTP_11 }
}
