//! The interface, described for programs and shown to people.

mod access;

use std::sync::Arc;

use axum::Json;
use axum::extract::Path;
use axum::http::header;
use axum::response::{Html, IntoResponse, Response};
use utoipa::OpenApi;
use utoipa::openapi::OpenApi as Document;
use utoipa_swagger_ui::Config;

use self::access::Access;
use crate::error::ApiError;
use crate::routes::{
    async_process, audio, costs, days, devices, events, export, feed, health_history, metrics,
    months, openai, reprocess, runs, schedule, session, slots, status, transcribe, webhooks,
};

/// The description of the interface.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Whisper API for WatchMe",
        version = "1.0.0",
        description = "WatchMe統合システム用Whisper音声文字起こしAPI - Supabase連携専用",
        license(name = "MIT OR Apache-2.0")
    ),
    paths(
        status::service,
        transcribe::fetch_and_transcribe,
        async_process::async_process,
        reprocess::reprocess_failed,
        runs::start_run,
        runs::list_runs,
        runs::show_run,
        runs::cancel_run,
        events::run_events,
        feed::feed,
        devices::list_devices,
        days::day,
        slots::explain_slot,
        audio::audio,
        export::export,
        months::month,
        costs::costs,
        schedule::schedule,
        health_history::health_history,
        webhooks::deliveries,
        session::sign_in,
        session::show_session,
        session::sign_out,
        openai::transcribe,
        openai::models::list_models,
        openai::models::show_model,
        status::health,
        status::ready,
        metrics::metrics
    ),
    modifiers(&Access)
)]
struct Interface;

/// The page. Its addresses are relative, so that it also works behind a proxy that strips a
/// prefix, and it needs nothing from any other host.
const PAGE: &str = r#"<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Whisper API for WatchMe</title>
<link rel="icon" type="image/png" href="docs/favicon-32x32.png">
<link rel="stylesheet" href="docs/swagger-ui.css">
</head>
<body>
<div id="swagger-ui"></div>
<script src="docs/swagger-ui-bundle.js"></script>
<script src="docs/page.js"></script>
</body>
</html>
"#;

const SCRIPT: &str = r##"window.ui = SwaggerUIBundle({
  url: "openapi.json",
  dom_id: "#swagger-ui",
  deepLinking: true,
  validatorUrl: null,
});
"##;

/// The files of the page that are shipped with the viewer.
const FILES: [&str; 3] = ["swagger-ui.css", "swagger-ui-bundle.js", "favicon-32x32.png"];

/// The viewer styles itself from within; everything else comes from here or not at all.
const CONTENT_POLICY: &str =
    "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:";

/// The description of the interface, as an OpenAPI document.
#[must_use]
pub fn openapi() -> Document {
    Interface::openapi()
}

pub(crate) async fn openapi_json() -> Json<Document> {
    Json(openapi())
}

pub(crate) async fn docs() -> Response {
    ([(header::CONTENT_SECURITY_POLICY, CONTENT_POLICY)], Html(PAGE)).into_response()
}

pub(crate) async fn docs_file(Path(name): Path<String>) -> Response {
    if name == "page.js" {
        return ([(header::CONTENT_TYPE, "text/javascript")], SCRIPT).into_response();
    }
    let config = Arc::new(Config::from("openapi.json"));
    let file = FILES.contains(&name.as_str()).then(|| utoipa_swagger_ui::serve(&name, config));
    match file {
        Some(Ok(Some(file))) => {
            ([(header::CONTENT_TYPE, file.content_type)], file.bytes).into_response()
        }
        _ => ApiError::NotFound.into_response(),
    }
}
