//! `GET /v1/webhooks/deliveries`: latest deliveries of webhook events.

use axum::Json;
use axum::extract::State;
use axum::http::Uri;
use watchme_webhooks::{Delivery, LastAnswer};
use watchme_wire::{DeliveriesBody, DeliveryBody, ErrorBody};

use super::runs::Limit;
use crate::Service;
use crate::request::parameters::query;
use crate::response::ApiError;
use crate::response::render::time;

/// List deliveries of webhooks
///
/// Returns the state of the latest events at each receiver, newest first; none beyond a restart.
/// Empty if no receiver is set.
#[utoipa::path(
    get,
    path = "/v1/webhooks/deliveries",
    tag = "webhooks",
    params(("limit" = Option<usize>, Query, minimum = 1, maximum = 200, description = "Maximum number, 1 to 200; 20 by default")),
    responses(
        (status = 200, description = "The deliveries", body = DeliveriesBody),
        (status = 422, description = "A parameter is invalid", body = ErrorBody),
    )
)]
pub(crate) async fn deliveries(
    State(service): State<Service>,
    uri: Uri,
) -> Result<Json<DeliveriesBody>, ApiError> {
    let limit: Limit = query(&uri, "limit", "a whole number from 1 to 200")?.unwrap_or_default();
    let webhooks = service.settings.webhooks.as_ref();
    let latest = webhooks.map(|webhooks| webhooks.deliveries(limit.0)).unwrap_or_default();
    Ok(Json(DeliveriesBody {
        deliveries: latest.into_iter().map(render_delivery).collect(),
        dropped: webhooks.map_or(0, watchme_webhooks::Webhooks::dropped),
    }))
}

fn render_delivery(delivery: Delivery) -> DeliveryBody {
    let (last_status, last_error) = match delivery.last_answer {
        Some(LastAnswer::Status(code)) => (Some(code), None),
        Some(LastAnswer::None(why)) => (None, Some(why.to_owned())),
        None => (None, None),
    };
    DeliveryBody {
        event_id: delivery.event_id,
        event: delivery.event.to_owned(),
        host: delivery.host,
        state: delivery.state.as_str().to_owned(),
        attempts: delivery.attempts,
        last_status,
        last_error,
        created_at: time(delivery.created_at),
        last_attempt_at: delivery.last_attempt_at.map(time),
    }
}
