//! `GET /v1/runs/{id}/events`: the events of a run.

use std::convert::Infallible;
use std::time::Duration;

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::{Stream, stream};
use tokio::sync::OwnedSemaphorePermit;
use watchme_runner::{Followed, Follower};
use watchme_wire::{ErrorBody, RunEventBody};

use super::runs::first_event;
use crate::Service;
use crate::request::parameters::{RunPath, wants_text};
use crate::response::keep_alive::{UNBUFFERED, UNTRANSFORMED};
use crate::response::{ApiError, render};

/// Time between comments in a quiet stream: four of them in the 60 seconds that nginx and the load
/// balancers of AWS wait for the next byte.
pub(crate) const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// Follow a run
///
/// Server-sent events: first the run's past events, then each new one as it happens, until
/// `run_finished`. Each has a number as its `id`. A client that reconnects with `last-event-id` gets
/// the events after it, each once and in order; progress that later progress of the same recording
/// supersedes is left out. If some events are no longer kept, a `gap` comes first. A client that has
/// seen all events of an ended run gets 204, after which browsers stop reconnecting. A quiet stream
/// has a comment every 15 seconds.
#[utoipa::path(
    get,
    path = "/v1/runs/{id}/events",
    tag = "events",
    params(
        ("id" = String, Path, description = "The run"),
        ("last-event-id" = Option<u64>, Header,
            description = "Only events after this one; takes precedence over `after`"),
        ("after" = Option<u64>, Query, description = "Only events after this one"),
        ("text" = Option<bool>, Query,
            description = "Include the texts of finished recordings"),
    ),
    responses(
        (status = 200, description = "The events. The schema describes the data of one",
            body = RunEventBody, content_type = "text/event-stream"),
        (status = 204, description = "The run has ended, and no event followed"),
        (status = 404, description = "No run has this id (any more)", body = ErrorBody),
        (status = 422, description = "A parameter is invalid", body = ErrorBody),
        (status = 503, description = "Too many clients follow runs; `retry-after` says when to \
            try again", body = ErrorBody,
            headers(("retry-after" = u64, description = "Seconds"))),
    )
)]
pub(crate) async fn run_events(
    State(service): State<Service>,
    RunPath(id): RunPath,
    headers: HeaderMap,
    uri: Uri,
) -> Result<Response, ApiError> {
    let (after, with_text) = (first_event(&headers, &uri)?, wants_text(&uri)?);
    let follower = service.runner.follow(id, after).ok_or(ApiError::NoSuchRun)?;
    if follower.is_at_end() {
        return Ok(StatusCode::NO_CONTENT.into_response());
    }
    let events = follow(follower, with_text, service.admit_follower()?);
    let events = Sse::new(events).keep_alive(KeepAlive::new().interval(KEEP_ALIVE));
    Ok(([UNBUFFERED, UNTRANSFORMED], events).into_response())
}

/// Streams the events. The stream holds `permit` while it lasts.
fn follow(
    follower: Follower,
    with_text: bool,
    permit: OwnedSemaphorePermit,
) -> impl Stream<Item = Result<Event, Infallible>> {
    stream::unfold((follower, permit), move |(mut follower, permit)| async move {
        loop {
            let event = match follower.next().await? {
                Followed::Event(logged) => {
                    render::event(&logged, with_text).map(|body| to_sse(logged.id, &body))
                }
                Followed::Gap { asked_after, resumed_after } => {
                    let body = RunEventBody::Gap { asked_after, resumed_after };
                    Some(to_sse(resumed_after, &body))
                }
            };
            if let Some(event) = event {
                return Some((Ok(event), (follower, permit)));
            }
        }
    })
}

fn to_sse(id: u64, body: &RunEventBody) -> Event {
    // The type cannot fail to serialize.
    let data = serde_json::to_string(body).unwrap_or_default();
    Event::default().id(id.to_string()).event(body.name()).data(data)
}
