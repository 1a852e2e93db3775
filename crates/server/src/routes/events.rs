//! `/v1/runs/{id}/events`: a run as it goes on.

use std::convert::Infallible;
use std::time::Duration;

use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::{Stream, stream};
use tokio::sync::OwnedSemaphorePermit;
use watchme_runner::{Followed, Follower};
use watchme_wire::{ErrorBody, RunEventBody};

use crate::Service;
use crate::early::{UNBUFFERED, UNTRANSFORMED};
use crate::error::ApiError;
use crate::parameters::wants_text;
use crate::render;
use crate::routes::runs::{after, run_id};

/// A quiet stream has a comment this often: four signs of life in the 60 seconds that nginx and
/// the load balancers of AWS wait for the next byte.
pub(crate) const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// Follow a run
///
/// Server-sent events: those of the run so far, then each as it happens, until `run_finished`.
/// Each has a number as its `id`. A client that comes back with `last-event-id` gets what
/// followed, each event once and in order; only progress that was overtaken by later progress of
/// the same recording is left out. Where events are not kept any more, a `gap` comes first. A
/// client that has everything of a run that ended is told 204, at which browsers stop asking.
/// Quiet times have a comment every 15 seconds.
#[utoipa::path(
    get,
    path = "/v1/runs/{id}/events",
    params(
        ("id" = String, Path, description = "The run"),
        ("last-event-id" = Option<u64>, Header,
            description = "Only what followed this event; goes before `after`"),
        ("after" = Option<u64>, Query, description = "Only what followed this event"),
        ("text" = Option<bool>, Query,
            description = "Whether finished recordings come with what was said"),
    ),
    responses(
        (status = 200, description = "The events. The schema is that of the data of one",
            body = RunEventBody, content_type = "text/event-stream"),
        (status = 204, description = "The run ended, and nothing followed that event"),
        (status = 404, description = "No run has this id, or none any more", body = ErrorBody),
        (status = 422, description = "A parameter does not fit", body = ErrorBody),
        (status = 503, description = "Too many clients follow runs; `retry-after` says when to \
            ask again", body = ErrorBody,
            headers(("retry-after" = u64, description = "Seconds"))),
    )
)]
pub(crate) async fn run_events(
    State(service): State<Service>,
    Path(id): Path<String>,
    headers: HeaderMap,
    uri: Uri,
) -> Result<Response, ApiError> {
    let (after, with_text) = (after(&headers, &uri)?, wants_text(&uri)?);
    let follower = service.runner.follow(run_id(&id)?, after).ok_or(ApiError::NoSuchRun)?;
    if follower.is_at_end() {
        return Ok(StatusCode::NO_CONTENT.into_response());
    }
    let events = events(follower, with_text, service.admit_follower()?);
    let events = Sse::new(events).keep_alive(KeepAlive::new().interval(KEEP_ALIVE));
    Ok(([UNBUFFERED, UNTRANSFORMED], events).into_response())
}

/// The events, for as long as `permit` is held by them.
fn events(
    follower: Follower,
    with_text: bool,
    permit: OwnedSemaphorePermit,
) -> impl Stream<Item = Result<Event, Infallible>> {
    stream::unfold((follower, permit), move |(mut follower, permit)| async move {
        loop {
            let event = match follower.next().await? {
                Followed::Event(logged) => {
                    render::event(&logged, with_text).map(|body| event(logged.id, &body))
                }
                Followed::Gap { asked_after, resumed_after } => {
                    let body = RunEventBody::Gap { asked_after, resumed_after };
                    Some(event(resumed_after, &body))
                }
            };
            if let Some(event) = event {
                return Some((Ok(event), (follower, permit)));
            }
        }
    })
}

fn event(id: u64, body: &RunEventBody) -> Event {
    // The type has nothing that JSON cannot say.
    let data = serde_json::to_string(body).unwrap_or_default();
    Event::default().id(id.to_string()).event(body.name()).data(data)
}
