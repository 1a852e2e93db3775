//! Documentation of the API: an OpenAPI document, and a page that shows it.

mod security;

use std::sync::{Arc, LazyLock};

use axum::Json;
use axum::extract::Path;
use axum::http::header;
use axum::response::{Html, IntoResponse, Response};
use utoipa::openapi::OpenApi as Document;
use utoipa::{Modify, OpenApi};
use utoipa_swagger_ui::Config;

use self::security::Security;
use crate::response::ApiError;

/// Title and text of the document, without its paths.
#[derive(OpenApi)]
#[openapi(info(
    title = "Whisper API for WatchMe",
    version = "1.0.0",
    description = "WatchMe統合システム用Whisper音声文字起こしAPI - Supabase連携専用",
    license(name = "MIT OR Apache-2.0")
))]
struct Head;

/// The page. Its URLs are relative, so that it also works behind a proxy that strips a prefix, and
/// it needs nothing from any other host.
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

/// Files of the page that come with the viewer.
const FILES: [&str; 3] = ["swagger-ui.css", "swagger-ui-bundle.js", "favicon-32x32.png"];

/// Content security policy. The viewer needs inline styles; everything else comes from this host.
const CONTENT_POLICY: &str =
    "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:";

/// Completes the document of the routes.
pub(super) fn describe(routes: Document) -> Document {
    let mut document = Head::openapi();
    document.merge(routes);
    Security.modify(&mut document);
    document
}

pub(crate) async fn openapi_json() -> Json<&'static Document> {
    static DOCUMENT: LazyLock<Document> = LazyLock::new(super::openapi);
    Json(&DOCUMENT)
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
