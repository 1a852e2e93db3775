//! `POST /fetch-and-transcribe`.

use std::time::Instant;

use axum::Json;
use axum::extract::{Request, State};
use watchme_wire::{ErrorBody, TranscribeRequest, TranscribeResponse};

use crate::error::ApiError;
use crate::request::Ask;
use crate::{Service, body};

/// Transcribe recordings
///
/// Transcribes the pending recordings of a device's day, or the named ones, and answers when all
/// are done. The answer is 200 also where recordings failed: see `summary.errors` and
/// `error_details`. Recordings whose audio is missing are listed there too.
///
/// The work goes on when the client leaves. Equal requests share one run; different ones wait
/// for each other.
#[utoipa::path(
    post,
    path = "/fetch-and-transcribe",
    request_body = TranscribeRequest,
    responses(
        (status = 200, description = "What became of the recordings", body = TranscribeResponse,
            example = json!({
                "status": "success",
                "device_id": "d067d407-cf73-4174-a9c1-d91fb60d64d0",
                "date": "2025-07-18",
                "summary": {
                    "total_files": 6,
                    "already_completed": 4,
                    "pending_processed": 1,
                    "errors": 1
                },
                "processed_files": [
                    "files/d067d407-cf73-4174-a9c1-d91fb60d64d0/2025-07-18/12-00/audio.wav"
                ],
                "processed_time_blocks": ["12-00"],
                "error_files": [
                    "files/d067d407-cf73-4174-a9c1-d91fb60d64d0/2025-07-18/13-30/audio.wav"
                ],
                "execution_time_seconds": 11.3,
                "message": "pendingステータスの2件中1件を正常に処理しました",
                "error_details": [{
                    "file":
                        "files/d067d407-cf73-4174-a9c1-d91fb60d64d0/2025-07-18/13-30/audio.wav",
                    "kind": "missing",
                    "reason": "no such object"
                }]
            })),
        (status = 400, description = "The model is not allowed, or the body is no text",
            body = ErrorBody),
        (status = 408, description = "The body did not arrive in time", body = ErrorBody),
        (status = 413, description = "The body is too large", body = ErrorBody),
        (status = 422, description = "The body does not fit", body = ErrorBody,
            example = json!({
                "detail": [{
                    "type": "missing",
                    "loc": ["body", "date"],
                    "msg": "Field required",
                    "input": { "device_id": "d067d407-cf73-4174-a9c1-d91fb60d64d0" },
                    "url": "https://errors.pydantic.dev/2.11/v/missing"
                }],
                "message": "the request does not fit: body.date: Field required"
            })),
        (status = 500, description = "The database cannot be read, or the program has a fault",
            body = ErrorBody,
            example = json!({
                "detail": "データベースクエリエラー: supabase is unavailable",
                "message": "データベースクエリエラー: supabase is unavailable"
            })),
        (status = 503, description = "Too much is waiting, or the service shuts down; \
            `retry-after` says when to ask again", body = ErrorBody,
            headers(("retry-after" = u64, description = "Seconds"))),
    )
)]
pub(crate) async fn fetch_and_transcribe(
    State(service): State<Service>,
    request: Request,
) -> Result<Json<TranscribeResponse>, ApiError> {
    let started = Instant::now();
    let _permit = service.admit()?;
    let body = body::read(request, &service.settings.limits).await?;
    let ask = Ask::parse(&body, &service.settings)?;
    let run = service.runner.run(ask.request())?;
    let report = run.report().await.map_err(|error| ApiError::from(&*error))?;
    Ok(Json(ask.response(&report, started.elapsed())))
}
