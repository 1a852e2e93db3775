//! `GET /v1/events`: all runs as they change.

use std::convert::Infallible;

use axum::extract::State;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::{Stream, stream};
use tokio::sync::OwnedSemaphorePermit;
use watchme_runner::{RunSnapshot, RunsFollower};
use watchme_wire::{ErrorBody, RunBody};

use super::events::KEEP_ALIVE;
use crate::Service;
use crate::response::ApiError;
use crate::response::keep_alive::{UNBUFFERED, UNTRANSFORMED};
use crate::response::render::{self, Detail};

/// Number of ended runs at the beginning of a stream, the same as in a list.
const RECENT: usize = 20;

/// Follow all runs
///
/// Server-sent events named `run`, each with the current state of a run, without its report: first
/// all waiting and running ones and the 20 that ended last, then each run that is accepted, starts,
/// progresses or ends. Progress is sent at most twice a second. Events have no numbers: a client that
/// reconnects starts over. A quiet stream has a comment every 15 seconds.
#[utoipa::path(
    get,
    path = "/v1/events",
    tag = "feed",
    responses(
        (status = 200, description = "The events. The schema describes the data of one",
            body = RunBody, content_type = "text/event-stream"),
        (status = 503, description = "Too many clients follow runs; `retry-after` says when to \
            try again", body = ErrorBody,
            headers(("retry-after" = u64, description = "Seconds"))),
    )
)]
pub(crate) async fn feed(State(service): State<Service>) -> Result<Response, ApiError> {
    let permit = service.admit_follower()?;
    let events = follow(service.runner.follow_all(RECENT), permit);
    let events = Sse::new(events).keep_alive(KeepAlive::new().interval(KEEP_ALIVE));
    Ok(([UNBUFFERED, UNTRANSFORMED], events).into_response())
}

/// Streams the events. The stream holds `permit` while it lasts.
fn follow(
    follower: RunsFollower,
    permit: OwnedSemaphorePermit,
) -> impl Stream<Item = Result<Event, Infallible>> {
    stream::unfold((follower, permit), async |(mut follower, permit)| {
        let run = follower.next().await?;
        Some((Ok(to_sse(&run)), (follower, permit)))
    })
}

fn to_sse(run: &RunSnapshot) -> Event {
    // The type cannot fail to serialize.
    let data = serde_json::to_string(&render::run(run, Detail::Short)).unwrap_or_default();
    Event::default().event("run").data(data)
}
