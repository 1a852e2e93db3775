//! `GET /v1/devices/{id}/months/{month}`: a device's month at a glance.

use axum::Json;
use axum::extract::State;
use jiff::Timestamp;
use watchme_wire::{ErrorBody, MonthBody};

use super::unknown::refuse_unknown;
use crate::Service;
use crate::request::parameters::DeviceMonthPath;
use crate::response::ApiError;

/// Get a device's month
///
/// Counts for each day the slots that have text, are silent, wait, or are quarantined, each in the
/// state that its day reports. Read from the store, without the texts.
#[utoipa::path(
    get,
    path = "/v1/devices/{id}/months/{month}",
    tag = "months",
    params(
        ("id" = String, Path, min_length = 1, max_length = 255, description = "The device"),
        ("month" = String, Path, pattern = r"^[1-9]\d{3}-(0[1-9]|1[0-2])$", description = "Its local month, `YYYY-MM`"),
    ),
    responses(
        (status = 200, description = "The month, with all its days", body = MonthBody),
        (status = 404, description = "No recording is of this device; `message` names similar ones",
            body = ErrorBody),
        (status = 422, description = "A parameter is invalid", body = ErrorBody),
        (status = 500, description = "The database cannot be read", body = ErrorBody),
    )
)]
pub(crate) async fn month(
    State(service): State<Service>,
    DeviceMonthPath { device, month }: DeviceMonthPath,
) -> Result<Json<MonthBody>, ApiError> {
    let days = service.pipeline.month(&device, month, Timestamp::now()).await?;
    let body = MonthBody::new(&device, month, &days);
    if body.days.iter().all(|day| day.text + day.silent + day.waiting + day.quarantined == 0) {
        refuse_unknown(&service, &device).await?;
    }
    Ok(Json(body))
}
