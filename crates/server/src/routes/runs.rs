//! `/v1/runs`: runs that go on without their client.

use axum::Json;
use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use watchme_runner::{RunHandle, RunId};
use watchme_wire::{ErrorBody, RunAccepted, RunBody, RunCancelled, RunRequest, RunsBody};

use crate::error::ApiError;
use crate::parameters::{parsed, query, wants_text};
use crate::render::{self, Detail};
use crate::request::Ask;
use crate::{Service, body};

/// How many runs are listed where a request does not say.
const LISTED: usize = 20;

/// What `DELETE` promises of a run that is under way.
const LATENCY: &str = "at once, but for a write that is already on its way; the engine stops \
    within one step of its own, asked between the operations of its network, and then the next \
    run goes on";

/// What `DELETE` promises of a run that waited.
const AT_ONCE: &str = "the run had not begun and never will";

/// Start a run
///
/// Answers at once, with the address of the run in `location`; the work goes on whether or not
/// anybody looks. An equal request that is waiting or under way is joined: the answer is the same
/// with its id, and `joined` is true. So a request whose answer was lost can be sent again.
#[utoipa::path(
    post,
    path = "/v1/runs",
    request_body = RunRequest,
    responses(
        (status = 202, description = "The run is accepted, or an equal one was before",
            body = RunAccepted, headers(
                ("location" = String, description = "The run, relative to this address"))),
        (status = 400, description = "The model is not allowed, or the body is no text",
            body = ErrorBody),
        (status = 408, description = "The body did not arrive in time", body = ErrorBody),
        (status = 413, description = "The body is too large", body = ErrorBody),
        (status = 422, description = "The body does not fit", body = ErrorBody),
        (status = 503, description = "Too much is waiting, or the service shuts down; \
            `retry-after` says when to ask again", body = ErrorBody,
            headers(("retry-after" = u64, description = "Seconds"))),
    )
)]
pub(crate) async fn start_run(
    State(service): State<Service>,
    request: Request,
) -> Result<Response, ApiError> {
    let _permit = service.admit()?;
    let body = body::read(request, &service.settings.limits).await?;
    let ask = Ask::parse_run(&body, &service.settings)?;
    let run = service.runner.run(ask.request())?;
    // Relative, so that it also leads back through a proxy that strips a prefix.
    Ok(accepted(&run, "runs/"))
}

/// The run of a request, and where it is: `folder` is relative to the address of the request.
pub(crate) fn accepted(run: &RunHandle, folder: &str) -> Response {
    located(run, folder, render::accepted(run))
}

/// 202 with `body`, and where the run is.
pub(crate) fn located(run: &RunHandle, folder: &str, body: impl Serialize) -> Response {
    let location = HeaderValue::try_from(format!("{folder}{}", run.accepted().id));
    let mut response = (StatusCode::ACCEPTED, Json(body)).into_response();
    // An id has nothing that a header cannot say.
    if let Ok(location) = location {
        response.headers_mut().insert(header::LOCATION, location);
    }
    response
}

/// List runs
///
/// The runs that wait, go on, or ended and are kept, the newest first. The latest 100 ended runs
/// are kept, fewer where they hold much text, and none beyond a restart.
#[utoipa::path(
    get,
    path = "/v1/runs",
    params(("limit" = Option<usize>, Query, description = "How many, 1 to 200; 20 by default")),
    responses(
        (status = 200, description = "The runs", body = RunsBody),
        (status = 422, description = "A parameter does not fit", body = ErrorBody),
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

/// Look at a run
#[utoipa::path(
    get,
    path = "/v1/runs/{id}",
    params(
        ("id" = String, Path, description = "The run"),
        ("text" = Option<bool>, Query, description = "Whether the report tells what was said"),
    ),
    responses(
        (status = 200, description = "The run, with its report once it is finished",
            body = RunBody),
        (status = 404, description = "No run has this id, or none any more", body = ErrorBody),
        (status = 422, description = "A parameter does not fit", body = ErrorBody),
    )
)]
pub(crate) async fn show_run(
    State(service): State<Service>,
    Path(id): Path<String>,
    uri: Uri,
) -> Result<Json<RunBody>, ApiError> {
    let detail = if wants_text(&uri)? { Detail::Text } else { Detail::Report };
    let run = service.runner.get(run_id(&id)?).ok_or(ApiError::NoSuchRun)?;
    Ok(Json(render::run(&run, detail)))
}

/// Cancel a run
///
/// For every client of it: equal requests share one run. What is saved stays, and recordings that
/// were not finished are as they were. A run that waited is cancelled at once. One under way
/// begins nothing more, and only a write that is already on its way may still arrive; the engine
/// stops within one step of its own. A run that ends by itself in that very moment stays finished.
#[utoipa::path(
    delete,
    path = "/v1/runs/{id}",
    params(("id" = String, Path, description = "The run")),
    responses(
        (status = 202, description = "The run is being cancelled", body = RunCancelled),
        (status = 404, description = "No run has this id, or none any more", body = ErrorBody),
        (status = 409, description = "The run had ended before", body = ErrorBody),
    )
)]
pub(crate) async fn cancel_run(
    State(service): State<Service>,
    Path(id): Path<String>,
) -> Result<(StatusCode, Json<RunCancelled>), ApiError> {
    let run = service.runner.cancel(run_id(&id)?)?;
    let latency = if run.state.is_ended() { AT_ONCE } else { LATENCY };
    let body = RunCancelled {
        id: run.id.to_string(),
        state: render::state(run.state),
        latency: latency.to_owned(),
    };
    Ok((StatusCode::ACCEPTED, Json(body)))
}

/// What is no id is the id of no run.
pub(crate) fn run_id(text: &str) -> Result<RunId, ApiError> {
    text.parse().map_err(|_| ApiError::NoSuchRun)
}

/// The number after which events are asked for: the header counts, which a client that comes
/// back sends, and then the query.
pub(crate) fn after(headers: &HeaderMap, uri: &Uri) -> Result<u64, ApiError> {
    const EXPECTED: &str = "the number of an event";
    let header = headers.get("last-event-id").map(|id| id.to_str().unwrap_or("unreadable"));
    match header.filter(|id| !id.is_empty()) {
        Some(id) => parsed("header", "last-event-id", id, EXPECTED),
        None => Ok(query(uri, "after", EXPECTED)?.unwrap_or(0)),
    }
}

/// How many of a list are answered.
pub(crate) struct Limit(pub(crate) usize);

impl Default for Limit {
    fn default() -> Self {
        Self(LISTED)
    }
}

impl std::str::FromStr for Limit {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        text.parse().ok().filter(|limit| (1..=200).contains(limit)).map(Self).ok_or(())
    }
}
