//! Checks of any bytes that are sent as the body of a request. Used by the fuzzer and by the
//! tests.

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::http::request::Builder;
use axum::http::{Request, StatusCode, header};
use serde_json::Value;
use tokio::runtime::{self, Runtime};
use tower::ServiceExt as _;
use watchme_app::Uploads;
use watchme_server::{Service, Settings};
use watchme_testkit::sample::{key_of, options};
use watchme_testkit::{FakeSource, FakeStore, FakeTranscriber, RecordingSeed, pipeline_over};

/// Every path that takes JSON. The last waits for the runs that those before it started.
const PATHS: [&str; 4] = ["/async-process", "/reprocess-failed", "/v1/runs", TRANSCRIBE];

const TRANSCRIBE: &str = "/fetch-and-transcribe";

/// Path that takes a form, with the boundary that separates its parts.
const UPLOAD: &str = "/v1/audio/transcriptions";
const FORM: &str = "multipart/form-data; boundary=x";

/// Largest error body, whatever the size of the request: 32 issues, each with its words and at most
/// 1 kB of its value, doubled where JSON escapes it.
const MAX_ERROR_BYTES: usize = 128 * 1024;

/// A service with one recording, and the runtime it lives in.
pub(crate) struct World {
    runtime: Runtime,
    router: Router,
    source: FakeSource,
    store: FakeStore,
}

impl World {
    pub(crate) fn new() -> Self {
        let runtime =
            runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
        let inside = runtime.enter();
        let source = FakeSource::new([(key_of("12-00"), "12-00")]);
        let store = FakeStore::new([RecordingSeed::at("12-00")]);
        let pipeline = pipeline_over(source.clone(), FakeTranscriber::new(), store.clone());
        let models = vec!["base".parse().expect("a name")];
        let uploads = Uploads::new(std::env::temp_dir().join("watchme-uploads"), 1 << 20);
        let settings = Settings::new(options(), models, uploads);
        let router = watchme_server::router(Service::new(pipeline, settings));
        drop(inside);
        Self { runtime, router, source, store }
    }

    /// Sends `bytes` to every path that takes JSON; panics if the answer is not one that a client can read.
    #[allow(dead_code, reason = "the fuzzer has a target for each")]
    pub(crate) fn check(&self, bytes: &[u8]) {
        for path in PATHS {
            self.runtime.block_on(self.send(path, bytes));
        }
        // Waits for runs that the third path started and the last did not join. Runs are serial.
        let nothing = br#"{"file_paths":["files/none.wav"]}"#;
        self.runtime.block_on(self.send(TRANSCRIBE, nothing));
        // Only the service may grow now.
        self.source.forget_fetches();
        self.store.forget_operations();
    }

    /// Sends `bytes` as the form of an upload, whose parts are separated by `--x`; panics if the
    /// answer is not one that a client of OpenAI can read.
    #[allow(dead_code, reason = "the fuzzer has a target for each")]
    pub(crate) fn check_form(&self, bytes: &[u8]) {
        let request = Request::post(UPLOAD).header(header::CONTENT_TYPE, FORM);
        let (status, text) = self.runtime.block_on(self.answer(request, bytes));
        if status.is_success() {
            return;
        }
        assert!(status.is_client_error(), "{status} {}", String::from_utf8_lossy(&text));
        let body: Value = serde_json::from_slice(&text).expect("JSON");
        assert!(
            body["error"]["message"].is_string() && body["error"]["type"].is_string(),
            "{body}"
        );
        assert!(text.len() <= MAX_ERROR_BYTES, "{} bytes", text.len());
    }

    async fn answer(&self, request: Builder, bytes: &[u8]) -> (StatusCode, Bytes) {
        let request = request.header(header::HOST, "localhost");
        let request = request.body(Body::from(bytes.to_vec())).expect("a request");
        let Ok(answer) = self.router.clone().oneshot(request).await;
        let status = answer.status();
        (status, to_bytes(answer.into_body(), usize::MAX).await.expect("a body"))
    }

    async fn send(&self, path: &str, bytes: &[u8]) {
        let (status, text) = self.answer(Request::post(path), bytes).await;
        let body: Value = serde_json::from_slice(&text).expect("JSON");
        if status.is_success() {
            return;
        }
        let refusals = [
            StatusCode::BAD_REQUEST,
            StatusCode::UNPROCESSABLE_ENTITY,
            StatusCode::NOT_IMPLEMENTED,
            StatusCode::SERVICE_UNAVAILABLE,
        ];
        assert!(refusals.contains(&status), "{path}: {status} {body}");
        let keys: Vec<&String> = body.as_object().expect("an object").keys().collect();
        assert_eq!(keys, ["detail", "message"]);
        assert!(text.len() <= MAX_ERROR_BYTES, "{path}: {} bytes", text.len());
    }
}
