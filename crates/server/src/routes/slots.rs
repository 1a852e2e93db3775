//! `/v1/devices/{id}/days/{date}/{time_block}`: how a slot came to its text.

use axum::Json;
use axum::extract::{Path, State};
use tracing::error;
use watchme_core::{ErrorChain, LedgerError, Slot};
use watchme_wire::{ErrorBody, ExplanationBody};

use crate::Service;
use crate::error::ApiError;
use crate::parameters::parsed;

/// Explain a slot
///
/// The recordings of a half hour, each with what was measured of its sound and every segment that
/// the model wrote, also those that were left out of the text, and why. For an empty text
/// `explanation` says how that came.
#[utoipa::path(
    get,
    path = "/v1/devices/{id}/days/{date}/{time_block}",
    params(
        ("id" = String, Path, description = "The device"),
        ("date" = String, Path, description = "Its local day, `YYYY-MM-DD`"),
        ("time_block" = String, Path, description = "The time in that day, `HH-MM`"),
    ),
    responses(
        (status = 200, description = "The slot. One without recordings has none here",
            body = ExplanationBody),
        (status = 422, description = "A part of the path does not fit", body = ErrorBody),
        (status = 500, description = "The database cannot be read", body = ErrorBody),
        (status = 501, description = "The database keeps no ledger; `message` says how it gets one",
            body = ErrorBody),
    )
)]
pub(crate) async fn explain_slot(
    State(service): State<Service>,
    Path((device, date, block)): Path<(String, String, String)>,
) -> Result<Json<ExplanationBody>, ApiError> {
    let slot = Slot {
        device: parsed("path", "id", &device, "1 to 255 bytes of text")?,
        date: parsed("path", "date", &date, "`YYYY-MM-DD`")?,
        block: parsed("path", "time_block", &block, "`HH-MM`")?,
    };
    let Some(ledger) = service.pipeline.ledger() else {
        return Err(ApiError::NoLedger("this service keeps no ledger".to_owned()));
    };
    match ledger.explain(&slot).await {
        Ok(explanation) => Ok(Json(ExplanationBody::from(&explanation))),
        Err(error @ LedgerError::NotInstalled { .. }) => Err(ApiError::NoLedger(error.to_string())),
        Err(error) => {
            error!(error = %ErrorChain(&error), "a slot could not be explained");
            Err(ApiError::Database(error.to_string()))
        }
    }
}
