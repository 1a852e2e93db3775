//! The service on a socket: bounded connections and an orderly shutdown.

use std::future::Future;
use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use tracing::{debug, info, warn};

use crate::{Service, router};

/// Time connections have to read the last answers once no run is left.
const LAST_ANSWERS: Duration = Duration::from_secs(5);

/// Pause when no connection can be accepted, usually for lack of file descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_secs(1);

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
    let Connections { open, tasks, .. } = connections;
    if timeout(LAST_ANSWERS, open.shutdown()).await.is_err() {
        warn!(connections = tasks.len(), "connections are cut");
    }
    info!(?drained, "shut down");
    Ok(())
}

struct Connections {
    router: axum::Router,
    builder: Builder<TokioExecutor>,
    permits: Arc<Semaphore>,
    open: GracefulShutdown,
    /// One task for each connection. Dropping the set cuts them.
    tasks: JoinSet<()>,
}

impl Connections {
    fn new(service: &Service) -> Self {
        let limits = service.settings.limits;
        let mut builder = Builder::new(TokioExecutor::new());
        builder.http1().timer(TokioTimer::new()).header_read_timeout(limits.header_timeout);
        Self {
            router: router(service.clone()),
            builder,
            permits: Arc::new(Semaphore::new(limits.connections)),
            open: GracefulShutdown::new(),
            tasks: JoinSet::new(),
        }
    }

    /// Accepts connections forever.
    async fn accept(&mut self, listener: &TcpListener) {
        loop {
            let Ok(permit) = self.permits.clone().acquire_owned().await else { return };
            match listener.accept().await {
                Ok((stream, _)) => self.serve(stream, permit),
                Err(error) if is_of_the_peer(&error) => debug!(%error, "a connection was lost"),
                Err(error) => {
                    warn!(%error, "no connection can be accepted; is the limit of open files low?");
                    sleep(ACCEPT_PAUSE).await;
                }
            }
        }
    }

    /// Serves one connection on a task of its own, which holds `permit`.
    fn serve(&mut self, stream: TcpStream, permit: impl Send + 'static) {
        if let Err(error) = stream.set_nodelay(true) {
            debug!(%error, "a connection stays without TCP_NODELAY");
        }
        let service = TowerToHyperService::new(self.router.clone());
        let connection = self.builder.serve_connection(TokioIo::new(stream), service).into_owned();
        let connection = self.open.watch(connection);
        while self.tasks.try_join_next().is_some() {}
        self.tasks.spawn(async move {
            if let Err(error) = connection.await {
                debug!(error = %error, "a connection broke");
            }
            drop(permit);
        });
    }
}

fn is_of_the_peer(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset)
}
