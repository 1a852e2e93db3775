//! `GET /v1/costs/{month}`: the costs of a month.

use axum::Json;
use axum::extract::State;
use watchme_wire::{CostsBody, ErrorBody};

use crate::Service;
use crate::request::parameters::MonthPath;
use crate::response::ApiError;

/// Get the costs of a month
///
/// Totals of the ledger for a local month over all devices: hours of audio and speech, working time,
/// CPU time, and the price if `WATCHME_HOURLY_PRICE` is set.
#[utoipa::path(
    get,
    path = "/v1/costs/{month}",
    tag = "costs",
    params(("month" = String, Path, pattern = r"^[1-9]\d{3}-(0[1-9]|1[0-2])$", description = "The local month, `YYYY-MM`")),
    responses(
        (status = 200, description = "The costs, all zero for a month without recordings",
            body = CostsBody),
        (status = 422, description = "The month is invalid", body = ErrorBody),
        (status = 500, description = "The database cannot be read", body = ErrorBody),
        (status = 501, description = "The database has no ledger or an older one; `message` says \
            how to add it", body = ErrorBody),
    )
)]
pub(crate) async fn costs(
    State(service): State<Service>,
    MonthPath(month): MonthPath,
) -> Result<Json<CostsBody>, ApiError> {
    let costs = service.ledger()?.costs(month).await?;
    let price = &service.settings.costs;
    Ok(Json(CostsBody::new(month, &costs, price.hourly_price, &price.currency)))
}
