//! A service over fakes, and a client of it without a socket.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Method, Request, StatusCode, header};
use serde_json::Value;
use tower::ServiceExt;
use watchme_app::Uploads;
use watchme_core::{Pipeline, Ports, Transcriber};
use watchme_server::{Service, Settings, router};
use watchme_testkit::sample::{key_of, options, policy};
use watchme_testkit::{FakeSource, FakeStore, FakeTranscriber, RecordingSeed, pipeline_over};

/// Host that clients name.
pub(crate) const HOST: &str = "127.0.0.1:18001";

pub(crate) const TRANSCRIBE: &str = "/fetch-and-transcribe";

pub(crate) const RUNS: &str = "/v1/runs";

/// The list of routes. Those that are not described have their path there.
const ROUTES: &str = include_str!("../../src/routes.rs");

/// Returns every path of the service, with something for each parameter.
pub(crate) fn paths() -> BTreeSet<String> {
    let undescribed = ROUTES.split(".route(\"").skip(1);
    let undescribed = undescribed.map(|text| text.split('"').next().unwrap().to_owned());
    let described = watchme_server::openapi().paths.paths.into_keys();
    undescribed.chain(described).map(|path| path.replace(['{', '}', '*'], "")).collect()
}

pub(crate) struct World {
    pub(crate) store: FakeStore,
    pub(crate) transcriber: FakeTranscriber,
    pub(crate) service: Service,
    pub(crate) router: Router,
}

/// Response as a client reads it.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

pub(crate) fn settings() -> Settings {
    let uploads = Uploads::new(std::env::temp_dir().join("watchme-uploads"), 1 << 20);
    Settings::new(options(), vec!["base".parse().unwrap()], uploads)
}

impl World {
    /// Pending rows and recordings of these blocks of the sample day, each saying its block.
    pub(crate) fn of_blocks(blocks: &[&str]) -> Self {
        let store = FakeStore::new(blocks.iter().map(|block| RecordingSeed::at(block)));
        let source = FakeSource::new(blocks.iter().map(|block| (key_of(block), *block)));
        Self::new(store, source, settings())
    }

    pub(crate) fn new(store: FakeStore, source: FakeSource, settings: Settings) -> Self {
        let transcriber = FakeTranscriber::new();
        let service = service_over(&store, source, Arc::new(transcriber.clone()), settings);
        Self { store, transcriber, router: router(service.clone()), service }
    }

    /// Makes a world whose service also keeps a ledger.
    pub(crate) fn keeping_ledger(store: FakeStore, source: FakeSource, settings: Settings) -> Self {
        let transcriber = FakeTranscriber::new();
        let pipeline = pipeline_over(source, transcriber.clone(), store.clone());
        let service = Service::new(pipeline.keeping(Arc::new(store.clone())), settings);
        Self { store, transcriber, router: router(service.clone()), service }
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send(request(Method::GET, path, Body::empty())).await
    }

    /// Starts a run with this JSON; the answer's body.
    pub(crate) async fn start(&self, body: &Value) -> Value {
        let answer = self.send(request(Method::POST, RUNS, body.to_string())).await;
        assert_eq!(answer.status, StatusCode::ACCEPTED, "{answer:?}");
        answer.json()
    }

    /// The run with this id, once it has ended.
    pub(crate) async fn ended(&self, id: &Value) -> Value {
        let path = format!("{RUNS}/{}", id.as_str().unwrap());
        // The stream of a run ends with it.
        self.get(&format!("{path}/events")).await;
        self.get(&format!("{path}?text=true")).await.json()
    }

    /// Asks for a transcription with this JSON.
    pub(crate) async fn ask(&self, body: impl Into<Body>) -> Answer {
        self.send(post(body)).await
    }

    /// Returns the status of a response, whose body may be endless.
    pub(crate) async fn status(&self, request: Request<Body>) -> StatusCode {
        self.router.clone().oneshot(request).await.unwrap().status()
    }

    pub(crate) async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.unwrap();
        Answer::read(response).await
    }
}

impl Answer {
    pub(crate) async fn read(response: axum::response::Response) -> Self {
        let (head, body) = response.into_parts();
        let bytes = to_bytes(body, usize::MAX).await.unwrap();
        let text = String::from_utf8(bytes.to_vec()).unwrap();
        Self { status: head.status, headers: head.headers, text }
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap()
    }

    /// The body has the shape of every error, and these words in its message.
    #[track_caller]
    pub(crate) fn assert_error(&self, status: StatusCode, words: &str) {
        assert_eq!(self.status, status, "{self:?}");
        let body = self.json();
        let keys: Vec<&String> = body.as_object().unwrap().keys().collect();
        assert_eq!(keys, ["detail", "message"]);
        assert!(body["message"].as_str().unwrap().contains(words), "{self:?}");
    }
}

pub(crate) fn service_over(
    store: &FakeStore,
    source: FakeSource,
    transcriber: Arc<dyn Transcriber>,
    settings: Settings,
) -> Service {
    let ports = Ports { source: Arc::new(source), transcriber, store: Arc::new(store.clone()) };
    Service::new(Pipeline::new(ports, policy()), settings)
}

pub(crate) fn request(method: Method, path: &str, body: impl Into<Body>) -> Request<Body> {
    let request = Request::builder().method(method).uri(path).header(header::HOST, HOST);
    request.body(body.into()).unwrap()
}

pub(crate) fn post(body: impl Into<Body>) -> Request<Body> {
    request(Method::POST, TRANSCRIBE, body)
}
