//! `watchme runs`: lists, follows, starts and cancels runs of a service.

mod follow;

use watchme_app::Environment;
use watchme_wire::{
    OutcomeName, RecordingBody, RunAccepted, RunBody, RunCancelled, RunProgressBody, RunReportBody,
    RunRequest, RunStateName, RunsBody,
};

use crate::args::{RunsArgs, RunsCommand, StartRunArgs};
use crate::client::Client;
use crate::error::{CommandError, ExitStatus};
use crate::output::Output;

/// Default number of runs listed.
const LISTED: u16 = 20;

/// Error kind of a recording without an object. It does not count as a failure, since rows
/// outlive their audio.
const MISSING: &str = "missing";

pub(crate) async fn run(
    args: RunsArgs,
    environment: &Environment,
    output: &Output,
) -> Result<ExitStatus, CommandError> {
    let client = Client::new(&args.server, environment)?;
    match args.command.unwrap_or(RunsCommand::List { limit: LISTED }) {
        RunsCommand::List { limit } => list(&client, limit, output).await,
        RunsCommand::Show { id } => show(&client, &id, output).await,
        RunsCommand::Follow { id } => follow::run(&client, &id, output).await,
        RunsCommand::Cancel { id } => cancel(&client, &id, output).await,
        RunsCommand::Start(args) => start(&client, args, output).await,
    }
}

async fn list(client: &Client, limit: u16, output: &Output) -> Result<ExitStatus, CommandError> {
    let body: RunsBody = client.get(&["v1", "runs"], Some(&format!("limit={limit}"))).await?;
    if output.is_json {
        output.json(&body);
        return Ok(ExitStatus::Done);
    }
    for run in &body.runs {
        output.line(line(run));
    }
    Ok(ExitStatus::Done)
}

async fn show(client: &Client, id: &str, output: &Output) -> Result<ExitStatus, CommandError> {
    let run: RunBody = client.get(&["v1", "runs", id], None).await?;
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
    Ok(exit_status(run.state, run.report.as_ref()))
}

async fn cancel(client: &Client, id: &str, output: &Output) -> Result<ExitStatus, CommandError> {
    let body: RunCancelled = client.delete(&["v1", "runs", id]).await?;
    if output.is_json {
        output.json(&body);
    } else {
        output.note(format!("cancelled: {}", body.latency));
    }
    Ok(ExitStatus::Done)
}

async fn start(
    client: &Client,
    args: StartRunArgs,
    output: &Output,
) -> Result<ExitStatus, CommandError> {
    let follows = args.follow;
    let accepted: RunAccepted = client.post(&["v1", "runs"], &request(args)).await?;
    if follows {
        output.note(format!("run {}", accepted.id));
        return follow::run(client, &accepted.id, output).await;
    }
    if output.is_json {
        output.json(&accepted);
    } else {
        output.line(&accepted.id);
        if accepted.joined {
            output.note("joined an equal run; this is its id");
        }
    }
    Ok(ExitStatus::Done)
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

/// Formats a run as one line.
pub(super) fn line(run: &RunBody) -> String {
    let RunProgressBody { recordings, completed, failed, .. } = &run.progress;
    let total = recordings.map_or_else(|| "?".to_owned(), |count| count.to_string());
    let percent = percent_done(run).map(|percent| format!(" {percent:>3} %")).unwrap_or_default();
    format!(
        "{}  {:<9}{percent}  {completed} of {total} completed, {failed} failed  {}",
        run.id,
        state(run.state),
        describe(&run.request)
    )
}

/// Percentage done of a current run, including its current recording.
pub(super) fn percent_done(run: &RunBody) -> Option<u32> {
    let RunProgressBody { recordings, completed, failed, current } = &run.progress;
    let total = recordings.filter(|_| run.state == RunStateName::Running)?;
    let part = current.as_ref().and_then(|current| {
        let total = current.seconds_total.filter(|total| *total > 0.0)?;
        Some((current.seconds_done / total).clamp(0.0, 1.0))
    });
    // Rows are counted, and several may name one recording.
    let count = |number: usize| f64::from(u32::try_from(number).unwrap_or(u32::MAX));
    let done = count(completed + failed) + part.unwrap_or(0.0);
    let percent = (done / count(total.max(1)) * 100.0).clamp(0.0, 100.0);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to 100")]
    let percent = percent as u32;
    Some(percent)
}

/// Describes the request of a run.
fn describe(request: &RunRequest) -> String {
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

/// Formats a row of a report as one line.
fn recording_line(recording: &RecordingBody) -> String {
    match (&recording.outcome, &recording.error) {
        (OutcomeName::Completed, _) => format!("{}  completed", recording.file),
        (OutcomeName::Failed, Some(error)) => {
            format!("{}  failed: {}", recording.file, error.reason)
        }
        (OutcomeName::Failed, None) => format!("{}  failed", recording.file),
    }
}

/// Exit status of a command that showed a run in this state.
fn exit_status(state: RunStateName, report: Option<&RunReportBody>) -> ExitStatus {
    let failed = |recording: &RecordingBody| {
        recording.error.as_ref().is_some_and(|error| error.kind != MISSING)
    };
    match state {
        RunStateName::Cancelled | RunStateName::Failed => ExitStatus::SomeFailed,
        _ if report.is_some_and(|report| report.recordings.iter().any(failed)) => {
            ExitStatus::SomeFailed
        }
        _ => ExitStatus::Done,
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
