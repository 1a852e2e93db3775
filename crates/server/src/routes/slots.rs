//! `GET /v1/devices/{id}/days/{date}/{time_block}`: explains the text of a slot.

use axum::Json;
use axum::extract::State;
use watchme_wire::{ErrorBody, ExplanationBody};

use super::unknown::refuse_unknown;
use crate::Service;
use crate::request::parameters::SlotPath;
use crate::response::ApiError;

/// Explain a slot
///
/// Returns the recordings of a half hour, each with measurements of its sound and every segment that
/// the model produced, including those left out of the text, with the reason. `explanation` says why
/// a text is empty.
#[utoipa::path(
    get,
    path = "/v1/devices/{id}/days/{date}/{time_block}",
    tag = "slots",
    params(
        ("id" = String, Path, min_length = 1, max_length = 255, description = "The device"),
        ("date" = String, Path, format = Date, description = "Its local day, `YYYY-MM-DD`"),
        ("time_block" = String, Path, pattern = r"^([01]\d|2[0-3])-[0-5]\d$", description = "The time of that day, `HH-MM`"),
    ),
    responses(
        (status = 200, description = "The slot, with an empty list if it has no recordings",
            body = ExplanationBody),
        (status = 404, description = "No recording is of this device; `message` names similar ones",
            body = ErrorBody),
        (status = 422, description = "A parameter is invalid", body = ErrorBody),
        (status = 500, description = "The database cannot be read", body = ErrorBody),
        (status = 501, description = "The database has no ledger; `message` says how to add it",
            body = ErrorBody),
    )
)]
pub(crate) async fn explain_slot(
    State(service): State<Service>,
    SlotPath(slot): SlotPath,
) -> Result<Json<ExplanationBody>, ApiError> {
    let explanation = service.ledger()?.explain(&slot).await?;
    if explanation.recordings.is_empty() && explanation.text.is_none() {
        refuse_unknown(&service, &slot.device).await?;
    }
    Ok(Json(ExplanationBody::from(&explanation)))
}
