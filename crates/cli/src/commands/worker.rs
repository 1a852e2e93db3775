//! `watchme worker`: one of any number of machines that share the work.

use std::sync::Arc;

use serde::Serialize;
use watchme_app::App;
use watchme_core::{ClaimOrder, ClaimScope};
use watchme_runner::{Worker, WorkerConfig, WorkerReport, stop_signals};

use super::counted;
use crate::args::WorkerArgs;
use crate::output::Output;
use crate::trouble::{Ending, Trouble};

#[derive(Serialize)]
struct WorkerBody {
    worker: String,
    completed: usize,
    failed: usize,
    lost: usize,
}

pub(crate) async fn run(args: WorkerArgs, app: &App, output: &Output) -> Result<Ending, Trouble> {
    let settings = app.settings();
    let claiming = app.claiming();
    let owner = claiming.owner.clone();
    let config = WorkerConfig {
        scope: ClaimScope::Pending { device: args.device, window: None },
        order: if args.newest_first { ClaimOrder::NewestFirst } else { ClaimOrder::OldestFirst },
        lanes: settings.prefetch,
        poll: settings.work.poll,
        once: args.once,
        options: app.options().clone(),
    };
    let (first, second) =
        stop_signals().map_err(|error| Trouble::caused("signals cannot be received", &error))?;
    output.note(format!("working as `{owner}`; Ctrl-C ends in order, twice at once"));
    let mut worker = Worker::new(app.pipeline().clone(), claiming, settings.work.patience, config);
    if !args.once
        && let Some(queue) = app.announcements(args.queue).await?
    {
        worker = worker.announced_by(queue);
    }
    if let Some(completions) = app.completions().await? {
        worker = worker.telling(completions);
    }
    let report = tokio::select! {
        report = worker.run(Arc::new(()), first, settings.service.shutdown_grace) => report?,
        () = second => WorkerReport::default(),
    };
    show(owner, report, output);
    Ok(Ending::Done)
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
