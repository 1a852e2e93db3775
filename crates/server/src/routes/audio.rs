//! `GET /v1/devices/{id}/days/{date}/{time_block}/audio`: plays a recording.

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use tracing::error;
use watchme_core::{ErrorChain, ObjectKey, SourceError};
use watchme_wire::ErrorBody;

use crate::Service;
use crate::request::parameters::{SlotPath, parsed, query};
use crate::response::ApiError;
use crate::state::playback::{NotPlayed, Playable, RangeRequest, parse_range};

/// No cache may keep what somebody said.
const PRIVATE: HeaderValue = HeaderValue::from_static("private, no-store");

/// Play a recording
///
/// Returns the uploaded bytes, all of them or the range of the `Range` header. The recording is
/// fetched with the first request and kept for a minute after the last, so that players can seek.
#[utoipa::path(
    get,
    path = "/v1/devices/{id}/days/{date}/{time_block}/audio",
    tag = "audio",
    params(
        ("id" = String, Path, min_length = 1, max_length = 255, description = "The device"),
        ("date" = String, Path, format = Date, description = "Its local day, `YYYY-MM-DD`"),
        ("time_block" = String, Path, pattern = r"^([01]\d|2[0-3])-[0-5]\d$", description = "The time of that day, `HH-MM`"),
        ("file" = String, Query, min_length = 1, max_length = 1024, description = "The path of one of the slot's recordings"),
    ),
    responses(
        (status = 200, description = "The recording. Its media type follows from its content"),
        (status = 206, description = "The range from the `Range` header"),
        (status = 404, description = "The slot has no such recording, or its audio is gone",
            body = ErrorBody),
        (status = 416, description = "The range is beyond the end", body = ErrorBody),
        (status = 422, description = "A parameter is invalid", body = ErrorBody),
        (status = 500, description = "The database or the source refuses", body = ErrorBody),
        (status = 503, description = "The source is unavailable, or too many recordings are \
            played", body = ErrorBody),
    )
)]
pub(crate) async fn audio(
    State(service): State<Service>,
    SlotPath(slot): SlotPath,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let expected = "the path of a recording of the slot";
    let file: String = query(&uri, "file", expected)?.unwrap_or_default();
    let key: ObjectKey = parsed("query", "file", &file, expected)?;
    if !service.pipeline.is_recorded_in(&slot, &key).await? {
        return Err(ApiError::NoSuchRecording);
    }
    let playable = service.playback.get(&key).await.map_err(|error| not_played(&key, error))?;
    answer(&playable, &headers)
}

fn answer(playable: &Playable, headers: &HeaderMap) -> Result<Response, ApiError> {
    let size = playable.size;
    // Nothing here distinguishes two versions of a recording, so `If-Range` can never match.
    let range = headers.get(header::RANGE).filter(|_| !headers.contains_key(header::IF_RANGE));
    let range = range.and_then(|value| value.to_str().ok());
    let (status, part) = match parse_range(range, size) {
        RangeRequest::All => (StatusCode::OK, 0..size),
        RangeRequest::Range(part) => (StatusCode::PARTIAL_CONTENT, part),
        RangeRequest::Beyond => return Err(ApiError::OutOfRange { size }),
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
