//! `GET /`, `/health` and `/ready`: status of the service.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use watchme_core::Check;
use watchme_wire::{ChecksBody, HealthBody, ServiceBody};

use crate::Service;

/// Name the service
#[utoipa::path(
    get,
    path = "/",
    tag = "status",
    responses((status = 200, description = "Name and version of the service", body = ServiceBody))
)]
pub(crate) async fn service() -> Json<ServiceBody> {
    Json(ServiceBody::original())
}

/// Check that the process is alive
///
/// Answers at once, also while recordings are transcribed, and checks nothing else.
#[utoipa::path(
    get,
    path = "/health",
    tag = "status",
    responses((status = 200, description = "The process is alive", body = HealthBody))
)]
pub(crate) async fn health() -> Json<HealthBody> {
    Json(HealthBody::alive(env!("CARGO_PKG_VERSION")))
}

/// Check that requests can be served
///
/// Checks the model, the store and the source of recordings. Results are reused for a few seconds.
#[utoipa::path(
    get,
    path = "/ready",
    tag = "status",
    responses(
        (status = 200, description = "Requests can be served", body = ChecksBody),
        (status = 503, description = "They cannot, for the reasons given", body = ChecksBody),
    )
)]
pub(crate) async fn ready(State(service): State<Service>) -> (StatusCode, Json<ChecksBody>) {
    if service.runner.is_draining() {
        let check = Check::fail("service", "shutting down", "wait until it is back");
        let body = ChecksBody::from(&[check][..]);
        return (StatusCode::SERVICE_UNAVAILABLE, Json(body));
    }
    let body = service.readiness.checks().await;
    let status = if body.ok { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Json(ChecksBody::clone(&body)))
}
