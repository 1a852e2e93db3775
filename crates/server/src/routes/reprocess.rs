//! `POST /reprocess-failed`: retries recordings that were given up.

use std::num::NonZeroUsize;

use axum::Json;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value};
use tracing::info;
use watchme_core::{GivenUp, Requeued, Selection};
use watchme_runner::{Refused, Request as RunRequest};
use watchme_wire::{AcceptedStatus, ErrorBody, ReprocessBody, ReprocessRequest, ReprocessSummary};

use super::async_process::not_accepted;
use super::runs::answer_accepted;
use crate::Service;
use crate::request::body;
use crate::request::fields::{Fields, object};
use crate::response::{ApiError, render};

/// Default number of recordings that a request retries.
const DEFAULT_LIMIT: usize = 10;

/// Largest number of recordings that one request retries: two days of a device.
const MAX_LIMIT: usize = 100;

/// Retry failed recordings
///
/// Recordings that are quarantined, or whose status is `failed`, become pending with no attempts
/// counted, oldest recordings first. A run for them starts in the background: `location` names it.
#[utoipa::path(
    post,
    path = "/reprocess-failed",
    tag = "reprocess",
    request_body = Option<ReprocessRequest>,
    responses(
        (status = 200, description = "No recording has failed", body = ReprocessBody),
        (status = 202, description = "The recordings are pending again", body = ReprocessBody,
            headers(("location" = String,
                description = "The run, relative to this URL; absent if too many are waiting"))),
        (status = 400, description = "The body is not UTF-8", body = ErrorBody),
        (status = 408, description = "The body did not arrive in time", body = ErrorBody),
        (status = 413, description = "The body is too large", body = ErrorBody),
        (status = 422, description = "The body is invalid", body = ErrorBody),
        (status = 503, description = "The database is unavailable, or the service is shutting \
            down; `retry-after` says when to try again", body = ErrorBody,
            headers(("retry-after" = u64, description = "Seconds"))),
    )
)]
pub(crate) async fn reprocess_failed(
    State(service): State<Service>,
    request: Request,
) -> Result<Response, ApiError> {
    let body = body::read(request, &service.settings.limits, &service.large_bodies).await?;
    let _permit = service.admit()?;
    let which = parse(&body)?;
    if service.runner.is_draining() {
        return Err(Refused::Draining.into());
    }
    let requeued = service.requeue.given_up(&which).await.map_err(|error| not_accepted(&error))?;
    let mut body = render_body(&which, &requeued);
    if requeued.objects.is_empty() {
        return Ok(Json(body).into_response());
    }
    info!(recordings = requeued.objects.len(), "recordings that were given up are pending again");
    let selection = Selection::Objects(requeued.objects.into_iter().collect());
    let options = service.settings.options.clone();
    match service.runner.run(RunRequest { selection, options }) {
        Ok(run) => {
            body.run = Some(render::accepted(&run));
            Ok(answer_accepted(&run, "v1/runs/", body))
        }
        // The recordings are pending all the same, and a retry would not find them.
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
    let limit = fields.nullable_count("limit", 1..=MAX_LIMIT).unwrap_or(DEFAULT_LIMIT);
    let issues = fields.into_issues();
    if !issues.is_empty() {
        return Err(ApiError::Invalid(issues));
    }
    let limit = NonZeroUsize::new(limit).unwrap_or(NonZeroUsize::MIN);
    Ok(GivenUp { device, date, limit })
}

fn render_body(which: &GivenUp, requeued: &Requeued) -> ReprocessBody {
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
