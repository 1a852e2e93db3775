//! `GET /v1/devices/{id}/days/{date}`: a device's day, slot by slot.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use jiff::Timestamp;
use watchme_core::rules::{DaySlot, SlotState};
use watchme_core::{DeviceId, LocalDate};
use watchme_runner::Runner;
use watchme_wire::{DaySlotsBody, ErrorBody, SlotBody, SlotStateName};

use super::unknown::refuse_unknown;
use crate::Service;
use crate::request::parameters::DayPath;
use crate::response::ApiError;

/// Get a device's day
///
/// Returns the 48 half hours with state and text, read from the store, so any machine can answer. If
/// the database keeps claims, also who works on a recording, or when the next attempt may start. For
/// a waiting recording, `reason` says why the latest attempt failed.
#[utoipa::path(
    get,
    path = "/v1/devices/{id}/days/{date}",
    tag = "days",
    params(
        ("id" = String, Path, min_length = 1, max_length = 255, description = "The device"),
        ("date" = String, Path, format = Date, description = "Its local day, `YYYY-MM-DD`"),
    ),
    responses(
        (status = 200, description = "The day, with all slots even if it has no recordings",
            body = DaySlotsBody),
        (status = 404, description = "No recording is of this device; `message` names similar ones",
            body = ErrorBody),
        (status = 422, description = "A parameter is invalid", body = ErrorBody),
        (status = 500, description = "The database cannot be read", body = ErrorBody),
    )
)]
pub(crate) async fn day(
    State(service): State<Service>,
    path: DayPath,
) -> Result<Json<DaySlotsBody>, ApiError> {
    let slots = read_slots(&service, &path).await?;
    Ok(Json(render_day(&service, &path, &slots)))
}

/// Reads the slots of a day of a known device.
pub(super) async fn read_slots(
    service: &Service,
    DayPath { device, date }: &DayPath,
) -> Result<Vec<DaySlot>, ApiError> {
    let slots = service.pipeline.day(device, *date, Timestamp::now()).await?;
    if slots.iter().all(|slot| slot.state == SlotState::NoRecording) {
        refuse_unknown(service, device).await?;
    }
    Ok(slots)
}

/// Renders the body of a day. Failure reasons that the store does not keep come from the runs of
/// this process.
pub(super) fn render_day(
    service: &Service,
    DayPath { device, date }: &DayPath,
    slots: &[DaySlot],
) -> DaySlotsBody {
    let mut body = DaySlotsBody::new(device, *date, slots);
    let mut reasons = failure_reasons(&service.runner, device, *date);
    let unexplained =
        |slot: &&mut SlotBody| slot.state == SlotStateName::Waiting && slot.reason.is_none();
    for slot in body.slots.iter_mut().filter(unexplained) {
        slot.reason = reasons.remove(&slot.time_block);
    }
    body
}

/// Collects the latest failure reason of each block from the runs that are kept.
fn failure_reasons(
    runner: &Runner,
    device: &DeviceId,
    date: LocalDate,
) -> BTreeMap<String, String> {
    let runs = runner.list(usize::MAX);
    let reports = runs.iter().rev().filter_map(|run| run.result.as_ref()?.as_ref().ok());
    let failed = reports.flat_map(|report| report.failed());
    let of_day = failed.filter_map(|(item, failure)| {
        let slot = item.slot.as_ref().filter(|slot| slot.device == *device && slot.date == date)?;
        Some((slot.block.to_string(), failure.reason.clone()))
    });
    // The latest of several remains.
    of_day.collect()
}
