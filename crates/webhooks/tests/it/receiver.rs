//! A receiver that gives scripted answers and passes on the requests it got.

use std::collections::VecDeque;
use std::sync::Mutex;
use std::time::Duration;

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use watchme_webhooks::{Config, Event, RunStatus};
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, Request, Respond, ResponseTemplate};

/// 24 bytes, which the tests of signatures know.
pub(crate) const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/// Time limit of every wait in these tests.
pub(crate) const LONG: Duration = Duration::from_mins(1);

pub(crate) struct Receiver {
    pub(crate) server: MockServer,
    requests: UnboundedReceiver<Request>,
}

struct Script {
    answers: Mutex<VecDeque<ResponseTemplate>>,
    requests: UnboundedSender<Request>,
}

impl Receiver {
    /// Gives these answers one after the other, and 200 after them.
    pub(crate) async fn answering(answers: impl IntoIterator<Item = ResponseTemplate>) -> Self {
        let (sender, requests) = unbounded_channel();
        let answers = Mutex::new(answers.into_iter().collect());
        let server = MockServer::start().await;
        let script = Script { answers, requests: sender };
        Mock::given(any()).respond_with(script).mount(&server).await;
        Self { server, requests }
    }

    pub(crate) fn url(&self) -> String {
        format!("{}/a/path-that-is-secret?token=also-secret", self.server.uri())
    }

    /// The next request, once it has come.
    pub(crate) async fn next(&mut self) -> Request {
        tokio::time::timeout(LONG, self.requests.recv()).await.unwrap().unwrap()
    }

    /// True if every request was looked at.
    pub(crate) fn is_empty(&self) -> bool {
        self.requests.is_empty()
    }
}

impl Respond for Script {
    fn respond(&self, request: &Request) -> ResponseTemplate {
        self.requests.send(request.clone()).unwrap();
        let answer = self.answers.lock().unwrap().pop_front();
        answer.unwrap_or_else(|| ResponseTemplate::new(200))
    }
}

/// Sends to these addresses, in up to three attempts with hardly a pause.
pub(crate) fn config_for(urls: &[&str]) -> Config {
    let endpoints = urls.iter().map(|url| url.parse().unwrap()).collect();
    Config {
        attempts: 3,
        backoff: Duration::from_millis(1),
        timeout: LONG,
        ..Config::new(endpoints, SECRET.parse().unwrap())
    }
}

/// An event that differs from others by `id`.
pub(crate) fn event(id: &str) -> Event {
    Event::Run { status: RunStatus::Finished, run_id: id.to_owned() }
}

pub(crate) fn header<'a>(request: &'a Request, name: &str) -> &'a str {
    request.headers.get(name).unwrap().to_str().unwrap()
}
