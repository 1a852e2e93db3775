//! `GET /metrics`: figures for a monitoring system.

use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};

use crate::Service;
use crate::metrics::CONTENT_TYPE;
use crate::response::ApiError;

/// Get metrics
///
/// Requests, recordings, runs and memory of this process since its start, and the store's backlog,
/// at most a few seconds old, for Prometheus.
#[utoipa::path(
    get,
    path = "/metrics",
    tag = "metrics",
    responses((status = 200, description = "The figures, as OpenMetrics text", body = String,
        content_type = CONTENT_TYPE))
)]
pub(crate) async fn metrics(State(service): State<Service>) -> Result<Response, ApiError> {
    service.metrics.refresh().await;
    // Reads the memory usage from a file of the operating system.
    let text = tokio::task::spawn_blocking(move || service.metrics.text());
    match text.await {
        Ok(Ok(text)) => Ok(([(header::CONTENT_TYPE, CONTENT_TYPE)], text).into_response()),
        _ => Err(ApiError::Fault),
    }
}
