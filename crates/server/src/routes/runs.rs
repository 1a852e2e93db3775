//! `/v1/runs`: runs that continue without their client.

use axum::Json;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use watchme_runner::RunHandle;
use watchme_wire::{ErrorBody, RunAccepted, RunBody, RunCancelled, RunRequest, RunsBody};

use crate::Service;
use crate::request::parameters::{RunPath, parsed, query, wants_text};
use crate::request::{Command, body};
use crate::response::ApiError;
use crate::response::render::{self, Detail};

/// Default length of a list.
const DEFAULT_LIMIT: usize = 20;

/// Promise of `DELETE` for a running run.
const LATENCY: &str = "at once, but for a write that is already on its way; the engine stops \
    within one step of its own, asked between the operations of its network, and then the next \
    run goes on";

/// Promise of `DELETE` for a waiting run.
const AT_ONCE: &str = "the run had not begun and never will";

/// Start a run
///
/// Answers at once, with the URL of the run in `location`; the work continues without the client. If
/// an equal request is waiting or running, this one joins it: the answer has the id of that run, and
/// `joined` is true. So it is safe to repeat a request whose answer was lost.
#[utoipa::path(
    post,
    path = "/v1/runs",
    tag = "runs",
    request_body = RunRequest,
    responses(
        (status = 202, description = "The run is accepted, or joins an equal one",
            body = RunAccepted, headers(
                ("location" = String, description = "The run, relative to this URL"))),
        (status = 400, description = "The model is not allowed, or the body is not UTF-8",
            body = ErrorBody),
        (status = 408, description = "The body did not arrive in time", body = ErrorBody),
        (status = 413, description = "The body is too large", body = ErrorBody),
        (status = 422, description = "The body is invalid", body = ErrorBody),
        (status = 503, description = "Too many runs are waiting, or the service is shutting down; \
            `retry-after` says when to try again", body = ErrorBody,
            headers(("retry-after" = u64, description = "Seconds"))),
    )
)]
pub(crate) async fn start_run(
    State(service): State<Service>,
    request: Request,
) -> Result<Response, ApiError> {
    let body = body::read(request, &service.settings.limits, &service.large_bodies).await?;
    let _permit = service.admit()?;
    let command = Command::parse_run(&body, &service.settings)?;
    service.check_model(command.model()).await?;
    let run = service.runner.run(command.to_run_request())?;
    Ok(answer_accepted(&run, "runs/", render::accepted(&run)))
}

/// Answers 202 with `body` and the location of the run in `folder`. That is relative to the URL of
/// the request, so that it works behind a proxy that strips a prefix.
pub(super) fn answer_accepted(run: &RunHandle, folder: &str, body: impl Serialize) -> Response {
    let location = HeaderValue::try_from(format!("{folder}{}", run.accepted().id));
    let mut response = (StatusCode::ACCEPTED, Json(body)).into_response();
    // An id is always a valid header value.
    if let Ok(location) = location {
        response.headers_mut().insert(header::LOCATION, location);
    }
    response
}

/// List runs
///
/// Returns waiting, running and ended runs, newest first. The latest 100 ended runs are kept, fewer
/// if they hold much text, and none beyond a restart.
#[utoipa::path(
    get,
    path = "/v1/runs",
    tag = "runs",
    params(("limit" = Option<usize>, Query, minimum = 1, maximum = 200, description = "Maximum number, 1 to 200; 20 by default")),
    responses(
        (status = 200, description = "The runs", body = RunsBody),
        (status = 422, description = "A parameter is invalid", body = ErrorBody),
    )
)]
pub(crate) async fn list_runs(
    State(service): State<Service>,
    uri: Uri,
) -> Result<Json<RunsBody>, ApiError> {
    let limit: Limit = query(&uri, "limit", "a whole number from 1 to 200")?.unwrap_or_default();
    let runs = service.runner.list(limit.0);
    Ok(Json(RunsBody { runs: runs.iter().map(|run| render::run(run, Detail::Short)).collect() }))
}

/// Get a run
#[utoipa::path(
    get,
    path = "/v1/runs/{id}",
    tag = "runs",
    params(
        ("id" = String, Path, description = "The run"),
        ("text" = Option<bool>, Query, description = "Include the texts in the report"),
    ),
    responses(
        (status = 200, description = "The run, with its report once it is finished",
            body = RunBody),
        (status = 404, description = "No run has this id (any more)", body = ErrorBody),
        (status = 422, description = "A parameter is invalid", body = ErrorBody),
    )
)]
pub(crate) async fn show_run(
    State(service): State<Service>,
    RunPath(id): RunPath,
    uri: Uri,
) -> Result<Json<RunBody>, ApiError> {
    let detail = if wants_text(&uri)? { Detail::Text } else { Detail::Report };
    let run = service.runner.get(id).ok_or(ApiError::NoSuchRun)?;
    Ok(Json(render::run(&run, detail)))
}

/// Cancel a run
///
/// Cancels it for every client, since equal requests share one run. Saved texts stay, and unfinished
/// recordings are left unchanged. A waiting run is cancelled at once. A running one starts nothing
/// more, and only a write that is already on its way may still arrive; the engine stops within one
/// step. A run that happens to end at that very moment stays finished.
#[utoipa::path(
    delete,
    path = "/v1/runs/{id}",
    tag = "runs",
    params(("id" = String, Path, description = "The run")),
    responses(
        (status = 202, description = "The run is being cancelled", body = RunCancelled),
        (status = 404, description = "No run has this id (any more)", body = ErrorBody),
        (status = 409, description = "The run has already ended", body = ErrorBody),
    )
)]
pub(crate) async fn cancel_run(
    State(service): State<Service>,
    RunPath(id): RunPath,
) -> Result<(StatusCode, Json<RunCancelled>), ApiError> {
    let run = service.runner.cancel(id)?;
    let latency = if run.state.is_ended() { AT_ONCE } else { LATENCY };
    let body = RunCancelled {
        id: run.id.to_string(),
        state: render::state(run.state),
        latency: latency.to_owned(),
    };
    Ok((StatusCode::ACCEPTED, Json(body)))
}

/// Returns the number after which events are requested: from the header, which reconnecting clients
/// send, or else from the query.
pub(super) fn first_event(headers: &HeaderMap, uri: &Uri) -> Result<u64, ApiError> {
    const EXPECTED: &str = "the number of an event";
    let header = headers.get("last-event-id").map(|id| id.to_str().unwrap_or("unreadable"));
    let header = header.filter(|id| !id.is_empty());
    let header = header.map(|id| parsed("header", "last-event-id", id, EXPECTED)).transpose()?;
    let query: Option<EventNumber> = query(uri, "after", EXPECTED)?;
    let EventNumber(after) = header.or(query).unwrap_or_default();
    Ok(after)
}

/// Number of an event, as the description of the API has it: `int64` and not negative.
#[derive(Default)]
struct EventNumber(u64);

impl std::str::FromStr for EventNumber {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let number = text.parse().ok().filter(|number| i64::try_from(*number).is_ok());
        number.map(Self).ok_or(())
    }
}

/// Maximum length of a list.
pub(super) struct Limit(pub(super) usize);

impl Default for Limit {
    fn default() -> Self {
        Self(DEFAULT_LIMIT)
    }
}

impl std::str::FromStr for Limit {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        text.parse().ok().filter(|limit| (1..=200).contains(limit)).map(Self).ok_or(())
    }
}
