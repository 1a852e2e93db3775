//! `/v1/schedule`: when the schedule fires, and what it did.

use axum::Json;
use axum::extract::State;
use watchme_wire::ScheduleBody;

use crate::Service;
use crate::render::time;

/// Look at the schedule
///
/// When it fires next, and what became of its 20 latest firings, the newest first: where each
/// looked, what it found, and each recording with its outcome. That of this process: another
/// machine with the same schedule keeps its own.
#[utoipa::path(
    get,
    path = "/v1/schedule",
    responses((status = 200, description = "The schedule", body = ScheduleBody))
)]
pub(crate) async fn schedule(State(service): State<Service>) -> Json<ScheduleBody> {
    let schedule = service.settings.schedule.as_ref();
    let (next, firings) = service.firings.told();
    Json(ScheduleBody {
        schedule: schedule.map(|schedule| schedule.when.clone()),
        zone: schedule.and_then(|schedule| schedule.zone.clone()),
        next_at: next.map(time),
        look_back_hours: schedule.map(|schedule| schedule.look_back.as_secs_f64() / 3600.0),
        skip_hours: schedule.map(|schedule| schedule.skip.to_string()),
        firings,
    })
}
