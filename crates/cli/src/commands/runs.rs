//! `watchme runs`: the runs of a service.

mod follow;

use watchme_app::Environment;
use watchme_wire::{
    OutcomeName, RecordingBody, RunAccepted, RunBody, RunCancelled, RunProgressBody, RunReportBody,
    RunRequest, RunStateName, RunsBody,
};

use crate::args::{RunsArgs, RunsCommand, StartRunArgs};
use crate::output::Output;
use crate::server::Server;
use crate::trouble::{Ending, Trouble};

/// How many runs are listed where nobody says.
const LISTED: u16 = 20;

/// The class of a recording whose object is gone: rows outlive their audio, so that it is no
/// failure.
const MISSING: &str = "missing";

pub(crate) async fn run(
    args: RunsArgs,
    environment: &Environment,
    output: &Output,
) -> Result<Ending, Trouble> {
    let server = Server::new(&args.server, environment)?;
    match args.command.unwrap_or(RunsCommand::List { limit: LISTED }) {
        RunsCommand::List { limit } => list(&server, limit, output).await,
        RunsCommand::Show { id } => show(&server, &id, output).await,
        RunsCommand::Follow { id } => follow::run(&server, &id, output).await,
        RunsCommand::Cancel { id } => cancel(&server, &id, output).await,
        RunsCommand::Start(args) => start(&server, args, output).await,
    }
}

async fn list(server: &Server, limit: u16, output: &Output) -> Result<Ending, Trouble> {
    let body: RunsBody = server.get(&["v1", "runs"], Some(&format!("limit={limit}"))).await?;
    if output.is_json {
        output.json(&body);
        return Ok(Ending::Done);
    }
    for run in &body.runs {
        output.line(line(run));
    }
    Ok(Ending::Done)
}

async fn show(server: &Server, id: &str, output: &Output) -> Result<Ending, Trouble> {
    let run: RunBody = server.get(&["v1", "runs", id], None).await?;
    if output.is_json {
        output.json(&run);
    } else {
        output.line(line(&run));
        for recording in run.report.iter().flat_map(|report| &report.recordings) {
            output.line(recording_line(recording));
        }
        if let Some(error) = &run.error {
            output.line(format!("{}: {}", error.kind, error.reason));
        }
    }
    Ok(ending(run.state, run.report.as_ref()))
}

async fn cancel(server: &Server, id: &str, output: &Output) -> Result<Ending, Trouble> {
    let body: RunCancelled = server.delete(&["v1", "runs", id]).await?;
    if output.is_json {
        output.json(&body);
    } else {
        output.note(format!("cancelled: {}", body.latency));
    }
    Ok(Ending::Done)
}

async fn start(server: &Server, args: StartRunArgs, output: &Output) -> Result<Ending, Trouble> {
    let follows = args.follow;
    let accepted: RunAccepted = server.post(&["v1", "runs"], &request(args)).await?;
    if follows {
        output.note(format!("run {}", accepted.id));
        return follow::run(server, &accepted.id, output).await;
    }
    if output.is_json {
        output.json(&accepted);
    } else {
        output.line(&accepted.id);
        if accepted.joined {
            output.note("an equal run goes on already: this is its id");
        }
    }
    Ok(Ending::Done)
}

fn request(args: StartRunArgs) -> RunRequest {
    let (day, paths) = (args.day, args.paths);
    let date = day.date.map(|date| date.to_string());
    let blocks: Vec<_> = day.blocks.iter().map(ToString::to_string).collect();
    let (date, local_date) = if blocks.is_empty() { (date, None) } else { (None, date) };
    RunRequest {
        device_id: day.device.map(|device| device.to_string()),
        date,
        local_date,
        time_blocks: (!blocks.is_empty()).then_some(blocks),
        file_paths: (!paths.is_empty()).then(|| paths.iter().map(ToString::to_string).collect()),
        model: args.model.map(|model| model.to_string()),
        language: args.language.map(|language| language.to_string()),
    }
}

/// A run in one line.
pub(super) fn line(run: &RunBody) -> String {
    let RunProgressBody { recordings, completed, failed, .. } = &run.progress;
    let total = recordings.map_or_else(|| "?".to_owned(), |count| count.to_string());
    let percent = percent(run).map(|percent| format!(" {percent:>3} %")).unwrap_or_default();
    format!(
        "{}  {:<9}{percent}  {completed} of {total} completed, {failed} failed  {}",
        run.id,
        state(run.state),
        what(&run.request)
    )
}

/// How far a run that goes on is, the recording under way included.
pub(super) fn percent(run: &RunBody) -> Option<u32> {
    let RunProgressBody { recordings, completed, failed, current } = &run.progress;
    let total = recordings.filter(|_| run.state == RunStateName::Running)?;
    let part = current.as_ref().and_then(|current| {
        let total = current.seconds_total.filter(|total| *total > 0.0)?;
        Some((current.seconds_done / total).clamp(0.0, 1.0))
    });
    // Rows are counted, of which several may name one recording.
    let count = |number: usize| f64::from(u32::try_from(number).unwrap_or(u32::MAX));
    let done = count(completed + failed) + part.unwrap_or(0.0);
    let percent = (done / count(total.max(1)) * 100.0).clamp(0.0, 100.0);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to 100")]
    let percent = percent as u32;
    Some(percent)
}

/// What a run was asked for.
fn what(request: &RunRequest) -> String {
    let date = request.date.as_ref().or(request.local_date.as_ref());
    match (&request.device_id, date, &request.file_paths) {
        (Some(device), Some(date), _) => {
            let blocks = request.time_blocks.as_ref().filter(|blocks| !blocks.is_empty());
            let blocks = blocks.map(|blocks| format!(" {}", blocks.join(","))).unwrap_or_default();
            format!("{device} {date}{blocks}")
        }
        (_, _, Some(paths)) => match &paths[..] {
            [path] => path.clone(),
            paths => super::counted(paths.len(), "recording"),
        },
        _ => "everything pending".to_owned(),
    }
}

/// A row of a report in one line.
fn recording_line(recording: &RecordingBody) -> String {
    match (&recording.outcome, &recording.error) {
        (OutcomeName::Completed, _) => format!("{}  completed", recording.file),
        (OutcomeName::Failed, Some(error)) => {
            format!("{}  failed: {}", recording.file, error.reason)
        }
        (OutcomeName::Failed, None) => format!("{}  failed", recording.file),
    }
}

/// The status of a command that looked at a run in this state.
fn ending(state: RunStateName, report: Option<&RunReportBody>) -> Ending {
    let failed = |recording: &RecordingBody| {
        recording.error.as_ref().is_some_and(|error| error.kind != MISSING)
    };
    match state {
        RunStateName::Cancelled | RunStateName::Failed => Ending::SomeFailed,
        _ if report.is_some_and(|report| report.recordings.iter().any(failed)) => {
            Ending::SomeFailed
        }
        _ => Ending::Done,
    }
}

fn state(state: RunStateName) -> &'static str {
    match state {
        RunStateName::Waiting => "waiting",
        RunStateName::Running => "running",
        RunStateName::Finished => "finished",
        RunStateName::Cancelled => "cancelled",
        RunStateName::Failed => "failed",
    }
}
