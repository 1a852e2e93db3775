//! `POST /async-process`: one recording, accepted for the background.

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

use crate::error::ApiError;
use crate::fields::{Fields, object};
use crate::routes::runs::located;
use crate::{Service, body};

/// The caller gives up after 10 seconds and would never see what is answered later.
const ANSWER_WITHIN: Duration = Duration::from_secs(8);

/// Accept a recording for the background
///
/// 202 means that the work is durable: the row is pending, which outlives this process, and a run
/// of it is accepted, which `location` names. Any other answer means that it is not accepted, also
/// where the row is not there yet: send it again, as a queue does by itself.
///
/// The row is the one that names `file_path`, or else that of `device_id` and `recorded_at`. Whatever
/// its status was, it becomes pending: who names a recording wants it done, or done again. A
/// message that comes twice shares the run while it goes on.
#[utoipa::path(
    post,
    path = "/async-process",
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
        (status = 400, description = "The body is no text", body = ErrorBody),
        (status = 408, description = "The body did not arrive in time", body = ErrorBody),
        (status = 413, description = "The body is too large", body = ErrorBody),
        (status = 422, description = "The body does not fit", body = ErrorBody),
        (status = 503, description = "Not accepted: no row names the recording yet, the database \
            cannot be reached, too much is waiting, or the service shuts down; `retry-after` says \
            when to send it again", body = ErrorBody,
            headers(("retry-after" = u64, description = "Seconds"))),
    )
)]
pub(crate) async fn async_process(
    State(service): State<Service>,
    request: Request,
) -> Result<Response, ApiError> {
    let _permit = service.admit()?;
    let body = body::read(request, &service.settings.limits).await?;
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
    Ok(located(&run, "v1/runs/", body))
}

/// What becomes of a request whose rows could not be made pending.
pub(crate) fn not_accepted(error: &ClaimError) -> ApiError {
    error!(error = %ErrorChain(error), "work for the background was not accepted");
    // Without its causes, which may name hosts.
    ApiError::NotAccepted(error.to_string())
}

/// An upload announces itself before its row is written. 404 would say so as well, and its reader
/// would take it for the end of the matter.
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
