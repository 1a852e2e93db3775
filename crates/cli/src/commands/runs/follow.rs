//! `watchme runs follow`: prints the events of a run, reconnecting as often as needed.

use std::time::Duration;

use serde_json::Value;
use watchme_wire::{RunEventBody, RunStateName};

use super::{exit_status, recording_line, state};
use crate::client::sse::Reader;
use crate::client::{Client, ClientError};
use crate::error::{CommandError, ExitStatus};
use crate::output::Output;

/// Wait before the first reconnection. Doubles each time.
const FIRST_WAIT: Duration = Duration::from_millis(500);

/// Connections in a row that may bring nothing, a minute in all, before giving up.
const FRUITLESS: u32 = 7;

pub(super) async fn run(
    client: &Client,
    id: &str,
    output: &Output,
) -> Result<ExitStatus, CommandError> {
    let mut followed = Followed { last: None, ended: None };
    let (mut fruitless, mut is_first) = (0, true);
    loop {
        let before = followed.last.clone();
        let lost = match connection(client, id, &mut followed, output).await {
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
            let gone =
                || CommandError::new("the stream ended before the run did", "follow the run again");
            return Err(lost.map_or_else(gone, CommandError::from));
        }
        if fruitless == 2 {
            output.note("the connection is lost; reconnecting");
        }
        tokio::time::sleep(FIRST_WAIT * 2_u32.pow(fruitless - 1)).await;
    }
}

struct Followed {
    /// Number of the latest event.
    last: Option<String>,
    ended: Option<ExitStatus>,
}

/// Follows the run until the connection ends, for whatever reason.
async fn connection(
    client: &Client,
    id: &str,
    followed: &mut Followed,
    output: &Output,
) -> Result<(), ClientError> {
    let path = ["v1", "runs", id, "events"];
    let Some(mut stream) = client.events(&path, followed.last.as_deref()).await? else {
        // All events were read before, but the connection was lost right at the end.
        followed.ended = Some(ExitStatus::Done);
        return Ok(());
    };
    let mut reader = Reader::default();
    while let Some(bytes) = stream.chunk().await.map_err(|error| client.lost(error))? {
        for message in reader.push(&bytes) {
            // Unknown types of events are passed on in JSON and left out in text.
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
                followed.ended = Some(exit_status(*state, report.as_ref()));
                return Ok(());
            }
        }
        if reader.is_overfull() {
            return Err(client.odd());
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
