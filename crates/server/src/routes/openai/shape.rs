//! The errors of these paths in OpenAI's shape, also where something before them refuses.

use std::sync::Arc;

use axum::extract::Request;
use axum::http::header;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::refusal::Refusal;
use crate::error::ApiError;
use crate::linger::Lingering;

/// Whether a path is one that clients of OpenAI ask for.
pub(crate) fn is_of_openai(path: &str) -> bool {
    let below = |folder: &str| path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'));
    path == "/v1/models" || below("/v1/models") || below("/v1/audio")
}

/// Tells errors of these paths as clients of OpenAI read them, once the client has sent what it
/// was about to send.
pub(crate) async fn in_its_shape(request: Request, next: Next) -> Response {
    if !is_of_openai(request.uri().path()) {
        return next.run(request).await;
    }
    let (request, lingering) = Lingering::over(request);
    let response = next.run(request).await;
    if !response.status().is_client_error() && !response.status().is_server_error() {
        return response;
    }
    lingering.read_away().await;
    let (mut head, body) = response.into_parts();
    let Some(error) = head.extensions.remove::<Arc<ApiError>>() else {
        return Response::from_parts(head, body);
    };
    let (told, body) = Refusal::from(&*error).into_response().into_parts();
    head.headers.remove(header::CONTENT_LENGTH);
    head.headers.extend(told.headers);
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
