//! `/v1/devices/{id}/days/{date}/export`: a device's day as a file.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::{HeaderValue, Uri, header};
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use tracing::error;
use watchme_core::rules::DaySlot;
use watchme_core::{DeviceId, ErrorChain, LocalDate, StoreError};
use watchme_wire::subtitles::{Cue, srt_of, vtt_of};
use watchme_wire::{ErrorBody, ExportFormat, day_as_text};

use super::days;
use crate::Service;
use crate::error::ApiError;
use crate::parameters::{self, parsed};

/// Download a device's day
///
/// As text with a line for each half hour, as subtitles whose times are those of the device's day
/// from midnight, or as JSON. Of a slot whose segments are not kept the subtitles say the text over
/// its half hour.
#[utoipa::path(
    get,
    path = "/v1/devices/{id}/days/{date}/export",
    params(
        ("id" = String, Path, description = "The device"),
        ("date" = String, Path, description = "Its local day, `YYYY-MM-DD`"),
        ("format" = String, Query, description = "`txt`, `srt`, `vtt` or `json`"),
    ),
    responses(
        (status = 200, description = "The file. One of a day without text has none"),
        (status = 422, description = "A part of the address does not fit", body = ErrorBody),
        (status = 500, description = "The database cannot be read", body = ErrorBody),
    )
)]
pub(crate) async fn export(
    State(service): State<Service>,
    Path((device, date)): Path<(String, String)>,
    uri: Uri,
) -> Result<Response, ApiError> {
    let device: DeviceId = parsed("path", "id", &device, "1 to 255 bytes of text")?;
    let date: LocalDate = parsed("path", "date", &date, "`YYYY-MM-DD`")?;
    let expected = "`txt`, `srt`, `vtt` or `json`";
    let name: String = parameters::query(&uri, "format", expected)?.unwrap_or_default();
    let format: ExportFormat = parsed("query", "format", &name, expected)?;

    let slots = service.pipeline.day(&device, date, Timestamp::now()).await;
    let slots = slots.map_err(unreadable)?;
    let mut response = match format {
        ExportFormat::Txt => day_as_text(&slots).into_response(),
        ExportFormat::Srt => srt_of(&cues(&service, &device, date, &slots).await?).into_response(),
        ExportFormat::Vtt => vtt_of(&cues(&service, &device, date, &slots).await?).into_response(),
        ExportFormat::Json => Json(days::body(&service, &device, date, &slots)).into_response(),
    };
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(format.media_type()));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    let name = format!("attachment; filename=\"{}\"", format.file_name(&device, date));
    let name = HeaderValue::from_str(&name).ok();
    headers.extend(name.map(|name| (header::CONTENT_DISPOSITION, name)));
    Ok(response)
}

async fn cues(
    service: &Service,
    device: &DeviceId,
    date: LocalDate,
    slots: &[DaySlot],
) -> Result<Vec<Cue>, ApiError> {
    let spoken = service.pipeline.spoken(device, date, slots).await.map_err(unreadable)?;
    Ok(spoken.iter().map(Cue::from).collect())
}

#[expect(clippy::needless_pass_by_value, reason = "what `map_err` hands over")]
fn unreadable(error: StoreError) -> ApiError {
    error!(error = %ErrorChain(&error), "a day could not be read");
    ApiError::Database(error.to_string())
}
