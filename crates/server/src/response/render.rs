//! Runs as clients see them.

use jiff::Timestamp;
use watchme_runner::{
    LoggedEvent, RecordingProgress, RunError, RunEvent, RunHandle, RunResult, RunSnapshot, RunState,
};
use watchme_wire::{
    CurrentRecording, RecordingBody, RunAccepted, RunBody, RunErrorBody, RunEventBody,
    RunProgressBody, RunReportBody, RunRequest, RunStateName,
};

/// Amount of detail of a run: none, with its report, or with the texts of the report too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Detail {
    Short,
    Report,
    Text,
}

pub(crate) fn run(run: &RunSnapshot, detail: Detail) -> RunBody {
    let result = run.result.as_ref();
    let with_text = detail == Detail::Text;
    RunBody {
        id: run.id.to_string(),
        state: state(run.state),
        accepted_at: time(run.accepted_at),
        started_at: run.started_at.map(time),
        ended_at: run.ended_at.map(time),
        request: RunRequest::new(&run.request.selection, &run.request.options),
        progress: RunProgressBody {
            recordings: run.progress.objects,
            completed: run.progress.completed,
            failed: run.progress.failed,
            current: run.progress.current.as_ref().map(progress),
        },
        last_event: run.last_event,
        error: result.and_then(error),
        report: result
            .filter(|_| detail != Detail::Short)
            .and_then(|result| report(result, with_text)),
    }
}

pub(crate) fn accepted(run: &RunHandle) -> RunAccepted {
    let id = run.accepted().id.to_string();
    RunAccepted { id, state: state(run.accepted().state), joined: run.is_joined() }
}

pub(crate) fn state(state: RunState) -> RunStateName {
    match state {
        RunState::Waiting => RunStateName::Waiting,
        RunState::Running => RunStateName::Running,
        RunState::Finished => RunStateName::Finished,
        RunState::Cancelled => RunStateName::Cancelled,
        RunState::Failed => RunStateName::Failed,
    }
}

/// Returns the data of an event, or `None` for one that has no name on the wire yet.
pub(crate) fn event(logged: &LoggedEvent, with_text: bool) -> Option<RunEventBody> {
    let at = time(logged.at);
    Some(match &logged.event {
        RunEvent::Started => RunEventBody::RunStarted { at },
        RunEvent::Planned { objects } => RunEventBody::RunPlanned { at, recordings: *objects },
        RunEvent::Claimed { key, attempt } => {
            RunEventBody::RecordingClaimed { at, file: key.to_string(), attempt: *attempt }
        }
        RunEvent::Fetched { key, size_bytes } => {
            let (file, size_bytes) = (key.to_string(), *size_bytes);
            RunEventBody::RecordingFetched { at, file, size_bytes }
        }
        RunEvent::Progress(told) => {
            RunEventBody::RecordingProgress { at, progress: progress(told) }
        }
        RunEvent::Quarantined { key, .. } => {
            RunEventBody::RecordingQuarantined { at, file: key.to_string() }
        }
        RunEvent::Finished(report) => {
            let recording = RecordingBody::new(report, with_text);
            RunEventBody::RecordingFinished { at, recording }
        }
        RunEvent::Ended { state, result } => RunEventBody::RunFinished {
            at,
            state: self::state(*state),
            report: report(result, with_text),
            error: error(result),
        },
        _ => return None,
    })
}

fn progress(progress: &RecordingProgress) -> CurrentRecording {
    CurrentRecording {
        file: progress.key.to_string(),
        seconds_done: progress.done.as_secs_f64(),
        seconds_total: progress.total.map(|total| total.as_secs_f64()),
    }
}

fn report(result: &RunResult, with_text: bool) -> Option<RunReportBody> {
    result.as_ref().ok().map(|report| RunReportBody::new(report, with_text))
}

fn error(result: &RunResult) -> Option<RunErrorBody> {
    let error = result.as_ref().err()?;
    let (kind, reason) = match &**error {
        // Without causes, which may name hosts; the run has logged them.
        RunError::Store(store) => ("store", format!("{error}: {store}")),
        RunError::Cancelled => ("shutdown", error.to_string()),
        RunError::Withdrawn => ("withdrawn", error.to_string()),
        _ => ("fault", error.to_string()),
    };
    Some(RunErrorBody { kind: kind.to_owned(), reason })
}

/// Formats a time as RFC 3339 in UTC, to the millisecond.
pub(crate) fn time(at: Timestamp) -> String {
    format!("{at:.3}")
}
