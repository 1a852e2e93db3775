//! `watchme transcribe`: transcribes recordings of the store.

use std::time::Instant;

use serde::Serialize;
use watchme_app::App;
use watchme_core::rules::Plan;
use watchme_core::{FailureKind, Outcome, RecordingReport, Report, Selection, TranscribeOptions};
use watchme_wire::{BlocksResponse, DayResponse, FilesResponse};

use super::{Day, counted, leased_pipeline, refuse_unknown};
use crate::args::TranscribeArgs;
use crate::error::{CommandError, ExitStatus};
use crate::output::Output;
use crate::render::day;
use crate::{output, progress};

pub(crate) async fn run(
    args: TranscribeArgs,
    app: &App,
    output: &Output,
) -> Result<ExitStatus, CommandError> {
    let options = choose_options(&args, app)?;
    let is_dry = args.dry_run;
    let selection = match Day::of(args.day) {
        Some(Day { device, date, blocks }) => Selection::Day { device, date, blocks },
        None if args.pending => Selection::Pending,
        None => Selection::Objects(args.paths.into_iter().collect()),
    };
    let plan = app.pipeline().plan(&selection).await?;
    if let Selection::Day { device, date, .. } = &selection
        && plan.total == 0
    {
        refuse_unknown(app, device, *date).await?;
    }
    if is_dry {
        show_plan(&plan, output);
        return Ok(ExitStatus::Done);
    }
    app.engine().verify(&options).await?;
    let started = Instant::now();
    let leased = leased_pipeline(app);
    let run = leased.pipeline().run(&selection, &options, progress::of_run(output));
    let result = tokio::select! {
        result = run => Some(result),
        Ok(()) = tokio::signal::ctrl_c() => None,
    };
    leased.release().await;
    let Some(report) = result.transpose()? else { return Ok(ExitStatus::Interrupted) };
    if output.is_json {
        print_json(&selection, &report, started, output);
    } else {
        show_report(&report, started, output);
    }
    Ok(exit_status(&report))
}

/// The exit status for a report. A missing object does not count as a failure, since rows outlive
/// their audio, and neither does a recording that another worker has.
pub(crate) fn exit_status(report: &Report) -> ExitStatus {
    let is_real = |kind| !matches!(kind, FailureKind::Missing | FailureKind::ClaimedElsewhere);
    let has_failed = report.failed().any(|(_, failure)| is_real(failure.kind));
    if has_failed { ExitStatus::SomeFailed } else { ExitStatus::Done }
}

fn choose_options(args: &TranscribeArgs, app: &App) -> Result<TranscribeOptions, CommandError> {
    let mut options = app.options().clone();
    if let Some(model) = &args.model {
        if !app.models().any(|allowed| allowed == model) {
            let allowed: Vec<_> = app.models().map(ToString::to_string).collect();
            return Err(CommandError::new(
                format!("the model `{model}` is not allowed"),
                format!("allowed are {}; `WATCHME_MODELS` sets them", allowed.join(", ")),
            ));
        }
        options.model = model.clone();
    }
    if let Some(language) = &args.language {
        options.language = language.clone();
    }
    Ok(options)
}

#[derive(Serialize)]
struct PlanBody {
    total: usize,
    already_completed: usize,
    objects: Vec<PlannedBody>,
    unreadable: Vec<String>,
    unknown: Vec<String>,
}

#[derive(Serialize)]
struct PlannedBody {
    file: String,
    device_id: String,
    date: String,
    time_block: String,
    rows: usize,
}

fn show_plan(plan: &Plan, output: &Output) {
    if output.is_json {
        let planned = |object: &watchme_core::rules::PlannedObject| PlannedBody {
            file: object.key.to_string(),
            device_id: object.slot.device.to_string(),
            date: object.slot.date.to_string(),
            time_block: object.slot.block.to_string(),
            rows: object.rows.len(),
        };
        output.json(&PlanBody {
            total: plan.total,
            already_completed: plan.already_completed,
            objects: plan.objects.iter().map(planned).collect(),
            unreadable: plan.unreadable.iter().map(|row| row.label.clone()).collect(),
            unknown: plan.unknown.iter().map(ToString::to_string).collect(),
        });
        return;
    }
    for object in &plan.objects {
        output.line(format!("{}  {}", object.slot, object.key));
    }
    for row in &plan.unreadable {
        output.note(format!("cannot read the row of `{}`: {}", row.label, row.reason));
    }
    for key in &plan.unknown {
        output.note(format!("no row names `{key}`"));
    }
    let objects = counted(plan.objects.len(), "recording");
    output.note(format!(
        "{objects} would be transcribed; of {} {} completed",
        counted(plan.total, "row"),
        plan.already_completed
    ));
}

fn print_json(selection: &Selection, report: &Report, started: Instant, output: &Output) {
    let took = started.elapsed();
    match selection {
        Selection::Day { device, date, blocks: None } => {
            output.json(&DayResponse::new(device, *date, report, took));
        }
        Selection::Day { device, date, blocks: Some(blocks) } => {
            let blocks = Some(blocks.iter().map(ToString::to_string).collect());
            output.json(&BlocksResponse::new(device, *date, blocks, report, took));
        }
        Selection::Objects(_) | Selection::Pending => {
            output.json(&FilesResponse::new(report, took));
        }
    }
}

fn show_report(report: &Report, started: Instant, output: &Output) {
    for item in &report.recordings {
        output.line(day::shortened(&line(item), output::columns()));
    }
    let completed = report.completed().count();
    let is_missing = |kind| kind == FailureKind::Missing;
    let missing = report.failed().filter(|(_, failure)| is_missing(failure.kind)).count();
    let failed = report.failed().count() - missing;
    let done = match report.recordings.len() {
        0 => "nothing left to do".to_owned(),
        _ => format!("{completed} completed, {missing} missing, {failed} failed"),
    };
    output.note(format!(
        "{done}; of {} {} were completed before; {:.1} s",
        counted(report.total, "row"),
        report.already_completed,
        started.elapsed().as_secs_f64()
    ));
}

fn line(item: &RecordingReport) -> String {
    let place = item.slot.as_ref().map_or_else(|| item.label.clone(), ToString::to_string);
    match &item.outcome {
        Outcome::Transcribed(transcript) if transcript.segments.is_empty() => {
            format!("{place}  silent")
        }
        Outcome::Transcribed(transcript) => {
            format!("{place}  text     {}", day::one_line(&transcript.text()))
        }
        Outcome::Failed(failure) if failure.kind == FailureKind::Missing => {
            format!("{place}  missing  {}", failure.reason)
        }
        Outcome::Failed(failure) => format!("{place}  failed   {}", failure.reason),
    }
}
