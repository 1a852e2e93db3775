//! A relay to a server, whose connections a test can cut.

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// Listens on 127.0.0.1 and forwards every connection, unless it is cut. Stops when dropped.
pub(crate) struct Relay {
    url: String,
    is_cut: watch::Sender<bool>,
    accepting: JoinHandle<()>,
}

impl Relay {
    /// Starts a relay to `target`, a URL of this machine.
    pub(crate) async fn to(target: &str) -> Self {
        let target = target.strip_prefix("http://").unwrap().trim_end_matches('/').to_owned();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (is_cut, cut) = watch::channel(false);
        let accepting = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(relay(client, target.clone(), cut.clone()));
            }
        });
        Self { url, is_cut, accepting }
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Ends every connection, and each new one at once.
    pub(crate) fn cut(&self) {
        self.is_cut.send_replace(true);
    }

    /// Forwards connections again.
    pub(crate) fn restore(&self) {
        self.is_cut.send_replace(false);
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

async fn relay(mut client: TcpStream, target: String, mut cut: watch::Receiver<bool>) {
    let both_ways = async {
        let mut server = TcpStream::connect(target).await?;
        tokio::io::copy_bidirectional(&mut client, &mut server).await
    };
    tokio::select! {
        biased;
        _ = cut.wait_for(|is_cut| *is_cut) => {}
        // The relay does not mind who hangs up.
        _ = both_ways => {}
    }
}
