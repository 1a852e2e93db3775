//! Errors of these paths in OpenAI's shape, including errors of the layers around them.

use std::sync::Arc;

use axum::extract::Request;
use axum::http::header;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::refusal::Refusal;
use crate::response::ApiError;
use crate::response::drain_body::UnreadBody;

/// True if a path belongs to OpenAI's API.
pub(crate) fn is_of_openai(path: &str) -> bool {
    let below = |folder: &str| path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'));
    path == "/v1/models" || below("/v1/models") || below("/v1/audio")
}

/// Converts errors of these paths to OpenAI's shape, after reading what the client still sends.
pub(crate) async fn shape_errors(request: Request, next: Next) -> Response {
    if !is_of_openai(request.uri().path()) {
        return next.run(request).await;
    }
    let (request, unread) = UnreadBody::wrap(request);
    let response = next.run(request).await;
    if !response.status().is_client_error() && !response.status().is_server_error() {
        return response;
    }
    unread.drain().await;
    let (mut head, body) = response.into_parts();
    let Some(error) = head.extensions.remove::<Arc<ApiError>>() else {
        return Response::from_parts(head, body);
    };
    let (refusal, body) = Refusal::from(&*error).into_response().into_parts();
    head.headers.remove(header::CONTENT_LENGTH);
    head.headers.extend(refusal.headers);
    Response::from_parts(head, body)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_paths_of_openai_are_of_openai() {
        for path in ["/v1/models", "/v1/models/base", "/v1/models/a/b", "/v1/audio/translations"] {
            assert!(is_of_openai(path), "{path}");
        }
        for path in ["/", "/v1", "/v1/runs", "/v1/modelsx", "/v1/audio", "/v1/devices/models"] {
            assert!(!is_of_openai(path), "{path}");
        }
    }
}
