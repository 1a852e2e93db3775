//! `POST /async-process`: accepts one recording for the background.

use std::time::Duration;

use axum::extract::{Request, State};
use axum::response::Response;
use serde_json::Value;
use tokio::time::timeout;
use tracing::error;
use watchme_core::{
    ClaimError, DeviceId, ErrorChain, ObjectKey, RecordedAt, RecordingId, Selection,
};
use watchme_runner::Request as RunRequest;
use watchme_wire::{AcceptedStatus, AsyncProcessBody, AsyncProcessRequest, ErrorBody};

use super::runs::answer_accepted;
use crate::Service;
use crate::request::body;
use crate::request::fields::{Fields, object};
use crate::response::ApiError;

/// Time for the answer: the caller gives up after 10 seconds.
const ANSWER_WITHIN: Duration = Duration::from_secs(8);

/// Accept a recording for the background
///
/// 202 means that the work is durable: the row is pending, which outlives this process, and a run
/// for it is accepted, which `location` names. With any other answer the work is not accepted, also
/// if the row does not exist yet: send the message again, as queues do automatically.
///
/// The row is the one with this `file_path`, or otherwise the one with this `device_id` and
/// `recorded_at`. It becomes pending whatever its status was, so a completed recording is
/// transcribed again. A message that arrives twice shares the run while it lasts.
#[utoipa::path(
    post,
    path = "/async-process",
    tag = "async_process",
    request_body = AsyncProcessRequest,
    responses(
        (status = 202, description = "The work is durably accepted", body = AsyncProcessBody,
            headers(("location" = String, description = "The run, relative to this address")),
            example = json!({
                "status": "accepted",
                "message": "Processing started in background",
                "device_id": "d067d407-cf73-4174-a9c1-d91fb60d64d0",
                "recorded_at": "2025-07-18T04:30:00+00:00"
            })),
        (status = 400, description = "The body is not UTF-8", body = ErrorBody),
        (status = 408, description = "The body did not arrive in time", body = ErrorBody),
        (status = 413, description = "The body is too large", body = ErrorBody),
        (status = 422, description = "The body is invalid", body = ErrorBody),
        (status = 503, description = "Not accepted: the recording has no row yet, the database \
            is unavailable, too many runs are waiting, or the service is shutting down; \
            `retry-after` says when to send it again", body = ErrorBody,
            headers(("retry-after" = u64, description = "Seconds"))),
    )
)]
pub(crate) async fn async_process(
    State(service): State<Service>,
    request: Request,
) -> Result<Response, ApiError> {
    let body = body::read(request, &service.settings.limits, &service.large_bodies).await?;
    let _permit = service.admit()?;
    let message = Message::parse(&body)?;
    let made_pending = service.requeue.recording(&message.key, &message.id);
    let made_pending = timeout(ANSWER_WITHIN, made_pending).await;
    let slow = |_| ApiError::NotAccepted("the database takes too long to answer".to_owned());
    let key = made_pending.map_err(slow)?.map_err(|error| not_accepted(&error))?;
    let key = key.ok_or_else(unregistered)?;
    let selection = Selection::Objects([key].into());
    let options = service.settings.options.clone();
    let run = service.runner.run(RunRequest { selection, options })?;
    let body = AsyncProcessBody {
        status: AcceptedStatus::Accepted,
        message: "Processing started in background".to_owned(),
        device_id: message.id.device.to_string(),
        recorded_at: message.id.recorded_at.to_string(),
    };
    Ok(answer_accepted(&run, "v1/runs/", body))
}

/// Logs why rows could not be made pending, and returns the error for the client.
pub(crate) fn not_accepted(error: &ClaimError) -> ApiError {
    error!(error = %ErrorChain(error), "background work was not accepted");
    // Without causes, which may name hosts.
    ApiError::NotAccepted(error.to_string())
}

/// Refuses a recording without a row. Not with 404, which callers would take for final: an upload
/// is announced before its row is written.
fn unregistered() -> ApiError {
    let reason = "no row of `audio_files` names this recording, or none that can be read";
    ApiError::NotAccepted(reason.to_owned())
}

struct Message {
    key: ObjectKey,
    id: RecordingId,
}

impl Message {
    fn parse(body: &Value) -> Result<Self, ApiError> {
        let mut fields = Fields::new(body, object(body)?);
        let key: Option<ObjectKey> = fields.required("file_path");
        let device: Option<DeviceId> = fields.required("device_id");
        let recorded_at: Option<RecordedAt> = fields.required("recorded_at");
        let message = || {
            let id = RecordingId { device: device?, recorded_at: recorded_at? };
            Some(Self { key: key?, id })
        };
        message().ok_or_else(|| ApiError::Invalid(fields.into_issues()))
    }
}
