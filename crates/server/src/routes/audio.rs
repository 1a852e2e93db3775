//! `/v1/devices/{id}/days/{date}/{time_block}/audio`: a recording, to be listened to.

use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use tracing::error;
use watchme_core::{ErrorChain, ObjectKey, Slot, SourceError};
use watchme_wire::ErrorBody;

use crate::Service;
use crate::error::ApiError;
use crate::parameters::{self, parsed};
use crate::playback::{NotPlayed, Playable, Wanted, wanted};

/// What somebody said is nobody else's, and no cache keeps it.
const PRIVATE: HeaderValue = HeaderValue::from_static("private, no-store");

/// Listen to a recording
///
/// The bytes as they were uploaded, all of them or those of the `Range` header. The recording is
/// fetched with the first request and kept for a minute after the last, so that players can seek.
#[utoipa::path(
    get,
    path = "/v1/devices/{id}/days/{date}/{time_block}/audio",
    params(
        ("id" = String, Path, description = "The device"),
        ("date" = String, Path, description = "Its local day, `YYYY-MM-DD`"),
        ("time_block" = String, Path, description = "The time in that day, `HH-MM`"),
        ("file" = String, Query, description = "The path of one of the slot's recordings"),
    ),
    responses(
        (status = 200, description = "The recording. Its type is told by its content"),
        (status = 206, description = "The part that the `Range` header names"),
        (status = 404, description = "The slot has no such recording, or its audio is gone",
            body = ErrorBody),
        (status = 416, description = "The recording has no such part", body = ErrorBody),
        (status = 422, description = "A part of the address does not fit", body = ErrorBody),
        (status = 500, description = "The database or the source refuses", body = ErrorBody),
        (status = 503, description = "The source cannot be reached, or too many recordings are \
            listened to", body = ErrorBody),
    )
)]
pub(crate) async fn audio(
    State(service): State<Service>,
    Path((device, date, block)): Path<(String, String, String)>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let slot = Slot {
        device: parsed("path", "id", &device, "1 to 255 bytes of text")?,
        date: parsed("path", "date", &date, "`YYYY-MM-DD`")?,
        block: parsed("path", "time_block", &block, "`HH-MM`")?,
    };
    let expected = "the path of a recording of the slot";
    let file: String = parameters::query(&uri, "file", expected)?.unwrap_or_default();
    let key: ObjectKey = parsed("query", "file", &file, expected)?;
    let is_recorded = service.pipeline.is_recorded_in(&slot, &key).await.map_err(|error| {
        error!(error = %ErrorChain(&error), "the recordings of a slot could not be read");
        ApiError::Database(error.to_string())
    })?;
    if !is_recorded {
        return Err(ApiError::NoSuchRecording);
    }
    let playable = service.playback.get(&key).await.map_err(|error| not_played(&key, error))?;
    answer(&playable, &headers)
}

fn answer(playable: &Playable, headers: &HeaderMap) -> Result<Response, ApiError> {
    let size = playable.size;
    // Nothing here tells two versions of a recording apart, so that a part of "the same as before"
    // is not known to be one.
    let range = headers.get(header::RANGE).filter(|_| !headers.contains_key(header::IF_RANGE));
    let range = range.and_then(|value| value.to_str().ok());
    let (status, part) = match wanted(range, size) {
        Wanted::All => (StatusCode::OK, 0..size),
        Wanted::Part(part) => (StatusCode::PARTIAL_CONTENT, part),
        Wanted::Beyond => return Err(ApiError::OutOfRange { size }),
    };
    let mut response = Response::new(Body::from_stream(playable.bytes(part.clone())));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(playable.media_type));
    headers.insert(header::CONTENT_LENGTH, (part.end - part.start).into());
    headers.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    headers.insert(header::CACHE_CONTROL, PRIVATE);
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    if status == StatusCode::PARTIAL_CONTENT {
        let (first, last) = (part.start, part.end - 1);
        let range = HeaderValue::from_str(&format!("bytes {first}-{last}/{size}"));
        headers.extend(range.ok().map(|range| (header::CONTENT_RANGE, range)));
    }
    Ok(response.into_response())
}

fn not_played(key: &ObjectKey, error: NotPlayed) -> ApiError {
    let error = match error {
        NotPlayed::TooMany => return ApiError::TooManyPlayed,
        NotPlayed::Source(error @ SourceError::Missing { .. }) => {
            return ApiError::NoAudio(error.to_string());
        }
        NotPlayed::Source(error) => error,
        NotPlayed::Unreadable(source) => {
            SourceError::Spool { reason: "the fetched file cannot be read".to_owned(), source }
        }
    };
    error!(recording.key = %key, error = %ErrorChain(&error), "a recording could not be fetched");
    let reason = error.to_string();
    match error {
        SourceError::Unavailable { .. } | SourceError::Damaged { .. } => ApiError::NoSource(reason),
        _ => ApiError::SourceRefuses(reason),
    }
}
