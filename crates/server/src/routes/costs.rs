//! `/v1/costs/{month}`: what the recordings of a month took and cost.

use axum::Json;
use axum::extract::{Path, State};
use tracing::error;
use watchme_core::{ErrorChain, LedgerError, Month};
use watchme_wire::{CostsBody, ErrorBody};

use crate::Service;
use crate::error::ApiError;
use crate::parameters::parsed;

/// Look at the costs of a month
///
/// What the recordings of a local month took, of all devices, by the ledger: hours of audio and of
/// speech, time of work and of the processor, and with `WATCHME_HOURLY_PRICE` the money.
#[utoipa::path(
    get,
    path = "/v1/costs/{month}",
    params(("month" = String, Path, description = "The local month, `YYYY-MM`")),
    responses(
        (status = 200, description = "The costs. A month without recordings has none",
            body = CostsBody),
        (status = 422, description = "The month does not fit", body = ErrorBody),
        (status = 500, description = "The database cannot be read", body = ErrorBody),
        (status = 501, description = "The database keeps no ledger, or an earlier one; `message` \
            says how it gets one", body = ErrorBody),
    )
)]
pub(crate) async fn costs(
    State(service): State<Service>,
    Path(month): Path<String>,
) -> Result<Json<CostsBody>, ApiError> {
    let month: Month = parsed("path", "month", &month, "`YYYY-MM`")?;
    let Some(ledger) = service.pipeline.ledger() else {
        return Err(ApiError::NoLedger("this service keeps no ledger".to_owned()));
    };
    match ledger.costs(month).await {
        Ok(costs) => {
            let price = &service.settings.costs;
            Ok(Json(CostsBody::new(month, &costs, price.hourly_price, &price.currency)))
        }
        Err(error @ LedgerError::NotInstalled { .. }) => Err(ApiError::NoLedger(error.to_string())),
        Err(error) => {
            error!(error = %ErrorChain(&error), "the costs of a month could not be read");
            Err(ApiError::Database(error.to_string()))
        }
    }
}
