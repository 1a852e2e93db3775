//! `GET /v1/devices`: every device with its backlog.

use axum::Json;
use axum::extract::State;
use watchme_wire::{DevicesBody, ErrorBody};

use crate::Service;
use crate::response::ApiError;

/// List devices
///
/// Returns every device that has a recording, with its backlog, read from the store.
#[utoipa::path(
    get,
    path = "/v1/devices",
    tag = "devices",
    responses(
        (status = 200, description = "The devices, ordered by id", body = DevicesBody),
        (status = 500, description = "The database cannot be read", body = ErrorBody),
        (status = 501, description = "The database has no table of claims; `message` says how to \
            add it", body = ErrorBody),
    )
)]
pub(crate) async fn list_devices(
    State(service): State<Service>,
) -> Result<Json<DevicesBody>, ApiError> {
    let devices = service.claims()?.devices().await?;
    Ok(Json(DevicesBody::new(&devices)))
}
