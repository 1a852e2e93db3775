//! One file for each command, and what several of them share.

mod bench;
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

use watchme_app::{
    App, Environment, EnvironmentError, LogSettings, Settings, SpeechSettings,
    ensure_passive_waiting, init_log, variables,
};
use watchme_core::{DeviceId, LocalDate, TimeBlock};
use watchme_runner::LeasedPipeline;

use crate::args::{Cli, Command, DayArgs};
use crate::error::{CommandError, ExitStatus};
use crate::output::Output;

/// Carries out a command.
pub(crate) async fn run(cli: Cli, output: &Output) -> Result<ExitStatus, CommandError> {
    let environment = Environment::read(cli.env_file.as_deref());
    let is_schedule = matches!(cli.command, Command::Schedule(_));
    let log = if is_schedule { LOG_OF_SCHEDULE } else { LOG_OF_COMMANDS };
    let context = Context { environment, log, output };
    match cli.command {
        Command::Completions { shell } => Ok(completions::run(shell, output)),
        Command::Bench(args) => bench::run(args, context.environment()?, output).await,
        Command::Doctor { all } => Ok(doctor::run(context.environment, all, output).await),
        Command::Demo(args) => demo::run(args, &context.environment()?, output).await,
        Command::Models(command) => models::run(command, &context.environment()?, output).await,
        Command::Keys(command) => keys::run(command, &context.environment()?, output),
        Command::TranscribeFile(args) => {
            transcribe_file::run(args, context.environment()?, output).await
        }
        Command::Transcribe(args) => transcribe::run(args, &context.app().await?, output).await,
        Command::Status(args) => status::run(&args, &context.app().await?, output).await,
        Command::Explain(args) => explain::run(args, &context.app().await?, output).await,
        Command::Cost(args) => cost::run(&args, &context.app().await?, output).await,
        Command::Devices => devices::run(&context.app().await?, output).await,
        Command::Watch(args) => {
            let environment = context.environment()?;
            watch::run(args, &environment, output).await
        }
        Command::Runs(args) => runs::run(args, &context.environment()?, output).await,
        Command::Requeue(args) => requeue::run(args, &context.app().await?, output).await,
        Command::Reprocess(args) => reprocess::run(args, &context.app().await?, output).await,
        Command::Worker(args) => worker::run(args, &context.app().await?, output).await,
        Command::Schedule(args) => schedule::run(args, &context.app().await?, output).await,
        Command::Quarantine(command) => {
            quarantine::run(command, &context.app().await?, output).await
        }
        Command::Import(args) => import::run(args, &context.app().await?, output).await,
    }
}

/// Settings and backends, read and built when a command needs them.
struct Context<'a> {
    environment: Result<Environment, EnvironmentError>,
    /// Log filter used unless `WATCHME_LOG` is set.
    log: &'static str,
    output: &'a Output,
}

/// Default log filter of most commands. They print the outcome of each recording themselves, so
/// that the pipeline's warnings would only repeat it.
const LOG_OF_COMMANDS: &str = "warn,watchme_core=error";

/// Default log filter of `schedule`, whose firings are reported in the log.
const LOG_OF_SCHEDULE: &str = "warn,watchme=info";

impl Context<'_> {
    /// Starts the log and returns the settings as text.
    fn environment(self) -> Result<Environment, CommandError> {
        let environment = self.environment?;
        let mut log = environment.clone();
        if log.get(&variables::LOG).is_none() {
            log = log.with(&variables::LOG, self.log);
        }
        let output = self.output.clone();
        init_log(&LogSettings::parse(&log)?, move || output.clone());
        Ok(environment)
    }

    /// Builds the backends that the settings name.
    async fn app(self) -> Result<App, CommandError> {
        let output = self.output;
        let settings = Settings::parse(&self.environment()?)?;
        restart_if_needed(&settings.speech, output);
        Ok(App::build(settings).await?)
    }
}

/// Restarts this program once if whisper.cpp will compute a model. Before anything else is done.
fn restart_if_needed(speech: &SpeechSettings, output: &Output) {
    if let Err(error) = ensure_passive_waiting(speech) {
        output.note(format!("speech will be slower on shared cores: cannot restart: {error}"));
    }
}

/// A day of a device, or some blocks of it.
struct Day {
    device: DeviceId,
    date: LocalDate,
    /// `None` for the whole day.
    blocks: Option<BTreeSet<TimeBlock>>,
}

impl Day {
    fn of(args: DayArgs) -> Option<Self> {
        let blocks: BTreeSet<TimeBlock> = args.blocks.into_iter().collect();
        let blocks = (!blocks.is_empty()).then_some(blocks);
        Some(Self { device: args.device?, date: args.date?, blocks })
    }
}

/// The app's pipeline, with claims.
fn leased_pipeline(app: &App) -> LeasedPipeline {
    LeasedPipeline::new(app.pipeline().clone(), app.claiming(), app.settings().work.patience)
}

/// Refuses a device or a day that no recording has, with what may have been meant.
async fn refuse_unknown(app: &App, device: &DeviceId, date: LocalDate) -> Result<(), CommandError> {
    match app.find_unknown(device, date).await? {
        Some(unknown) => Err(unknown.into()),
        None => Ok(()),
    }
}

/// Formats a count: `1 recording`, `2 recordings`.
fn counted(count: usize, one: &str) -> String {
    format!("{count} {one}{}", if count == 1 { "" } else { "s" })
}
