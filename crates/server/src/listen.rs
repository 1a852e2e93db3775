//! The service on a socket: bounded connections and an orderly shutdown.

mod activity;
mod connection;
mod places;
mod socket;
mod tracked;

use std::collections::VecDeque;
use std::future::Future;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::watch;
use tokio::task::{AbortHandle, JoinSet};
use tokio::time::{Instant, sleep, timeout};
use tracing::{debug, info, warn};

use self::places::{Crowded, Places};
use crate::metrics::Connections as Figures;
use crate::router::{probes_only, router};
use crate::{Limits, Service};

/// Connections that the system completes before they are accepted. The usual 128 overflow when
/// hundreds of clients come at once.
const BACKLOG: u32 = 1024;

/// Time connections have to read the last answers once no run is left.
const LAST_ANSWERS: Duration = Duration::from_secs(5);

/// Pause when no connection can be accepted, usually for lack of file descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_secs(1);

/// Time between warnings that places have run out.
const WARNING_PAUSE: Duration = Duration::from_mins(1);

/// Time between pings on an HTTP/2 connection, as often as there are comments in a quiet stream.
const PING_INTERVAL: Duration = Duration::from_secs(15);

/// Time to answer a ping.
const PING_TIMEOUT: Duration = Duration::from_secs(10);

/// Listens on an address.
pub fn bind(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    // A restarted service listens again at once. On Windows this option means something else.
    #[cfg(not(windows))]
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

/// Serves on `listener` until `shutdown` is ready. Then the current run may end within the grace
/// period, while clients are told that the service is shutting down: a load balancer reads it in
/// `/ready`. Finally nothing is accepted any more, and clients get their last answers.
pub async fn serve(
    listener: TcpListener,
    service: Service,
    shutdown: impl Future<Output = ()> + Send,
) -> io::Result<()> {
    let address = listener.local_addr()?;
    info!(%address, "listening on {address}");
    let mut connections = Connections::new(&service);
    tokio::select! {
        () = connections.accept(&listener) => {}
        () = service.keep_history() => {}
        () = shutdown => {}
    }
    info!("shutting down: no new runs, the current run may end");

    let mut draining = pin!(service.drain());
    let drained = tokio::select! {
        // First, so that nothing is accepted before the runner refuses it.
        biased;
        drained = &mut draining => drained,
        () = connections.accept(&listener) => draining.await,
    };
    drop(listener);
    connections.shut_down().await;
    info!(?drained, "shut down");
    Ok(())
}

/// Open connections, and what new ones are served with.
struct Connections {
    limits: Limits,
    places: Arc<Places>,
    figures: Figures,
    router: Router,
    builder: Builder<TokioExecutor>,
    /// Connections beyond their places, oldest first. They get an answer to a probe, or a refusal.
    surplus: VecDeque<AbortHandle>,
    probes_only: Router,
    probe_builder: Builder<TokioExecutor>,
    warned_at: Option<Instant>,
    /// Tells connections to end after their current requests.
    stop: watch::Sender<bool>,
    /// One task for each connection. Dropping the set cuts them.
    tasks: JoinSet<()>,
}

impl Connections {
    fn new(service: &Service) -> Self {
        let limits = service.settings.limits;
        let router = router(service.clone());
        Self {
            limits,
            places: Places::new(limits.connections, limits.connections_per_address),
            figures: service.metrics.connections().clone(),
            probes_only: probes_only(router.clone()),
            router,
            builder: builder(limits.header_timeout),
            surplus: VecDeque::new(),
            probe_builder: {
                let mut builder = builder(limits.header_timeout).http1_only();
                builder.http1().keep_alive(false);
                builder
            },
            warned_at: None,
            stop: watch::Sender::new(false),
            tasks: JoinSet::new(),
        }
    }

    /// Accepts connections forever. Never waits for a place.
    async fn accept(&mut self, listener: &TcpListener) {
        loop {
            match listener.accept().await {
                Ok((stream, peer)) => self.admit(stream, peer.ip()),
                Err(error) if is_of_the_peer(&error) => debug!(%error, "a connection was lost"),
                Err(error) => {
                    warn!(%error, "no connection can be accepted; is the limit of open files low?");
                    sleep(ACCEPT_PAUSE).await;
                }
            }
        }
    }

    /// Serves a connection if there is a place for it, and only its probe otherwise.
    fn admit(&mut self, stream: TcpStream, address: IpAddr) {
        while self.tasks.try_join_next().is_some() {}
        match self.places.try_take(address) {
            Ok(place) => {
                let open = self.figures.open();
                let (builder, router) = (self.builder.clone(), self.router.clone());
                let serving = self.serve(stream, builder, router);
                self.tasks.spawn(async move {
                    serving.await;
                    drop((place, open));
                });
            }
            Err(crowded) => {
                self.report(crowded, address);
                self.serve_probe(stream);
            }
        }
    }

    /// Serves a connection without a place. If there are too many of those, the oldest is cut: a
    /// probe is answered within milliseconds.
    fn serve_probe(&mut self, stream: TcpStream) {
        self.surplus.retain(|task| !task.is_finished());
        if self.surplus.len() >= self.limits.surplus_connections
            && let Some(oldest) = self.surplus.pop_front()
        {
            oldest.abort();
        }
        let (builder, router) = (self.probe_builder.clone(), self.probes_only.clone());
        let serving = self.serve(stream, builder, router);
        self.surplus.push_back(self.tasks.spawn(serving));
    }

    fn serve(
        &self,
        stream: TcpStream,
        builder: Builder<TokioExecutor>,
        router: Router,
    ) -> impl Future<Output = ()> + Send + use<> {
        let stop = self.stop.subscribe();
        connection::serve(stream, builder, router, self.limits.header_timeout, stop)
    }

    /// Counts a connection without a place, and warns about it now and then.
    fn report(&mut self, crowded: Crowded, address: IpAddr) {
        self.figures.refused(crowded.as_str());
        if self.warned_at.is_some_and(|at| at.elapsed() < WARNING_PAUSE) {
            return;
        }
        self.warned_at = Some(Instant::now());
        match crowded {
            Crowded::Full => {
                let connections = self.limits.connections;
                warn!(connections, "all connections are in use; further ones are refused");
            }
            Crowded::Address => {
                let connections = self.limits.connections_per_address;
                warn!(%address, connections, "one address uses most connections; it gets no more");
            }
        }
    }

    /// Lets all connections end after their current answers, and cuts those that take too long.
    async fn shut_down(mut self) {
        self.stop.send_replace(true);
        let ended =
            timeout(LAST_ANSWERS, async { while self.tasks.join_next().await.is_some() {} });
        if ended.await.is_err() {
            warn!(connections = self.tasks.len(), "connections are cut");
        }
    }
}

/// HTTP/1, and HTTP/2 for clients that begin with its preface.
fn builder(header_timeout: Duration) -> Builder<TokioExecutor> {
    let mut builder = Builder::new(TokioExecutor::new());
    builder.http1().timer(TokioTimer::new()).header_read_timeout(header_timeout);
    builder
        .http2()
        .timer(TokioTimer::new())
        .keep_alive_interval(PING_INTERVAL)
        .keep_alive_timeout(PING_TIMEOUT);
    builder
}

fn is_of_the_peer(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset)
}
