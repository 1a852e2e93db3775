//! The runs of a service, with a stand-in for it that answers with its types.

use std::collections::VecDeque;
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex};
use std::thread;

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::{Json, Router};
use serde_json::{Value, json};

use crate::sandbox::Sandbox;

const ID: &str = "01981a2b-0000-7000-8000-000000000000";

/// A service that answers each request with the next of its answers and records the requests.
#[derive(Clone)]
struct Stub {
    url: String,
    asked: Arc<Mutex<Vec<String>>>,
}

type Shared = (Arc<Mutex<VecDeque<Response>>>, Arc<Mutex<Vec<String>>>);

impl Stub {
    fn answering(answers: impl IntoIterator<Item = Response>) -> Self {
        let answers = Arc::new(Mutex::new(answers.into_iter().collect()));
        let asked = Arc::new(Mutex::new(Vec::new()));
        let router = Router::new().fallback(answer).with_state((answers, asked.clone()));
        let (told, address) = channel();
        thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.unwrap().block_on(async {
                let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
                told.send(listener.local_addr().unwrap()).unwrap();
                axum::serve(listener, router).await.unwrap();
            });
        });
        Self { url: format!("http://{}/prefix/", address.recv().unwrap()), asked }
    }

    fn sandbox(&self) -> Sandbox {
        Sandbox::new().with("WATCHME_SERVER_URL", &self.url)
    }

    fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

async fn answer(State((answers, asked)): State<Shared>, request: Request) -> Response {
    let (head, body) = request.into_parts();
    let body = axum::body::to_bytes(body, 1 << 20).await.unwrap();
    let header = |name| head.headers.get(name).map(|value| value.to_str().unwrap());
    let body = Some(std::str::from_utf8(&body).unwrap()).filter(|body| !body.is_empty());
    let mut line = format!("{} {}", head.method, head.uri);
    for part in [header("authorization"), header("last-event-id"), body].into_iter().flatten() {
        line = format!("{line} {part}");
    }
    asked.lock().unwrap().push(line);
    let next = answers.lock().unwrap().pop_front();
    next.unwrap_or_else(|| StatusCode::NOT_FOUND.into_response())
}

fn body(value: Value) -> Response {
    Json(value).into_response()
}

fn run(state: &str, error: Option<&str>) -> Value {
    let error = error.map(|kind| json!({ "kind": kind, "reason": "gone" }));
    let recording = json!({ "file": "a.wav", "device_id": null, "date": null, "time_block": null,
        "outcome": if error.is_some() { "failed" } else { "completed" }, "error": error,
        "heard": null });
    json!({ "id": ID, "state": state, "accepted_at": "2025-07-18T03:00:00.000Z",
        "started_at": null, "ended_at": null,
        "request": { "device_id": "d1", "date": "2025-07-18" },
        "progress": { "recordings": 4, "completed": 1, "failed": 0, "current":
            { "file": "a.wav", "seconds_done": 30.0, "seconds_total": 60.0 } },
        "last_event": 3, "error": null,
        "report": { "summary": { "total_files": 1, "already_completed": 0,
            "pending_processed": 1, "errors": 0 }, "recordings": [recording] } })
}

fn stream(events: &[(u32, Value)]) -> Response {
    let events = events.iter().map(|(id, data)| format!("id: {id}\ndata: {data}\n\n"));
    let text = events.collect::<Vec<_>>().concat();
    ([("content-type", "text/event-stream")], text).into_response()
}

fn started() -> Value {
    json!({ "type": "run_started", "at": "2025-07-18T03:00:00.000Z" })
}

fn ended() -> Value {
    json!({ "type": "run_finished", "at": "2025-07-18T03:01:00.000Z", "state": "finished",
        "report": null, "error": null })
}

#[test]
fn runs_are_listed_with_their_percentage() {
    let runs = json!({ "runs": [run("running", None)] });
    let stub = Stub::answering([body(runs.clone()), body(runs.clone())]);
    let listed = stub.sandbox().with("WATCHME_API_KEY", "secret-key").run(&["runs"]).expect(0);
    assert_eq!(
        listed.stdout,
        format!("{ID}  running    37 %  1 of 4 completed, 0 failed  d1 2025-07-18\n")
    );
    let listed = stub.sandbox().run(&["runs", "list", "--limit", "5", "--json"]).expect(0).json();
    assert_eq!(listed["runs"][0]["id"], ID);
    assert_eq!(
        stub.asked(),
        ["GET /prefix/v1/runs?limit=20 Bearer secret-key", "GET /prefix/v1/runs?limit=5"]
    );
}

#[test]
fn a_run_with_failures_ends_with_1_and_one_with_missing_objects_does_not() {
    for (state, error, code) in [
        ("finished", None, 0),
        ("finished", Some("missing"), 0),
        ("finished", Some("damaged_audio"), 1),
        ("cancelled", None, 1),
    ] {
        let stub = Stub::answering([body(run(state, error))]);
        stub.sandbox().run(&["runs", "show", ID]).expect(code);
    }
}

#[test]
fn a_follower_takes_up_a_lost_connection_where_it_broke_off() {
    let middle = json!({ "type": "not_known_yet", "at": "2025-07-18T03:00:01.000Z" });
    let stub = Stub::answering([
        stream(&[(1, started())]),
        StatusCode::BAD_GATEWAY.into_response(),
        stream(&[(2, middle.clone()), (3, ended())]),
    ]);
    let followed = stub.sandbox().run(&["runs", "follow", ID, "--json"]).expect(0);
    let lines: Vec<Value> =
        followed.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines, [started(), middle, ended()]);
    let path = format!("GET /prefix/v1/runs/{ID}/events");
    assert_eq!(stub.asked(), [path.clone(), format!("{path} 1"), format!("{path} 1")]);
    assert!(followed.stderr.contains("reconnecting"), "{followed:#?}");
}

#[test]
fn a_run_is_started_followed_and_cancelled() {
    let accepted = json!({ "id": ID, "state": "running", "joined": true });
    let cancelled = json!({ "id": ID, "state": "running", "latency": "at once" });
    let stub = Stub::answering([
        body(accepted.clone()),
        body(accepted),
        stream(&[(1, started()), (2, ended())]),
        body(cancelled),
    ]);
    let sandbox = stub.sandbox();
    let day = ["--device", "d1", "--date", "2025-07-18", "--blocks", "12-00"];
    let started = sandbox.run(&[&["runs", "start"][..], &day].concat()).expect(0);
    assert_eq!(started.stdout, format!("{ID}\n"));
    assert!(started.stderr.contains("an equal run"), "{started:#?}");
    let followed = sandbox.run(&["runs", "start", "--follow", "--paths", "a.wav"]).expect(0);
    assert!(followed.stdout.ends_with("run finished\n"), "{followed:#?}");
    let cancelled = sandbox.run(&["runs", "cancel", ID]).expect(0);
    assert!(cancelled.stderr.contains("at once"), "{cancelled:#?}");
    assert_eq!(
        stub.asked(),
        [
            r#"POST /prefix/v1/runs {"device_id":"d1","local_date":"2025-07-18","time_blocks":["12-00"]}"#
                .to_owned(),
            r#"POST /prefix/v1/runs {"file_paths":["a.wav"]}"#.to_owned(),
            format!("GET /prefix/v1/runs/{ID}/events"),
            format!("DELETE /prefix/v1/runs/{ID}"),
        ]
    );
}

#[test]
fn what_the_service_says_is_told_and_a_key_never_is() {
    let refused = json!({ "detail": "Not authenticated", "message": "send a key" });
    let refused = (StatusCode::UNAUTHORIZED, Json(refused)).into_response();
    let stub = Stub::answering([refused, body(json!({ "hello": 1 }))]);
    let sandbox = stub.sandbox().with("WATCHME_API_KEY", "secret-key");
    let run = sandbox.run(&["runs", "follow", ID]).expect(2);
    assert!(
        run.stderr
            .contains("401 Unauthorized: send a key\nhint: set your key in `WATCHME_API_KEY`"),
        "{run:#?}"
    );
    assert!(!run.stderr.contains("secret-key"), "{run:#?}");
    let run = sandbox.run(&["runs"]).expect(2);
    assert!(run.stderr.contains("is not this service"), "{run:#?}");
    let run = sandbox.run(&["runs", "--server", "http://127.0.0.1:1"]).expect(2);
    assert!(
        run.stderr.contains("the service at http://127.0.0.1:1/ cannot be reached"),
        "{run:#?}"
    );
    let run = sandbox.run(&["runs", "--server", "http://me:pw@127.0.0.1"]).expect(2);
    assert!(run.stderr.contains("without user, password"), "{run:#?}");
}
