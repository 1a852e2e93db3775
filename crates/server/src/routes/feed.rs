//! `/v1/events`: all runs as they go on.

use std::convert::Infallible;

use axum::extract::State;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::{Stream, stream};
use tokio::sync::OwnedSemaphorePermit;
use watchme_runner::{RunSnapshot, RunsFollower};
use watchme_wire::{ErrorBody, RunBody};

use crate::Service;
use crate::early::{UNBUFFERED, UNTRANSFORMED};
use crate::error::ApiError;
use crate::render::{self, Detail};
use crate::routes::events::KEEP_ALIVE;

/// How many ended runs a stream begins with: as many as a list has.
const RECENT: usize = 20;

/// Follow all runs
///
/// Server-sent events named `run`, each with a run as it is, without its report: first those that
/// wait or go on and the 20 that ended last, then each whenever it is accepted, begins, gets on or
/// ends. A run that gets on is told at most twice a second. Events have no numbers: a client that
/// comes back begins anew. Quiet times have a comment every 15 seconds.
#[utoipa::path(
    get,
    path = "/v1/events",
    responses(
        (status = 200, description = "The events. The schema is that of the data of one",
            body = RunBody, content_type = "text/event-stream"),
        (status = 503, description = "Too many clients follow runs; `retry-after` says when to \
            ask again", body = ErrorBody,
            headers(("retry-after" = u64, description = "Seconds"))),
    )
)]
pub(crate) async fn feed(State(service): State<Service>) -> Result<Response, ApiError> {
    let permit = service.admit_follower()?;
    let events = events(service.runner.follow_all(RECENT), permit);
    let events = Sse::new(events).keep_alive(KeepAlive::new().interval(KEEP_ALIVE));
    Ok(([UNBUFFERED, UNTRANSFORMED], events).into_response())
}

/// The events, for as long as `permit` is held by them.
fn events(
    follower: RunsFollower,
    permit: OwnedSemaphorePermit,
) -> impl Stream<Item = Result<Event, Infallible>> {
    stream::unfold((follower, permit), async |(mut follower, permit)| {
        let run = follower.next().await?;
        Some((Ok(event(&run)), (follower, permit)))
    })
}

fn event(run: &RunSnapshot) -> Event {
    // The type has nothing that JSON cannot say.
    let data = serde_json::to_string(&render::run(run, Detail::Short)).unwrap_or_default();
    Event::default().event("run").data(data)
}
