//! `/v1/devices/{id}/months/{month}`: a device's month at a glance.

use axum::Json;
use axum::extract::{Path, State};
use jiff::Timestamp;
use tracing::error;
use watchme_core::{DeviceId, ErrorChain, Month};
use watchme_wire::{ErrorBody, MonthBody};

use crate::Service;
use crate::error::ApiError;
use crate::parameters::parsed;

/// Look at a device's month
///
/// Of each day, how many slots have a text, were silent, wait, and were tried too often; each slot
/// is counted as its day says. Straight from the store, without the texts.
#[utoipa::path(
    get,
    path = "/v1/devices/{id}/months/{month}",
    params(
        ("id" = String, Path, description = "The device"),
        ("month" = String, Path, description = "Its local month, `YYYY-MM`"),
    ),
    responses(
        (status = 200, description = "The month, with all its days", body = MonthBody),
        (status = 422, description = "A part of the path does not fit", body = ErrorBody),
        (status = 500, description = "The database cannot be read", body = ErrorBody),
    )
)]
pub(crate) async fn month(
    State(service): State<Service>,
    Path((device, month)): Path<(String, String)>,
) -> Result<Json<MonthBody>, ApiError> {
    let device: DeviceId = parsed("path", "id", &device, "1 to 255 bytes of text")?;
    let month: Month = parsed("path", "month", &month, "`YYYY-MM`")?;
    let days = service.pipeline.month(&device, month, Timestamp::now()).await;
    let days = days.map_err(|error| {
        error!(error = %ErrorChain(&error), "a month could not be read");
        ApiError::Database(error.to_string())
    })?;
    Ok(Json(MonthBody::new(&device, month, &days)))
}
