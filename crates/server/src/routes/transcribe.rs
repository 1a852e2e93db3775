//! `POST /fetch-and-transcribe`: transcribes and waits for the report, as the original does.

use std::time::Instant;

use axum::extract::{Request, State};
use axum::response::Response;
use watchme_wire::{ErrorBody, RunAccepted, TranscribeRequest, TranscribeResponse};

use super::runs::answer_accepted;
use crate::Service;
use crate::request::prefer::{PREFERENCE_APPLIED, RESPOND_ASYNC, prefers_async};
use crate::request::{Command, body};
use crate::response::{ApiError, keep_alive, render};

/// Transcribe recordings
///
/// Transcribes the pending recordings of a device's day, or the named ones, and answers when all
/// are done. The answer is 200 even if recordings failed: see `summary.errors` and `error_details`.
/// Recordings whose audio is missing are listed there too.
///
/// The work continues if the client leaves. Equal requests share one run; different ones wait for
/// each other. It is a run like any other: `/v1/runs` lists it.
///
/// A result within 25 seconds has its own status code. After that the answer is 200 and its body
/// begins with a space, and another every 15 seconds, so that no proxy gives up waiting; whitespace
/// may precede any JSON. A failure is then reported in the body only, in the same form as with a
/// status code: clients recognize it by `detail`, which no report has.
///
/// With `prefer: respond-async` the answer is 202 at once, with the run in `location`.
#[utoipa::path(
    post,
    path = "/fetch-and-transcribe",
    tag = "transcribe",
    request_body = TranscribeRequest,
    params(("prefer" = Option<String>, Header, description = "`respond-async` for 202 at once")),
    responses(
        (status = 200, description = "The outcome of all recordings", body = TranscribeResponse,
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
        (status = 202, description = "The run is accepted, or joins an equal one",
            body = RunAccepted, headers(
                ("location" = String, description = "The run, relative to this URL"),
                ("preference-applied" = String, description = "`respond-async`"))),
        (status = 400, description = "The model is not allowed, or the body is not UTF-8",
            body = ErrorBody),
        (status = 408, description = "The body did not arrive in time", body = ErrorBody),
        (status = 409, description = "Somebody cancelled the run", body = ErrorBody),
        (status = 413, description = "The body is too large", body = ErrorBody),
        (status = 422, description = "The body is invalid", body = ErrorBody,
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
        (status = 500, description = "The database cannot be read, or the program has a bug",
            body = ErrorBody,
            example = json!({
                "detail": "データベースクエリエラー: supabase is unavailable",
                "message": "データベースクエリエラー: supabase is unavailable"
            })),
        (status = 503, description = "Too many runs are waiting, or the service is shutting down; \
            `retry-after` says when to try again", body = ErrorBody,
            headers(("retry-after" = u64, description = "Seconds"))),
    )
)]
pub(crate) async fn fetch_and_transcribe(
    State(service): State<Service>,
    request: Request,
) -> Result<Response, ApiError> {
    let started = Instant::now();
    let is_async = prefers_async(request.headers());
    let body = body::read(request, &service.settings.limits, &service.large_bodies).await?;
    let permit = service.admit()?;
    let command = Command::parse(&body, &service.settings)?;
    service.check_model(command.model()).await?;
    let run = service.runner.run(command.to_run_request())?;
    if is_async {
        let mut response = answer_accepted(&run, "v1/runs/", render::accepted(&run));
        response.headers_mut().insert(PREFERENCE_APPLIED, RESPOND_ASYNC);
        return Ok(response);
    }
    let answer = async move {
        // Held until the report is there: a waiting client counts as a request.
        let _permit = permit;
        let report = run.report().await.map_err(|error| ApiError::from(&*error))?;
        Ok(command.into_response(&report, started.elapsed()))
    };
    Ok(keep_alive::respond(answer).await)
}
