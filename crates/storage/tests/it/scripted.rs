//! A server that answers HTTP byte for byte as a test wants, well-formed or not.

use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

/// The longest request head that is read.
const MAX_HEAD_BYTES: usize = 64 << 10;

pub(crate) struct Scripted {
    pub(crate) endpoint: String,
    requests: Arc<Mutex<Vec<String>>>,
    _serving: JoinSet<()>,
}

/// An answer, and what becomes of the connection after it.
#[derive(Clone)]
pub(crate) struct Reply {
    bytes: Vec<u8>,
    hangs: bool,
}

impl Scripted {
    /// Answers each request by its head and its place in the order of requests, from 0.
    pub(crate) async fn start(
        script: impl Fn(&str, usize) -> Reply + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let requests = Arc::new(Mutex::new(Vec::new()));
        let (script, seen) = (Arc::new(script), Arc::clone(&requests));
        let mut serving = JoinSet::new();
        serving.spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                let (script, seen) = (Arc::clone(&script), Arc::clone(&seen));
                connections.spawn(async move {
                    let mut stream = stream;
                    let Some(head) = read_head(&mut stream).await else { return };
                    let nth = {
                        let mut seen = seen.lock().unwrap();
                        seen.push(head.clone());
                        seen.len() - 1
                    };
                    let reply = script(&head, nth);
                    // The client may have hung up, which is its right.
                    let _ = stream.write_all(&reply.bytes).await;
                    if reply.hangs {
                        std::future::pending::<()>().await;
                    }
                    let _ = stream.shutdown().await;
                });
            }
        });
        Self { endpoint, requests, _serving: serving }
    }

    /// The heads of the requests so far.
    pub(crate) fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }
}

impl Reply {
    /// A reply of `status` with these headers and this body, without any header of its own.
    pub(crate) fn raw(status: u16, headers: &[(&str, &str)], body: impl AsRef<[u8]>) -> Self {
        let lines: Vec<_> =
            headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        let lines = lines.concat();
        let head = format!("HTTP/1.1 {status} Status\r\nConnection: close\r\n{lines}\r\n");
        let bytes = [head.as_bytes(), body.as_ref()].concat();
        Self { bytes, hangs: false }
    }

    /// An object.
    pub(crate) fn object(body: &[u8]) -> Self {
        Self::raw(200, &[("Content-Length", &body.len().to_string())], body)
    }

    /// An error as S3 writes it, with what S3 repeats of the request.
    pub(crate) fn error(status: u16, code: &str) -> Self {
        Self::error_with(status, code, &[])
    }

    pub(crate) fn error_with(status: u16, code: &str, headers: &[(&str, &str)]) -> Self {
        let body = format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>{code}</Code>\
             <Message>m</Message><AWSAccessKeyId>{}</AWSAccessKeyId>\
             <Token-0>{}</Token-0></Error>",
            watchme_testkit::S3Server::ACCESS_KEY_ID,
            crate::made::TOKEN,
        );
        let length = body.len().to_string();
        let own = [("Content-Type", "application/xml"), ("Content-Length", length.as_str())];
        Self::raw(status, &[&own, headers].concat(), body)
    }

    /// The same, on a connection that stays open and silent.
    pub(crate) fn then_silence(self) -> Self {
        Self { hangs: true, ..self }
    }

    /// No answer at all, on a connection that stays open.
    pub(crate) fn silence() -> Self {
        Self { bytes: Vec::new(), hangs: true }
    }
}

async fn read_head(stream: &mut TcpStream) -> Option<String> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") && head.len() < MAX_HEAD_BYTES {
        head.push(stream.read_u8().await.ok()?);
    }
    String::from_utf8(head).ok()
}
