//! A server that answers each request as a test wants.

use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

pub(crate) struct Scripted {
    pub(crate) endpoint: String,
    requests: Arc<Mutex<Vec<Request>>>,
    _serving: JoinSet<()>,
}

/// A request as it came.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    /// Action that SQS is asked for.
    pub(crate) action: String,
    /// The headers, in small letters.
    pub(crate) head: String,
    pub(crate) body: Value,
}

/// An answer.
pub(crate) enum Reply {
    Json(u16, &'static str, Value),
    /// No answer, on a connection that stays open.
    Silence,
    /// The connection ends.
    HangUp,
}

impl Scripted {
    /// Answers each request by its place in their order, from 0.
    pub(crate) async fn start(script: impl Fn(usize) -> Reply + Send + Sync + 'static) -> Self {
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
                    let mut stream = BufReader::new(stream);
                    let Some(request) = read(&mut stream).await else { return };
                    let nth = {
                        let mut seen = seen.lock().unwrap();
                        seen.push(request);
                        seen.len() - 1
                    };
                    answer(&mut stream, script(nth)).await;
                });
            }
        });
        Self { endpoint, requests, _serving: serving }
    }

    pub(crate) fn requests(&self) -> Vec<Request> {
        self.requests.lock().unwrap().clone()
    }

    /// The URL of a queue here.
    pub(crate) fn queue(&self, name: &str) -> String {
        format!("{}/123456789012/{name}", self.endpoint)
    }
}

impl Reply {
    pub(crate) fn ok(body: Value) -> Self {
        Self::Json(200, "", body)
    }

    /// An error as SQS writes it, whose message quotes the request.
    pub(crate) fn error(status: u16, code: &'static str) -> Self {
        let message = format!(
            "Value hunter2 for parameter ReceiptHandle is invalid: {} {}",
            crate::SECRET,
            crate::TOKEN
        );
        Self::Json(
            status,
            code,
            json!({"__type": format!("com.amazonaws.sqs#{code}"), "message": message}),
        )
    }
}

async fn read(stream: &mut BufReader<TcpStream>) -> Option<Request> {
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if stream.read_line(&mut head).await.ok()? == 0 {
            return None;
        }
    }
    let head = head.to_lowercase();
    let header = |name: &str| {
        let lines = head.lines().filter_map(|line| line.split_once(": "));
        lines.into_iter().find(|(found, _)| *found == name).map(|(_, value)| value.to_owned())
    };
    let mut body = vec![0; header("content-length")?.parse().ok()?];
    stream.read_exact(&mut body).await.ok()?;
    Some(Request {
        action: header("x-amz-target")?.strip_prefix("amazonsqs.")?.to_owned(),
        head: head.clone(),
        body: serde_json::from_slice(&body).ok()?,
    })
}

async fn answer(stream: &mut BufReader<TcpStream>, reply: Reply) {
    match reply {
        Reply::Json(status, code, body) => {
            let body = body.to_string();
            let text = format!(
                "HTTP/1.1 {status} Status\r\nConnection: close\r\nx-amzn-RequestId: request-1\r\n\
                 Content-Type: application/x-amz-json-1.0\r\nContent-Length: {}\r\n\
                 x-amzn-query-error: {code};Sender\r\n\r\n{body}",
                body.len()
            );
            // The client may have hung up, which is its right.
            let _ = stream.write_all(text.as_bytes()).await;
            let _ = stream.shutdown().await;
        }
        Reply::Silence => std::future::pending().await,
        Reply::HangUp => {}
    }
}
