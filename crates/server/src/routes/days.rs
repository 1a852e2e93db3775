//! `/v1/devices/{id}/days/{date}`: a device's day, slot by slot.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::{Path, State};
use jiff::Timestamp;
use tracing::error;
use watchme_core::rules::DaySlot;
use watchme_core::{DeviceId, ErrorChain, LocalDate};
use watchme_runner::Runner;
use watchme_wire::{DaySlotsBody, ErrorBody, SlotBody, SlotStateName};

use crate::Service;
use crate::error::ApiError;
use crate::parameters::parsed;

/// Look at a device's day
///
/// The 48 half hours, straight from the store, so that any machine can answer: state and text, and
/// where the database keeps claims, who works on the recording or when the next attempt may be.
/// For a recording that waits, `reason` says why the latest attempt failed.
#[utoipa::path(
    get,
    path = "/v1/devices/{id}/days/{date}",
    params(
        ("id" = String, Path, description = "The device"),
        ("date" = String, Path, description = "Its local day, `YYYY-MM-DD`"),
    ),
    responses(
        (status = 200, description = "The day. One without recordings has its slots as well",
            body = DaySlotsBody),
        (status = 422, description = "A part of the path does not fit", body = ErrorBody),
        (status = 500, description = "The database cannot be read", body = ErrorBody),
    )
)]
pub(crate) async fn day(
    State(service): State<Service>,
    Path((device, date)): Path<(String, String)>,
) -> Result<Json<DaySlotsBody>, ApiError> {
    let device: DeviceId = parsed("path", "id", &device, "1 to 255 bytes of text")?;
    let date: LocalDate = parsed("path", "date", &date, "`YYYY-MM-DD`")?;
    let slots = service.pipeline.day(&device, date, Timestamp::now()).await.map_err(|error| {
        error!(error = %ErrorChain(&error), "a day could not be read");
        ApiError::Database(error.to_string())
    })?;
    Ok(Json(body(&service, &device, date, &slots)))
}

/// The body of a day, with what this very process knows of recordings that wait.
pub(super) fn body(
    service: &Service,
    device: &DeviceId,
    date: LocalDate,
    slots: &[DaySlot],
) -> DaySlotsBody {
    let mut body = DaySlotsBody::new(device, date, slots);
    let mut reasons = reasons(&service.runner, device, date);
    let unexplained =
        |slot: &&mut SlotBody| slot.state == SlotStateName::Waiting && slot.reason.is_none();
    for slot in body.slots.iter_mut().filter(unexplained) {
        slot.reason = reasons.remove(&slot.time_block);
    }
    body
}

/// Why the latest runs that are kept failed, by block of the day, for a store without claims.
fn reasons(runner: &Runner, device: &DeviceId, date: LocalDate) -> BTreeMap<String, String> {
    let runs = runner.list(usize::MAX);
    let reports = runs.iter().rev().filter_map(|run| run.result.as_ref()?.as_ref().ok());
    let failed = reports.flat_map(|report| report.failed());
    let of_day = failed.filter_map(|(item, failure)| {
        let slot = item.slot.as_ref().filter(|slot| slot.device == *device && slot.date == date)?;
        Some((slot.block.to_string(), failure.reason.clone()))
    });
    // Of several the latest stays.
    of_day.collect()
}
