//! `/v1/devices`: every device, and how far its recordings are.

use axum::Json;
use axum::extract::State;
use tracing::error;
use watchme_core::{ClaimError, ErrorChain};
use watchme_wire::{DevicesBody, ErrorBody};

use crate::Service;
use crate::error::ApiError;

/// List devices
///
/// Every device that has a recording, with its backlog, straight from the store.
#[utoipa::path(
    get,
    path = "/v1/devices",
    responses(
        (status = 200, description = "The devices, ordered by id", body = DevicesBody),
        (status = 500, description = "The database cannot be read", body = ErrorBody),
        (status = 501, description = "The database has no table of claims; `message` says how it \
            gets one", body = ErrorBody),
    )
)]
pub(crate) async fn list_devices(
    State(service): State<Service>,
) -> Result<Json<DevicesBody>, ApiError> {
    let Some(claiming) = &service.settings.claiming else {
        return Err(ApiError::NoClaims("this service keeps no claims".to_owned()));
    };
    match claiming.store.devices().await {
        Ok(devices) => Ok(Json(DevicesBody::new(&devices))),
        Err(error @ ClaimError::NotInstalled { .. }) => Err(ApiError::NoClaims(error.to_string())),
        Err(error) => {
            error!(error = %ErrorChain(&error), "the devices could not be read");
            Err(ApiError::Database(error.to_string()))
        }
    }
}
