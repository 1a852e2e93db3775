//! `watchme worker`: transcribes whatever is pending, beside any number of other workers.

use std::sync::Arc;

use serde::Serialize;
use watchme_app::App;
use watchme_core::{ClaimOrder, ClaimScope};
use watchme_runner::{Worker, WorkerConfig, WorkerReport, stop_signals};

use super::{counted, leased_pipeline};
use crate::args::WorkerArgs;
use crate::error::{CommandError, ExitStatus};
use crate::output::Output;

#[derive(Serialize)]
struct WorkerBody {
    worker: String,
    completed: usize,
    failed: usize,
    lost: usize,
}

pub(crate) async fn run(
    args: WorkerArgs,
    app: &App,
    output: &Output,
) -> Result<ExitStatus, CommandError> {
    let settings = app.settings();
    app.engine().verify(app.options()).await?;
    let pipeline = leased_pipeline(app);
    let owner = pipeline.claiming().owner.clone();
    let config = WorkerConfig {
        scope: ClaimScope::Pending { device: args.device, window: None },
        order: if args.newest_first { ClaimOrder::NewestFirst } else { ClaimOrder::OldestFirst },
        lanes: settings.prefetch,
        poll: settings.work.poll,
        once: args.once,
        options: app.options().clone(),
    };
    let (first, second) =
        stop_signals().map_err(|error| CommandError::caused("cannot receive signals", &error))?;
    output.note(format!("working as `{owner}`; Ctrl-C stops it in order, twice at once"));
    let mut worker = Worker::new(pipeline, config);
    if !args.once
        && let Some(queue) = app.announcements(args.queue).await?
    {
        worker = worker.announced_by(queue);
    }
    if let Some(completions) = app.completions().await? {
        worker = worker.reporting_to(completions);
    }
    let report = tokio::select! {
        report = worker.run(Arc::new(()), first, settings.service.shutdown_grace) => report?,
        () = second => WorkerReport::default(),
    };
    show(owner, report, output);
    Ok(ExitStatus::Done)
}

fn show(worker: String, report: WorkerReport, output: &Output) {
    let WorkerReport { completed, failed, lost } = report;
    if output.is_json {
        output.json(&WorkerBody { worker, completed, failed, lost });
        return;
    }
    output.line(format!(
        "{} completed, {failed} failed, {lost} taken over by others",
        counted(completed, "recording")
    ));
}
