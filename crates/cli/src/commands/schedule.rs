//! `watchme schedule`: transcribes what is pending at set times, or now.

use std::sync::Arc;

use jiff::Timestamp;
use serde::Serialize;
use watchme_app::App;
use watchme_core::rules::{Due, PlannedObject};
use watchme_runner::{Fired, Firing, Scheduler, SchedulerConfig, stop_signals};

use super::{counted, leased_pipeline};
use crate::args::ScheduleArgs;
use crate::error::{CommandError, ExitStatus};
use crate::output::Output;

#[derive(Serialize)]
struct DueBody {
    from: String,
    until: String,
    pending: usize,
    outside_period: usize,
    in_skipped_hours: usize,
    unreadable: Vec<String>,
    dates: Vec<String>,
    devices: Vec<String>,
    due: Vec<DueObjectBody>,
    #[serde(skip_serializing_if = "Option::is_none")]
    done: Option<DoneBody>,
}

#[derive(Serialize)]
struct DueObjectBody {
    file: String,
    device_id: String,
    date: String,
    time_block: String,
}

#[derive(Serialize)]
struct DoneBody {
    completed: usize,
    failed: usize,
    left: usize,
}

#[derive(Serialize)]
struct FiredBody {
    firings: usize,
    skipped: usize,
    broken_off: usize,
    completed: usize,
    failed: usize,
    left: usize,
}

pub(crate) async fn run(
    args: ScheduleArgs,
    app: &App,
    output: &Output,
) -> Result<ExitStatus, CommandError> {
    let scheduler = build_scheduler(app);
    if args.dry_run {
        let due = scheduler.due(Timestamp::now()).await?;
        show_due(&due, output);
        return Ok(ExitStatus::Done);
    }
    app.engine().verify(app.options()).await?;
    if args.once {
        return fire_once(&scheduler, app, output).await;
    }
    keep(scheduler, app, output).await
}

fn build_scheduler(app: &App) -> Scheduler {
    let settings = app.settings();
    let config = SchedulerConfig {
        look_back: settings.schedule.look_back,
        skip: settings.schedule.skip.clone(),
        zone: settings.speech.zone.clone(),
        options: app.options().clone(),
    };
    Scheduler::new(leased_pipeline(app), config)
}

/// Fires once. On a signal it stops and gives back its claims.
async fn fire_once(
    scheduler: &Scheduler,
    app: &App,
    output: &Output,
) -> Result<ExitStatus, CommandError> {
    let (first, second) = signals()?;
    let ended = async {
        first.await;
        output.note("stopping: saved texts stay, and the next firing does the rest");
        let grace = tokio::time::sleep(app.settings().service.shutdown_grace);
        tokio::select! { () = grace => {}, () = second => {} }
    };
    let fired = tokio::select! {
        fired = scheduler.fire(Timestamp::now(), Arc::new(())) => Some(fired),
        () = ended => None,
    };
    scheduler.release().await;
    let Some(firing) = fired.transpose()? else { return Ok(ExitStatus::SomeFailed) };
    show_firing(&firing, output);
    Ok(super::transcribe::exit_status(&firing.report))
}

async fn keep(
    scheduler: Scheduler,
    app: &App,
    output: &Output,
) -> Result<ExitStatus, CommandError> {
    let settings = app.settings();
    let Some(when) = settings.schedule.when.clone() else {
        return Err(CommandError::new(
            "no schedule is set",
            "set `WATCHME_SCHEDULE` to a cron expression such as `10 * * * *`, or fire now with `--once`",
        ));
    };
    let (first, second) = signals()?;
    let zone = settings.speech.zone.clone();
    output.note(format!("scheduled at `{when}`; Ctrl-C stops it in order, twice at once"));
    let next = move |after| when.next_after(after, &zone);
    let fired = tokio::select! {
        fired = scheduler.run(next, Arc::new(()), first, settings.service.shutdown_grace) => fired,
        () = second => Fired::default(),
    };
    show_fired(fired, output);
    Ok(ExitStatus::Done)
}

fn signals()
-> Result<(impl Future<Output = ()> + Send, impl Future<Output = ()> + Send), CommandError> {
    stop_signals().map_err(|error| CommandError::caused("cannot receive signals", &error))
}

fn body(due: &Due, done: Option<DoneBody>) -> DueBody {
    let object = |object: &PlannedObject| DueObjectBody {
        file: object.key.to_string(),
        device_id: object.slot.device.to_string(),
        date: object.slot.date.to_string(),
        time_block: object.slot.block.to_string(),
    };
    DueBody {
        from: due.period.from.to_string(),
        until: due.period.until.to_string(),
        pending: due.pending,
        outside_period: due.outside_period,
        in_skipped_hours: due.in_skipped_hours,
        unreadable: due.plan.unreadable.iter().map(|row| row.label.clone()).collect(),
        dates: due.dates().iter().map(ToString::to_string).collect(),
        devices: due.devices().iter().map(ToString::to_string).collect(),
        due: due.plan.objects.iter().map(object).collect(),
        done,
    }
}

fn show_due(due: &Due, output: &Output) {
    if output.is_json {
        output.json(&body(due, None));
        return;
    }
    for object in &due.plan.objects {
        output.line(format!("{}  {}", object.slot, object.key));
    }
    for row in &due.plan.unreadable {
        output.note(format!("cannot read the row of `{}`: {}", row.label, row.reason));
    }
    output.note(format!(
        "{} due from {} to {}; of {} pending {} outside that time and {} in hours to skip",
        counted(due.plan.objects.len(), "recording"),
        due.period.from,
        due.period.until,
        due.pending,
        due.outside_period,
        due.in_skipped_hours
    ));
}

fn show_firing(firing: &Firing, output: &Output) {
    let completed = firing.report.completed().count();
    let (failed, left) = (firing.failed(), firing.left());
    if output.is_json {
        output.json(&body(&firing.due, Some(DoneBody { completed, failed, left })));
        return;
    }
    output.line(summary(completed, failed, left));
}

fn show_fired(fired: Fired, output: &Output) {
    let Fired { firings, skipped, broken_off, completed, failed, left } = fired;
    if output.is_json {
        output.json(&FiredBody { firings, skipped, broken_off, completed, failed, left });
        return;
    }
    output.line(format!(
        "{}, {skipped} skipped, {broken_off} broken off: {}",
        counted(firings, "firing"),
        summary(completed, failed, left)
    ));
}

fn summary(completed: usize, failed: usize, left: usize) -> String {
    format!(
        "{} completed, {failed} failed, {left} left to others or later",
        counted(completed, "recording")
    )
}
