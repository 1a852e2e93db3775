//! `GET /v1/schedule`: the schedule and its latest firings.

use axum::Json;
use axum::extract::State;
use watchme_wire::ScheduleBody;

use crate::Service;
use crate::response::render::time;

/// Get the schedule
///
/// The time of the next firing, and the 20 latest firings, newest first: the period each covered,
/// what it found, and the outcome of each recording. They belong to this process: another machine
/// with the same schedule keeps its own.
#[utoipa::path(
    get,
    path = "/v1/schedule",
    tag = "schedule",
    responses((status = 200, description = "The schedule", body = ScheduleBody))
)]
pub(crate) async fn schedule(State(service): State<Service>) -> Json<ScheduleBody> {
    let schedule = service.settings.schedule.as_ref();
    let (next, firings) = service.firings.latest();
    Json(ScheduleBody {
        schedule: schedule.map(|schedule| schedule.when.clone()),
        zone: schedule.and_then(|schedule| schedule.zone.clone()),
        next_at: next.map(time),
        look_back_hours: schedule.map(|schedule| schedule.look_back.as_secs_f64() / 3600.0),
        skip_hours: schedule.map(|schedule| schedule.skip.to_string()),
        firings,
    })
}
