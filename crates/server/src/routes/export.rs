//! `GET /v1/devices/{id}/days/{date}/export`: a device's day as a file.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderValue, Uri, header};
use axum::response::{IntoResponse, Response};
use watchme_core::StoreError;
use watchme_core::rules::DaySlot;
use watchme_wire::subtitles::{Cue, srt_of, vtt_of};
use watchme_wire::{ErrorBody, ExportFormat, day_as_text};

use super::days::{read_slots, render_day};
use crate::Service;
use crate::request::parameters::{DayPath, parsed, query};
use crate::response::ApiError;

/// Download a device's day
///
/// As text with a line for each half hour, as subtitles with the times of the device's day from
/// midnight, or as JSON. If the segments of a slot are not kept, its text is one subtitle over the
/// half hour.
#[utoipa::path(
    get,
    path = "/v1/devices/{id}/days/{date}/export",
    tag = "export",
    params(
        ("id" = String, Path, min_length = 1, max_length = 255, description = "The device"),
        ("date" = String, Path, format = Date, description = "Its local day, `YYYY-MM-DD`"),
        ("format" = String, Query, pattern = "^(txt|srt|vtt|json)$", description = "`txt`, `srt`, `vtt` or `json`"),
    ),
    responses(
        (status = 200, description = "The file, without text if the day has none"),
        (status = 404, description = "No recording is of this device; `message` names similar ones",
            body = ErrorBody),
        (status = 422, description = "A parameter is invalid", body = ErrorBody),
        (status = 500, description = "The database cannot be read", body = ErrorBody),
    )
)]
pub(crate) async fn export(
    State(service): State<Service>,
    path: DayPath,
    uri: Uri,
) -> Result<Response, ApiError> {
    let expected = "`txt`, `srt`, `vtt` or `json`";
    let name: String = query(&uri, "format", expected)?.unwrap_or_default();
    let format: ExportFormat = parsed("query", "format", &name, expected)?;

    let slots = read_slots(&service, &path).await?;
    let mut response = match format {
        ExportFormat::Txt => day_as_text(&slots).into_response(),
        ExportFormat::Srt => srt_of(&read_cues(&service, &path, &slots).await?).into_response(),
        ExportFormat::Vtt => vtt_of(&read_cues(&service, &path, &slots).await?).into_response(),
        ExportFormat::Json => Json(render_day(&service, &path, &slots)).into_response(),
    };
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(format.media_type()));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    let name = format!("attachment; filename=\"{}\"", format.file_name(&path.device, path.date));
    let name = HeaderValue::from_str(&name).ok();
    headers.extend(name.map(|name| (header::CONTENT_DISPOSITION, name)));
    Ok(response)
}

async fn read_cues(
    service: &Service,
    DayPath { device, date }: &DayPath,
    slots: &[DaySlot],
) -> Result<Vec<Cue>, StoreError> {
    let spoken = service.pipeline.spoken(device, *date, slots).await?;
    Ok(spoken.iter().map(Cue::from).collect())
}
