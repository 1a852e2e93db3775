//! `watchme runs follow`: a run as it goes on, over as many connections as it takes.

use std::time::Duration;

use serde_json::Value;
use watchme_wire::{RunEventBody, RunStateName};

use super::{ending, recording_line, state};
use crate::output::Output;
use crate::server::{Server, ServerError};
use crate::sse::Reader;
use crate::trouble::{Ending, Trouble};

/// A lost connection is taken up again after this long, then twice as long, and so on.
const FIRST_WAIT: Duration = Duration::from_millis(500);

/// After so many connections in a row that brought nothing, a minute in all, nobody is there.
const FRUITLESS: u32 = 7;

pub(super) async fn run(server: &Server, id: &str, output: &Output) -> Result<Ending, Trouble> {
    let mut followed = Followed { last: None, ended: None };
    let (mut fruitless, mut is_first) = (0, true);
    loop {
        let before = followed.last.clone();
        let lost = match connection(server, id, &mut followed, output).await {
            Err(error) if is_first || !error.is_passing() => return Err(error.into()),
            Err(error) => Some(error),
            Ok(()) => None,
        };
        if let Some(ended) = followed.ended {
            return Ok(ended);
        }
        is_first = false;
        fruitless = if followed.last == before { fruitless + 1 } else { 1 };
        if fruitless > FRUITLESS {
            let gone = || Trouble::new("the stream ended without the run's end", "follow it again");
            return Err(lost.map_or_else(gone, Trouble::from));
        }
        if fruitless == 2 {
            output.note("the connection is lost; trying to take it up again");
        }
        tokio::time::sleep(FIRST_WAIT * 2_u32.pow(fruitless - 1)).await;
    }
}

struct Followed {
    /// The number of the latest event.
    last: Option<String>,
    ended: Option<Ending>,
}

/// Follows until the connection ends, for whatever reason.
async fn connection(
    server: &Server,
    id: &str,
    followed: &mut Followed,
    output: &Output,
) -> Result<(), ServerError> {
    let path = ["v1", "runs", id, "events"];
    let Some(mut stream) = server.events(&path, followed.last.as_deref()).await? else {
        // Everything was told before, but for how it ended: the connection broke off right there.
        followed.ended = Some(Ending::Done);
        return Ok(());
    };
    let mut reader = Reader::default();
    while let Some(bytes) = stream.chunk().await.map_err(|error| server.lost(error))? {
        for message in reader.push(&bytes) {
            // Types that are not known yet are passed on to programs and left out for people.
            let Ok(event) = serde_json::from_str::<Value>(&message.data) else { continue };
            if output.is_json {
                output.json(&event);
            }
            followed.last = message.id.or_else(|| followed.last.take());
            let Ok(event) = serde_json::from_value::<RunEventBody>(event) else { continue };
            if !output.is_json {
                output.line(line(&event));
            }
            if let RunEventBody::RunFinished { state, report, .. } = &event {
                followed.ended = Some(ending(*state, report.as_ref()));
                return Ok(());
            }
        }
        if reader.is_overfull() {
            return Err(server.odd());
        }
    }
    Ok(())
}

fn line(event: &RunEventBody) -> String {
    match event {
        RunEventBody::RunStarted { at } => format!("{at}  run started"),
        RunEventBody::RunPlanned { at, recordings } => {
            format!("{at}  {}", crate::commands::counted(*recordings, "recording"))
        }
        RunEventBody::RecordingClaimed { at, file, attempt } => {
            format!("{at}  {file}  claimed, attempt {attempt}")
        }
        RunEventBody::RecordingFetched { at, file, size_bytes } => {
            format!("{at}  {file}  fetched, {size_bytes} bytes")
        }
        RunEventBody::RecordingProgress { at, progress } => {
            let total = progress.seconds_total;
            let total = total.map(|total| format!(" of {total:.0}")).unwrap_or_default();
            format!("{at}  {}  {:.0}{total} s", progress.file, progress.seconds_done)
        }
        RunEventBody::RecordingFinished { at, recording } => {
            format!("{at}  {}", recording_line(recording))
        }
        RunEventBody::RunFinished { at, state: ended, report, error } => {
            let failed = report.as_ref().map_or(0, |report| report.summary.errors);
            match error {
                Some(error) => format!("{at}  run {}: {}", state(*ended), error.reason),
                None if *ended == RunStateName::Finished && failed > 0 => {
                    format!("{at}  run finished, {failed} failed")
                }
                None => format!("{at}  run {}", state(*ended)),
            }
        }
        RunEventBody::Gap { asked_after, resumed_after } => {
            format!("events {asked_after} to {resumed_after} are not kept any more")
        }
        _ => String::new(),
    }
}
