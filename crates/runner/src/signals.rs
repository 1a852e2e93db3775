//! Signals that stop the process.

use std::future::Future;
use std::io;
use std::sync::Arc;

use tokio::sync::Notify;

/// Returns two futures: one for the first signal to stop, which asks for an orderly end, and one
/// for the second, from someone who does not want to wait for it.
pub fn stop_signals()
-> io::Result<(impl Future<Output = ()> + Send, impl Future<Output = ()> + Send)> {
    let mut signals = Signals::new()?;
    let (first, second) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let (waiting_first, waiting_second) = (first.clone(), second.clone());
    tokio::spawn(async move {
        for stop in [first, second] {
            signals.next().await;
            stop.notify_one();
        }
    });
    Ok((async move { waiting_first.notified().await }, async move {
        waiting_second.notified().await;
    }))
}

#[cfg(unix)]
struct Signals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    fn new() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
        })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    #[expect(clippy::unnecessary_wraps, reason = "signals can fail on other systems")]
    fn new() -> io::Result<Self> {
        Ok(Self)
    }

    async fn next(&mut self) {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
