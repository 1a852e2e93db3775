//! The body of a request: read within bounds, then parsed as the original does.

use axum::body::Body;
use axum::http::{HeaderMap, Request, header};
use futures_util::StreamExt;
use serde_json::Value;
use tokio::sync::Semaphore;
use tokio::time::timeout;
use watchme_wire::{IssueContext, ValidationIssue};

use super::json;
use crate::Limits;
use crate::response::ApiError;

/// Reads a body as JSON, or `null` if it is empty. A body of another media type becomes a string,
/// which no handler accepts. A large body takes a permit of `large` while it arrives.
pub(crate) async fn read(
    request: Request<Body>,
    limits: &Limits,
    large: &Semaphore,
) -> Result<Value, ApiError> {
    let (head, body) = request.into_parts();
    let bytes = timeout(limits.body_timeout, collect(body, limits, large));
    let bytes = bytes.await.map_err(|_| ApiError::BodyTimeout)??;
    if bytes.is_empty() {
        return Ok(Value::Null);
    }
    if !is_json(&head.headers) {
        return Ok(String::from_utf8_lossy(&bytes).into());
    }
    let text = std::str::from_utf8(&bytes).map_err(|_| ApiError::UnreadableBody)?;
    json::parse(text).map_err(|error| {
        ApiError::Invalid(vec![ValidationIssue {
            kind: "json_invalid".to_owned(),
            loc: vec!["body".into(), error.position.into()],
            msg: "JSON decode error".to_owned(),
            input: Value::Object(serde_json::Map::new()),
            ctx: Some(IssueContext { error: error.reason }),
            url: None,
        }])
    })
}

async fn collect(body: Body, limits: &Limits, large: &Semaphore) -> Result<Vec<u8>, ApiError> {
    let limit_bytes = limits.body_bytes;
    let mut chunks = body.into_data_stream();
    let (mut bytes, mut permit) = (Vec::new(), None);
    while let Some(chunk) = chunks.next().await {
        // The connection broke: nobody will read the answer.
        let chunk = chunk.map_err(|_| ApiError::UnreadableBody)?;
        if bytes.len() + chunk.len() > limit_bytes {
            return Err(ApiError::BodyTooLarge { limit_bytes });
        }
        if permit.is_none() && bytes.len() + chunk.len() > limits.small_body_bytes {
            permit = Some(large.try_acquire().map_err(|_| ApiError::TooManyRequests)?);
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

/// True if the media type is JSON, or missing.
fn is_json(headers: &HeaderMap) -> bool {
    let Some(value) = headers.get(header::CONTENT_TYPE) else { return true };
    let Ok(value) = value.to_str() else { return false };
    let essence = value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    match essence.strip_prefix("application/") {
        Some(subtype) => subtype == "json" || subtype.ends_with("+json"),
        None => essence.is_empty(),
    }
}
