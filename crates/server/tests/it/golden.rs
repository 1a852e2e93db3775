//! The captured conversations of the original, replayed.

use axum::body::Body;
use axum::http::{Method, Request, StatusCode};
use serde_json::{Map, Value, json};
use watchme_core::{StoreError, TranscribeError};
use watchme_testkit::{FakeSource, FakeStore, RecordingSeed};

use crate::world::{Answer, HOST, World, request, settings};

const CAPTURE: &str = include_str!("../golden/original-http.txt");

const DEVICE: &str = "d067d407-cf73-4174-a9c1-d91fb60d64d0";

/// The headers that clients read.
const HEADERS: [&str; 9] = [
    "allow",
    "location",
    "content-type",
    "vary",
    "access-control-allow-origin",
    "access-control-allow-credentials",
    "access-control-allow-methods",
    "access-control-allow-headers",
    "access-control-max-age",
];

/// Keys that are not the original's. They stand after its own.
const NEW_KEYS: [&str; 2] = ["message", "error_details"];

/// Every case that is answered otherwise than by the original, on purpose.
enum Difference {
    /// The path is ours now; any other is as unknown as it was.
    OtherPath(&'static str),
    /// This status, and this in the body.
    Answer(StatusCode, fn(&Value) -> bool),
}

fn difference(case: &str) -> Option<Difference> {
    use Difference::{Answer, OtherPath};
    Some(match case {
        "HEAD /" => Answer(StatusCode::OK, Value::is_null),
        "unknown path" => OtherPath("/nowhere"),
        "bad date" => Answer(StatusCode::UNPROCESSABLE_ENTITY, |body| {
            body["detail"][0]["loc"] == json!(["body", "date"])
        }),
        "upstream mode db500" => Answer(StatusCode::INTERNAL_SERVER_ERROR, |body| {
            body["detail"] == "データベースクエリエラー: the store is unavailable"
        }),
        _ => return None,
    })
}

struct Case {
    name: String,
    method: Method,
    path: String,
    headers: Vec<(String, String)>,
    body: Option<String>,
    status: u16,
    answer_headers: Vec<(String, String)>,
    answer: String,
}

#[tokio::test]
async fn every_captured_case_is_answered_as_the_original_did() {
    let cases: Vec<Case> = CAPTURE.split("### ").skip(1).map(Case::parse).collect();
    assert_eq!(cases.len(), 23, "a case was lost in parsing");
    let mut world = captured_world();
    for mut case in cases {
        if let Some(mode) = case.name.strip_prefix("upstream mode ") {
            world = captured_world();
            break_store(&world.store, mode);
        }
        match difference(&case.name) {
            None => case.check(&world.send(case.request()).await),
            Some(Difference::OtherPath(path)) => {
                case.path = path.to_owned();
                case.check(&world.send(case.request()).await);
            }
            Some(Difference::Answer(status, is_right)) => {
                let answer = world.send(case.request()).await;
                assert_eq!(answer.status, status, "{}", case.name);
                let body = if answer.text.is_empty() { Value::Null } else { answer.json() };
                assert!(is_right(&body), "{}: {body}", case.name);
            }
        }
    }
}

/// The table and the bucket as they were when the original was captured.
fn captured_world() -> World {
    let row = |block: &str| {
        let recorded_at = format!("2025-07-18T{}:00+00:00", block.replace('-', ":"));
        RecordingSeed::new(recorded_at, path(block))
    };
    let mut rows = vec![row("11-30").in_status("completed")];
    rows.extend(["12-00", "12-30", "13-00", "13-30", "14-00"].map(row));
    rows.push(RecordingSeed::new("2025-07-18T14:30:00+00:00", "bad.wav"));
    let text = "おはようございます。今日は良い天気ですね。";
    let objects = [("12-00", text), ("12-30", ""), ("13-00", "broken"), ("14-00", text)];
    let objects = objects.map(|(block, said)| (path(block), said));
    let world = World::new(FakeStore::new(rows), FakeSource::new(objects), settings());
    world.transcriber.fail("broken", || TranscribeError::Engine { reason: "on purpose".into() });
    world
}

fn path(block: &str) -> String {
    format!("files/{DEVICE}/2025-07-18/{block}/audio.wav")
}

fn break_store(store: &FakeStore, mode: &str) {
    let unavailable = || StoreError::Unavailable {
        backend: "the store",
        retry_after: None,
        source: "status 500".into(),
    };
    match mode {
        "db500" => store.fail_reads(usize::MAX, unavailable),
        "upsert_fail" => store.fail_saves(usize::MAX, unavailable),
        "patch_fail" => store.fail_marks(usize::MAX, unavailable),
        other => panic!("unknown mode {other}"),
    }
}

impl Case {
    fn parse(text: &str) -> Self {
        let (name, rest) = text.split_once("\n$ curl ").unwrap();
        let (command, rest) = rest.split_once("\nHTTP/1.1 ").unwrap();
        let (head, answer) = rest.split_once("\n\n").unwrap();
        let (status, headers) = head.split_once('\n').unwrap();
        let header = |line: &str| {
            let (name, value) = line.split_once(':').unwrap();
            (name.trim().to_ascii_lowercase(), value.trim().to_owned())
        };
        let mut case = Self {
            name: name.to_owned(),
            method: Method::GET,
            path: String::new(),
            headers: Vec::new(),
            body: None,
            status: status[..3].parse().unwrap(),
            answer_headers: headers.lines().map(header).collect(),
            answer: answer.trim().to_owned(),
        };
        let (arguments, path) = command.rsplit_once(&format!("http://{HOST}")).unwrap();
        path.clone_into(&mut case.path);
        for argument in format!(" {arguments}").split(" -").skip(1) {
            let (flag, value) = argument.split_at(1);
            let value = value.trim();
            match flag {
                "I" => case.method = Method::HEAD,
                "X" => case.method = value.parse().unwrap(),
                "H" => case.headers.push(header(value)),
                "d" => case.body = Some(value.to_owned()),
                _ => panic!("unknown flag {flag}"),
            }
        }
        case
    }

    /// Request that curl sends for the command.
    fn request(&self) -> Request<Body> {
        let body = self.body.clone().map_or_else(Body::empty, Body::from);
        let mut request = request(self.method.clone(), &self.path, body);
        if self.body.is_some() && !self.headers.iter().any(|(name, _)| name == "content-type") {
            let form = "application/x-www-form-urlencoded".parse().unwrap();
            request.headers_mut().insert("content-type", form);
        }
        for (name, value) in self.headers.iter().filter(|(_, value)| !value.is_empty()) {
            let name = axum::http::HeaderName::try_from(name).unwrap();
            request.headers_mut().insert(name, value.parse().unwrap());
        }
        request
    }

    fn check(&self, answer: &Answer) {
        assert_eq!(answer.status.as_u16(), self.status, "{}: {answer:?}", self.name);
        for name in HEADERS {
            let captured = self.answer_headers.iter().find(|(header, _)| header == name);
            let captured = captured.map(|(_, value)| value.as_str());
            assert_eq!(answer.header(name), captured, "{}: {name}", self.name);
        }
        let Ok(captured) = serde_json::from_str::<Map<String, Value>>(&self.answer) else {
            assert_eq!(answer.text, self.answer, "{}", self.name);
            return;
        };
        let Value::Object(body) = answer.json() else { panic!("{}: {answer:?}", self.name) };
        assert_eq!(answer.text, serde_json::to_string(&body).unwrap(), "it is not compact");
        let count = captured.len();
        for key in body.keys().skip(count) {
            assert!(NEW_KEYS.contains(&key.as_str()), "{}: the key {key} is new", self.name);
        }
        let known = body.into_iter().take(count);
        assert_eq!(masked(known), masked(captured), "{}", self.name);
    }
}

/// The body as text, its keys in order, without the one value that differs from run to run.
fn masked(body: impl IntoIterator<Item = (String, Value)>) -> String {
    let body: Map<String, Value> = body
        .into_iter()
        .map(|(key, value)| match key.as_str() {
            "execution_time_seconds" => {
                assert!(value.is_f64(), "callers print it with one decimal");
                (key, json!(0.0))
            }
            _ => (key, value),
        })
        .collect();
    serde_json::to_string(&body).unwrap()
}
