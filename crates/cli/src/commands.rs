//! One file for each command, and what several of them begin with.

mod completions;
mod cost;
mod demo;
mod devices;
mod doctor;
mod explain;
mod import;
mod keys;
mod models;
mod quarantine;
mod reprocess;
mod requeue;
mod runs;
mod schedule;
mod status;
mod transcribe;
mod transcribe_file;
mod watch;
mod worker;

use std::collections::BTreeSet;
use std::sync::OnceLock;

use watchme_app::{App, Environment, EnvironmentError, LogSettings, Settings, init_log, variables};
use watchme_core::{DeviceId, LocalDate, TimeBlock};
use watchme_runner::KeptLeases;

use crate::args::{Cli, Command, DayArgs};
use crate::output::Output;
use crate::trouble::{Ending, Trouble};

/// Carries a command out. What it claims is noted in `leases`, for whoever drops it.
pub(crate) async fn run(
    cli: Cli,
    output: &Output,
    leases: &OnceLock<KeptLeases>,
) -> Result<Ending, Trouble> {
    let environment = Environment::read(cli.env_file.as_deref());
    let is_schedule = matches!(cli.command, Command::Schedule(_));
    let log = if is_schedule { LOG_OF_SCHEDULE } else { LOG_OF_COMMANDS };
    let surroundings = Surroundings { environment, log, output };
    match cli.command {
        Command::Completions { shell } => Ok(completions::run(shell, output)),
        Command::Doctor => Ok(doctor::run(surroundings.environment, output).await),
        Command::Demo(args) => demo::run(args, &surroundings.environment()?, output).await,
        Command::Models(command) => {
            models::run(command, &surroundings.environment()?, output).await
        }
        Command::Keys(command) => keys::run(command, &surroundings.environment()?, output),
        Command::TranscribeFile(args) => {
            transcribe_file::run(args, surroundings.environment()?, output).await
        }
        Command::Transcribe(args) => {
            transcribe::run(args, &surroundings.app().await?, output, leases).await
        }
        Command::Status(args) => status::run(&args, &surroundings.app().await?, output).await,
        Command::Explain(args) => explain::run(args, &surroundings.app().await?, output).await,
        Command::Cost(args) => cost::run(&args, &surroundings.app().await?, output).await,
        Command::Devices => devices::run(&surroundings.app().await?, output).await,
        Command::Watch(args) => {
            let environment = surroundings.environment()?;
            watch::run(args, &environment, output).await
        }
        Command::Runs(args) => runs::run(args, &surroundings.environment()?, output).await,
        Command::Requeue(args) => requeue::run(args, &surroundings.app().await?, output).await,
        Command::Reprocess(args) => reprocess::run(args, &surroundings.app().await?, output).await,
        Command::Worker(args) => worker::run(args, &surroundings.app().await?, output).await,
        Command::Schedule(args) => schedule::run(args, &surroundings.app().await?, output).await,
        Command::Quarantine(command) => {
            quarantine::run(command, &surroundings.app().await?, output).await
        }
        Command::Import(args) => import::run(args, &surroundings.app().await?, output).await,
    }
}

/// What a command may need, made when it does.
struct Surroundings<'a> {
    environment: Result<Environment, EnvironmentError>,
    /// What is logged unless it is set.
    log: &'static str,
    output: &'a Output,
}

/// What is logged unless it is set: a command prints what became of each recording itself, so
/// that the pipeline's warnings would only repeat it.
const LOG_OF_COMMANDS: &str = "warn,watchme_core=error";

/// A schedule is read in its log: each firing tells there what it looks at and what it did.
const LOG_OF_SCHEDULE: &str = "warn,watchme=info";

impl Surroundings<'_> {
    /// The settings as text, with the log started.
    fn environment(self) -> Result<Environment, Trouble> {
        let environment = self.environment?;
        let mut log = environment.clone();
        if log.get(&variables::LOG).is_none() {
            log = log.with(&variables::LOG, self.log);
        }
        let output = self.output.clone();
        init_log(&LogSettings::parse(&log)?, move || output.clone());
        Ok(environment)
    }

    /// The backends that the settings mean.
    async fn app(self) -> Result<App, Trouble> {
        Ok(App::build(Settings::parse(&self.environment()?)?).await?)
    }
}

/// A day of a device, as the arguments name it: all of it where `blocks` is `None`.
struct Day {
    device: DeviceId,
    date: LocalDate,
    blocks: Option<BTreeSet<TimeBlock>>,
}

impl Day {
    fn of(args: DayArgs) -> Option<Self> {
        let blocks: BTreeSet<TimeBlock> = args.blocks.into_iter().collect();
        let blocks = (!blocks.is_empty()).then_some(blocks);
        Some(Self { device: args.device?, date: args.date?, blocks })
    }
}

/// `1 recording`, `2 recordings`.
fn counted(count: usize, one: &str) -> String {
    format!("{count} {one}{}", if count == 1 { "" } else { "s" })
}
