//! Requests of OpenAI's clients.

mod bounds;
mod late;
mod refusals;
mod sockets;

use std::fmt::Write;

use axum::body::Body;
use axum::http::{Method, Request, StatusCode, header};
use serde_json::{Value, json};
use tempfile::TempDir;
use watchme_app::Uploads;
use watchme_core::Language;
use watchme_server::Settings;
use watchme_testkit::{FakeSource, FakeStore};

use crate::world::{Answer, World, request, settings};

const TRANSCRIPTIONS: &str = "/v1/audio/transcriptions";

/// Boundary between the parts of a form.
const BOUNDARY: &str = "between";

/// The largest recording here.
const MAX_BYTES: u64 = 100_000;

/// A service that keeps uploads in a folder of its own, and the folder.
fn world_with(settings: Settings) -> (World, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let uploads = Uploads::new(folder.path().to_owned(), MAX_BYTES);
    let source = FakeSource::new::<String, String>([]);
    let world = World::new(FakeStore::new([]), source, Settings { uploads, ..settings });
    (world, folder)
}

fn world() -> (World, TempDir) {
    world_with(settings())
}

/// A form of these fields; `file` has a name, as clients send it.
fn form(fields: &[(&str, &str)]) -> String {
    let mut form = String::new();
    for (name, value) in fields {
        let file = if *name == "file" { "; filename=\"speech.wav\"" } else { "" };
        let head = format!("Content-Disposition: form-data; name=\"{name}\"{file}");
        write!(form, "--{BOUNDARY}\r\n{head}\r\n\r\n{value}\r\n").unwrap();
    }
    form + &format!("--{BOUNDARY}--\r\n")
}

fn upload(body: impl Into<Body>) -> Request<Body> {
    let mut request = request(Method::POST, TRANSCRIPTIONS, body);
    let kind = format!("multipart/form-data; boundary={BOUNDARY}").parse().unwrap();
    request.headers_mut().insert(header::CONTENT_TYPE, kind);
    request
}

async fn send(world: &World, fields: &[(&str, &str)]) -> Answer {
    world.send(upload(form(fields))).await
}

/// Form with a recording and one more field.
async fn say(world: &World, said: &str, name: &str, value: &str) -> Answer {
    send(world, &[("file", said), ("model", "whisper-1"), (name, value)]).await
}

#[track_caller]
fn assert_empty(folder: &TempDir) {
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "an upload is left");
}

impl Answer {
    /// The body has the shape of OpenAI's errors.
    #[track_caller]
    fn assert_refused(&self, status: StatusCode, kind: &str, param: &Value, code: &Value) {
        assert_eq!(self.status, status, "{self:?}");
        assert_eq!(self.header("content-type"), Some("application/json"));
        let body = self.json();
        assert_eq!(body.as_object().unwrap().keys().collect::<Vec<_>>(), ["error"]);
        let error = &body["error"];
        let keys: Vec<&String> = error.as_object().unwrap().keys().collect();
        assert_eq!(keys, ["message", "type", "param", "code"]);
        assert!(!error["message"].as_str().unwrap().is_empty());
        assert_eq!((&error["type"], &error["param"], &error["code"]), (&json!(kind), param, code));
    }
}

#[tokio::test]
async fn each_format_is_as_openai_has_it() {
    let (world, folder) = world();
    let json = "application/json";
    let plain = "text/plain; charset=utf-8";
    for (format, content_type, expected) in [
        ("json", json, r#"{"text":"a <b","usage":{"type":"duration","seconds":60}}"#),
        (
            "verbose_json",
            json,
            concat!(
                r#"{"task":"transcribe","language":"japanese","duration":60.0,"text":"a <b","segments":[{"id":0,"#,
                r#""seek":0,"start":0.0,"end":60.0,"text":"a <b","tokens":[],"temperature":0.0,"#,
                r#""avg_logprob":-0.105360545,"compression_ratio":0.33333334,"no_speech_prob":0.1}],"#,
                r#""usage":{"type":"duration","seconds":60}}"#,
            ),
        ),
        ("text", plain, "a <b\n"),
        ("srt", plain, "1\n00:00:00,000 --> 00:01:00,000\na <b\n\n"),
        ("vtt", "text/vtt; charset=utf-8", "WEBVTT\n\n00:00:00.000 --> 00:01:00.000\na &lt;b\n\n"),
    ] {
        let answer = say(&world, "a <b", "response_format", format).await;
        assert_eq!(answer.status, StatusCode::OK, "{format}: {answer:?}");
        assert_eq!(answer.header("content-type"), Some(content_type), "{format}");
        assert_eq!(answer.text, expected, "{format}");
        assert_empty(&folder);
    }
    let unsaid = send(&world, &[("file", "a <b")]).await;
    assert_eq!(unsaid.json()["text"], "a <b");
    let streamed = say(&world, "a <b", "stream", "true").await;
    assert_eq!(streamed.header("content-type"), Some("text/event-stream"));
    assert_eq!(
        streamed.text,
        "data: {\"type\":\"transcript.text.delta\",\"delta\":\"a <b\"}\n\n\
         data: {\"type\":\"transcript.text.done\",\"text\":\"a <b\"}\n\n"
    );
}

#[tokio::test]
async fn silence_has_no_text_in_any_format() {
    let (world, _folder) = world();
    let verbose = say(&world, " ", "response_format", "verbose_json").await.json();
    assert_eq!((&verbose["text"], &verbose["segments"]), (&json!(""), &json!([])));
    assert_eq!(verbose["language"], "unknown");
    let fields = [("file", " "), ("response_format", "verbose_json"), ("language", "de")];
    assert_eq!(send(&world, &fields).await.json()["language"], "german");
    assert_eq!(say(&world, " ", "response_format", "text").await.text, "\n");
    assert_eq!(say(&world, " ", "response_format", "srt").await.text, "");
    assert_eq!(say(&world, " ", "response_format", "vtt").await.text, "WEBVTT\n\n");
    let streamed = say(&world, " ", "stream", "true").await;
    assert_eq!(streamed.text, "data: {\"type\":\"transcript.text.done\",\"text\":\"\"}\n\n");
}

#[tokio::test]
async fn model_and_language_are_those_of_the_form_wherever_they_stand_in_it() {
    let models = ["base", "small"].map(|name| name.parse().unwrap()).to_vec();
    let (world, _folder) = world_with(Settings { models, ..settings() });
    assert_ne!(settings().options.language, Language::Auto);
    let code = |code: &str| Language::Code(code.to_owned());
    for (fields, model, language) in [
        (&[("file", "a")][..], "base", Language::Auto),
        (&[("model", "whisper-1"), ("file", "a")], "base", Language::Auto),
        (&[("file", "a"), ("model", "small"), ("language", "ja")], "small", code("ja")),
        (&[("language", "EN"), ("file", "a"), ("model", "")], "base", code("en")),
        (&[("language", "ja-JP"), ("file", "a")], "base", code("ja")),
        (&[("language", "jpn"), ("file", "a")], "base", code("ja")),
        (&[("language", "Japanese"), ("file", "a")], "base", code("ja")),
        (&[("file", "a"), ("language", "auto"), ("model", "base")], "base", Language::Auto),
        (&[("model", "base"), ("file", "a"), ("model", "small")], "small", Language::Auto),
    ] {
        assert_eq!(send(&world, fields).await.status, StatusCode::OK, "{fields:?}");
        let options = world.transcriber.options().pop().unwrap();
        assert_eq!((options.model.as_str(), &options.language), (model, &language), "{fields:?}");
    }
}

#[tokio::test]
async fn what_means_nothing_here_is_taken_and_changes_nothing() {
    let (world, _folder) = world();
    let long = "x".repeat(50_000);
    for (name, value) in [
        ("prompt", long.as_str()),
        ("temperature", "0"),
        ("temperature", "1.0"),
        ("timestamp_granularities[]", "segment"),
        ("timestamp_granularities", "segment"),
        ("stream", "False"),
        ("include[]", "logprobs"),
        ("chunking_strategy", "auto"),
        ("whatever", &long),
    ] {
        let answer = say(&world, "a", name, value).await;
        assert_eq!(answer.json()["text"], "a", "{name}={value}");
    }
}

#[tokio::test]
async fn nothing_of_an_upload_is_kept() {
    let (world, folder) = world();
    say(&world, "a", "response_format", "json").await;
    assert_empty(&folder);
    assert_eq!(world.get("/v1/runs").await.json()["runs"], json!([]));
    assert!(world.store.operations().is_empty());
}

#[tokio::test]
async fn models_are_listed_by_the_names_that_a_form_may_have() {
    let models = ["base", "small"].map(|name| name.parse().unwrap()).to_vec();
    let (world, _folder) = world_with(Settings { models, ..settings() });
    let model = |id: &str| json!({ "id": id, "object": "model", "created": 0, "owned_by": "watchme-transcriber" });
    let listed = world.get("/v1/models").await;
    let all = [model("base"), model("small"), model("whisper-1")];
    assert_eq!(listed.json(), json!({ "object": "list", "data": all }));
    for id in ["base", "small", "whisper-1"] {
        assert_eq!(world.get(&format!("/v1/models/{id}")).await.json(), model(id));
    }
    for id in ["large", "BASE", "%FF", "%2F"] {
        let answer = world.get(&format!("/v1/models/{id}")).await;
        let (param, code) = (json!("model"), json!("model_not_found"));
        answer.assert_refused(StatusCode::NOT_FOUND, "invalid_request_error", &param, &code);
    }
}

#[tokio::test]
async fn a_model_that_is_called_so_is_meant_before_the_default() {
    let models = ["base", "whisper-1"].map(|name| name.parse().unwrap()).to_vec();
    let (world, _folder) = world_with(Settings { models, ..settings() });
    say(&world, "a", "response_format", "json").await;
    assert_eq!(world.transcriber.options()[0].model.as_str(), "whisper-1");
    assert_eq!(world.get("/v1/models").await.json()["data"].as_array().unwrap().len(), 2);
}
