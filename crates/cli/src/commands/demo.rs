//! `watchme demo`: transcribes the recordings that come with the project.

mod layout;
mod verdict;

use std::path::PathBuf;

use jiff::Timestamp;
use watchme_app::{App, Environment, Settings, variables as var};
use watchme_core::{FailureKind, Report, Selection};

use super::counted;
use crate::args::DemoArgs;
use crate::error::{CommandError, ExitStatus};
use crate::output::Output;
use crate::progress;
use layout::Layout;

/// Settings that the demo takes over. It sets the rest itself, so that it touches no real database
/// and needs no keys.
const TAKEN: [&var::Variable; 2] = [&var::THREADS, &var::MEMORY_LIMIT_MB];

pub(crate) async fn run(
    args: DemoArgs,
    environment: &Environment,
    output: &Output,
) -> Result<ExitStatus, CommandError> {
    let set = || environment.get(&var::DATA_DIR).map(PathBuf::from);
    let dir = args.dir.or_else(set).unwrap_or_else(|| PathBuf::from("var/demo"));
    let layout = Layout::read(&args.models_dir).await?;
    layout.write_recordings(&dir.join("recordings")).await?;

    let app = App::build(Settings::parse(&demo_environment(environment, &dir, &layout))?).await?;
    let registered = app.register(layout.keys()).await?;
    output.note(format!(
        "{} in `{}`, {} new; device `{}`, {}",
        counted(registered.found, "recording"),
        dir.display(),
        registered.added.len(),
        layout.device,
        layout.date
    ));

    let selection =
        Selection::Day { device: layout.device.clone(), date: layout.date, blocks: None };
    let observer = progress::of_run(output);
    let report = app.pipeline().run(&selection, app.options(), observer).await?;
    let (device, now) = (&layout.device, Timestamp::now());
    let slots = app.pipeline().day(device, layout.date, now).await?;
    let verdicts = verdict::judge(&layout, &slots, &report);
    verdicts.print(output);
    summarise(&report, output);
    Ok(if verdicts.is_as_expected() { ExitStatus::Done } else { ExitStatus::SomeFailed })
}

fn demo_environment(real: &Environment, dir: &std::path::Path, layout: &Layout) -> Environment {
    let taken = TAKEN.into_iter().filter_map(|variable| Some((variable.name, real.get(variable)?)));
    Environment::from_pairs(taken)
        .with(&var::DATA_DIR, dir.display().to_string())
        .with(&var::MODELS, format!("synth-tiny={}", layout.model.display()))
        .with(&var::LANGUAGE, "auto")
}

fn summarise(report: &Report, output: &Output) {
    let completed = report.completed().count();
    if completed > 0 {
        let failed = report.failed().count();
        output.note(format!("{completed} completed, {failed} left pending, each with its reason"));
        return;
    }
    let reason = |(item, failure): (&watchme_core::RecordingReport, &watchme_core::Failure)| {
        let block = item.slot.as_ref().map(|slot| slot.block.to_string()).unwrap_or_default();
        match failure.kind {
            FailureKind::Missing => format!("{block} is missing"),
            _ => format!("{block} {}", failure.reason),
        }
    };
    let waiting: Vec<String> = report.failed().map(reason).collect();
    let text = format!(
        "nothing left to do: {} completed; {} wait for their audio: {}",
        report.already_completed,
        waiting.len(),
        waiting.join("; ")
    );
    output.note(text);
}
