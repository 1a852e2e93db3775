//! `POST /reprocess-failed`: what was given up, once more.

use std::num::NonZeroUsize;

use axum::Json;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value};
use tracing::info;
use watchme_core::{GivenUp, Requeued, Selection};
use watchme_runner::{Refused, Request as RunRequest};
use watchme_wire::{AcceptedStatus, ErrorBody, ReprocessBody, ReprocessRequest, ReprocessSummary};

use crate::error::ApiError;
use crate::fields::{Fields, object};
use crate::render;
use crate::routes::async_process::not_accepted;
use crate::routes::runs::located;
use crate::{Service, body};

/// How many recordings are done again where a request does not say.
const FEW: usize = 10;

/// The most that one request does again: two days of a device.
const MOST: usize = 100;

/// Do again what was given up
///
/// Recordings that are quarantined, or whose status is `failed`, become pending with all their
/// attempts before them, those recorded first before the others. A run of them is started and not
/// waited for: `location` names it.
#[utoipa::path(
    post,
    path = "/reprocess-failed",
    request_body = Option<ReprocessRequest>,
    responses(
        (status = 200, description = "Nothing is given up", body = ReprocessBody),
        (status = 202, description = "The recordings are pending again", body = ReprocessBody,
            headers(("location" = String,
                description = "The run, relative to this address; absent where none has room"))),
        (status = 400, description = "The body is no text", body = ErrorBody),
        (status = 408, description = "The body did not arrive in time", body = ErrorBody),
        (status = 413, description = "The body is too large", body = ErrorBody),
        (status = 422, description = "The body does not fit", body = ErrorBody),
        (status = 503, description = "The database cannot be reached, or the service shuts down; \
            `retry-after` says when to ask again", body = ErrorBody,
            headers(("retry-after" = u64, description = "Seconds"))),
    )
)]
pub(crate) async fn reprocess_failed(
    State(service): State<Service>,
    request: Request,
) -> Result<Response, ApiError> {
    let _permit = service.admit()?;
    let body = body::read(request, &service.settings.limits).await?;
    let which = parse(&body)?;
    if service.runner.is_draining() {
        return Err(Refused::Draining.into());
    }
    let requeued = service.requeue.given_up(&which).await.map_err(|error| not_accepted(&error))?;
    let mut body = rendered(&which, &requeued);
    if requeued.objects.is_empty() {
        return Ok(Json(body).into_response());
    }
    info!(recordings = requeued.objects.len(), "recordings that were given up are pending again");
    let selection = Selection::Objects(requeued.objects.into_iter().collect());
    let options = service.settings.options.clone();
    match service.runner.run(RunRequest { selection, options }) {
        Ok(run) => {
            body.run = Some(render::accepted(&run));
            Ok(located(&run, "v1/runs/", body))
        }
        // They are pending all the same, and asking again would not find them.
        Err(refused) => {
            body.message = format!("{}, and no run of them is started: {refused}", body.message);
            Ok((axum::http::StatusCode::ACCEPTED, Json(body)).into_response())
        }
    }
}

fn parse(body: &Value) -> Result<GivenUp, ApiError> {
    let nothing = Value::Object(Map::new());
    let body = if body.is_null() { &nothing } else { body };
    let mut fields = Fields::new(body, object(body)?);
    let (device, date) = (fields.nullable("device_id"), fields.nullable("date"));
    let limit = fields.nullable_count("limit", 1..=MOST).unwrap_or(FEW);
    let issues = fields.into_issues();
    if !issues.is_empty() {
        return Err(ApiError::Invalid(issues));
    }
    let limit = NonZeroUsize::new(limit).unwrap_or(NonZeroUsize::MIN);
    Ok(GivenUp { device, date, limit })
}

fn rendered(which: &GivenUp, requeued: &Requeued) -> ReprocessBody {
    let (reprocessed, left) = (requeued.objects.len(), requeued.left);
    let is_idle = reprocessed == 0;
    let status = if is_idle { AcceptedStatus::Success } else { AcceptedStatus::Accepted };
    ReprocessBody {
        status,
        message: match reprocessed {
            0 => "no such recording is given up".to_owned(),
            1 => "1 recording is pending again".to_owned(),
            many => format!("{many} recordings are pending again"),
        },
        device_id: which.device.as_ref().map(ToString::to_string),
        date: which.date.map(|date| date.to_string()),
        summary: ReprocessSummary { reprocessed, left },
        file_paths: requeued.objects.iter().map(ToString::to_string).collect(),
        run: None,
    }
}
