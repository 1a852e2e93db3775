//! The command line as it is typed.

mod ledger;

use std::path::PathBuf;

use clap::{ArgGroup, Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use url::Url;
use watchme_app::keys::KeyName;
use watchme_app::{QueueUrl, parse_server_url};
use watchme_core::{
    DeviceId, Language, LocalDate, ModelName, ObjectKey, RecordingStatus, TimeBlock,
};

pub(crate) use self::ledger::{CostArgs, ExplainArgs, ReprocessArgs};

/// Turns recordings into text, and looks after what is turned.
///
/// Settings come from the environment and from `.env`: see docs/configuration.md, and
/// `watchme doctor` for what is set. Exit status: 0 done, 1 some recordings failed, 2 wrong usage
/// or surroundings.
#[derive(Debug, Parser)]
#[command(name = "watchme", version, max_term_width = 100)]
pub(crate) struct Cli {
    /// Print JSON, with the types of the service where it has them
    #[arg(long, global = true)]
    pub(crate) json: bool,

    /// Print results and errors only
    #[arg(long, short, global = true)]
    pub(crate) quiet: bool,

    /// Read settings from this file instead of `.env`
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) env_file: Option<PathBuf>,

    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run the whole job on recordings that come with the project
    Demo(DemoArgs),
    /// Transcribe recordings of the store
    Transcribe(TranscribeArgs),
    /// Transcribe files, without any store
    TranscribeFile(TranscribeFileArgs),
    /// Show a device's day, slot by slot
    Status(StatusArgs),
    /// Explain a slot: what was heard in its recordings, and what was left out, and why
    Explain(ExplainArgs),
    /// Tell what the recordings of a month took, and what that cost
    Cost(CostArgs),
    /// List the devices of the store, each with its backlog
    Devices,
    /// Watch backlog and runs until Ctrl-C; one look where nobody sees the table
    Watch(WatchArgs),
    /// Look at the runs of a service, start and cancel them
    Runs(RunsArgs),
    /// Set recordings back to pending, so that the next run takes them again
    Requeue(RequeueArgs),
    /// Apply the rules of this version again to what was heard, and save the texts anew
    Reprocess(ReprocessArgs),
    /// Transcribe whatever is pending, as one of any number of workers, until told to stop
    Worker(WorkerArgs),
    /// Transcribe what is pending at the times of `WATCHME_SCHEDULE`, until told to stop
    Schedule(ScheduleArgs),
    /// List and release recordings that were tried too often
    #[command(subcommand)]
    Quarantine(QuarantineCommand),
    /// Add rows to the embedded store for recordings in a folder
    Import(ImportArgs),
    /// List, download and verify models
    #[command(subcommand)]
    Models(ModelsCommand),
    /// Make keys for callers of the service
    #[command(subcommand)]
    Keys(KeysCommand),
    /// Check settings, store, source, models and memory
    Doctor,
    /// Print the completions of a shell
    Completions {
        /// Which shell
        shell: Shell,
    },
}

#[derive(Debug, Args)]
#[command(group = ArgGroup::new("what").required(true).args(["device", "paths", "pending"]))]
pub(crate) struct TranscribeArgs {
    #[command(flatten)]
    pub(crate) day: DayArgs,

    /// These recordings, whatever their status
    #[arg(long, value_name = "KEY", num_args = 1..)]
    pub(crate) paths: Vec<ObjectKey>,

    /// Everything pending, of every device
    #[arg(long)]
    pub(crate) pending: bool,

    /// One of the allowed models [default: the first of `WATCHME_MODELS`]
    #[arg(long)]
    pub(crate) model: Option<ModelName>,

    /// The spoken language, `auto` or a code [default: `WATCHME_LANGUAGE`]
    #[arg(long)]
    pub(crate) language: Option<Language>,

    /// Say what would be transcribed, and do nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
}

/// A device's day, or some of its blocks.
#[derive(Debug, Args)]
pub(crate) struct DayArgs {
    /// The device
    #[arg(long, requires = "date")]
    pub(crate) device: Option<DeviceId>,

    /// Its local day, `YYYY-MM-DD`
    #[arg(long, requires = "device")]
    pub(crate) date: Option<LocalDate>,

    /// Only these half hours of the day, as `12-00,12-30`
    #[arg(long, requires = "date", value_name = "HH-MM", value_delimiter = ',')]
    pub(crate) blocks: Vec<TimeBlock>,
}

#[derive(Debug, Args)]
pub(crate) struct TranscribeFileArgs {
    /// Recordings in any usual format
    #[arg(required = true)]
    pub(crate) files: Vec<PathBuf>,

    /// How the text is written
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: TextFormat,

    /// A name of the catalogue, or the path of a model file [default: the first of `WATCHME_MODELS`]
    #[arg(long)]
    pub(crate) model: Option<String>,

    /// The spoken language, `auto` or a code [default: `WATCHME_LANGUAGE`]
    #[arg(long)]
    pub(crate) language: Option<Language>,

    /// Write to this file instead of standard output
    #[arg(long, short, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
}

/// How a transcript is written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum TextFormat {
    /// The text alone
    #[default]
    Text,
    /// An object with segments and times; one on each line where there are several files
    Json,
    /// `SubRip` subtitles
    Srt,
    /// `WebVTT` subtitles
    Vtt,
}

#[derive(Debug, Args)]
pub(crate) struct StatusArgs {
    /// The device
    #[arg(long)]
    pub(crate) device: DeviceId,

    /// Its local day, `YYYY-MM-DD`
    #[arg(long)]
    pub(crate) date: LocalDate,

    /// Every slot on a line of its own, and texts in full length
    #[arg(long)]
    pub(crate) all: bool,
}

#[derive(Debug, Args)]
pub(crate) struct ServerArgs {
    /// The service [default: `WATCHME_SERVER_URL`]; its key is taken from `WATCHME_API_KEY` only
    #[arg(long, global = true, value_name = "URL", value_parser = parse_server_url)]
    pub(crate) server: Option<Url>,
}

#[derive(Debug, Args)]
pub(crate) struct WatchArgs {
    #[command(flatten)]
    pub(crate) server: ServerArgs,

    /// Look this often, in seconds
    #[arg(long, value_name = "SECONDS", default_value = "3", value_parser = clap::value_parser!(u64).range(1..=3600))]
    pub(crate) every: u64,
}

#[derive(Debug, Args)]
pub(crate) struct RunsArgs {
    #[command(flatten)]
    pub(crate) server: ServerArgs,

    #[command(subcommand)]
    pub(crate) command: Option<RunsCommand>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum RunsCommand {
    /// List the runs that wait, go on, or ended and are kept, the newest first
    List {
        /// At most this many
        #[arg(long, default_value = "20", value_parser = clap::value_parser!(u16).range(1..=200))]
        limit: u16,
    },
    /// Show a run, with its report once it is finished
    Show {
        /// Its id
        id: String,
    },
    /// Print what happens in a run until it ends; a lost connection is taken up again
    Follow {
        /// Its id
        id: String,
    },
    /// Cancel a run, for everybody who asked for it
    Cancel {
        /// Its id
        id: String,
    },
    /// Start a run, or join an equal one, and print its id
    Start(StartRunArgs),
}

#[derive(Debug, Args)]
#[command(group = ArgGroup::new("what").required(true).args(["device", "paths"]))]
pub(crate) struct StartRunArgs {
    #[command(flatten)]
    pub(crate) day: DayArgs,

    /// These recordings, whatever their status
    #[arg(long, value_name = "KEY", num_args = 1..)]
    pub(crate) paths: Vec<ObjectKey>,

    /// One of the models that the service allows [default: its first]
    #[arg(long)]
    pub(crate) model: Option<ModelName>,

    /// The spoken language, `auto` or a code [default: that of the service]
    #[arg(long)]
    pub(crate) language: Option<Language>,

    /// Follow it until it ends
    #[arg(long)]
    pub(crate) follow: bool,
}

#[derive(Debug, Args)]
#[command(group = ArgGroup::new("what").required(true).args(["device", "paths"]))]
pub(crate) struct RequeueArgs {
    #[command(flatten)]
    pub(crate) day: DayArgs,

    /// These recordings
    #[arg(long, value_name = "KEY", num_args = 1..)]
    pub(crate) paths: Vec<ObjectKey>,

    /// Only rows of these statuses
    #[arg(long, value_delimiter = ',', default_value = "failed,processing")]
    pub(crate) status: Vec<RecordingStatus>,

    /// Say what would be set back, and do nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
}

#[derive(Debug, Args)]
pub(crate) struct WorkerArgs {
    /// Only recordings of this device
    #[arg(long)]
    pub(crate) device: Option<DeviceId>,

    /// The latest recordings first
    #[arg(long)]
    pub(crate) newest_first: bool,

    /// End when nothing is pending
    #[arg(long)]
    pub(crate) once: bool,

    /// Also do what this SQS queue announces [default: `WATCHME_QUEUE_URL`]
    #[arg(long, value_name = "URL", conflicts_with = "once")]
    pub(crate) queue: Option<QueueUrl>,
}

#[derive(Debug, Args)]
pub(crate) struct ScheduleArgs {
    /// Fire at once, and end
    #[arg(long)]
    pub(crate) once: bool,

    /// Say what would be transcribed if it fired at once, and do nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum QuarantineCommand {
    /// List them, each with its reason
    List,
    /// Make them pending again, with all attempts before them
    #[command(group = ArgGroup::new("which").required(true).args(["paths", "all"]))]
    Release {
        /// These recordings
        #[arg(value_name = "KEY")]
        paths: Vec<ObjectKey>,
        /// All of them
        #[arg(long)]
        all: bool,
    },
}

#[derive(Debug, Args)]
pub(crate) struct ImportArgs {
    /// The folder with `files/{device}/{YYYY-MM-DD}/{HH-MM}/audio.*` [default: the folder that
    /// recordings are fetched from]
    pub(crate) folder: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ModelsCommand {
    /// List the catalogue: size, memory, and whether it is downloaded
    List,
    /// Download a model and verify it
    Pull {
        /// Its name in the catalogue
        name: ModelName,
    },
    /// Verify a downloaded model
    Verify {
        /// Its name in the catalogue
        name: ModelName,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum KeysCommand {
    /// Print a new key once, and the line for `WATCHME_API_KEYS` with its hash
    New {
        /// What the key is called in logs
        #[arg(long, default_value = "default")]
        name: KeyName,
    },
}

#[derive(Debug, Args)]
pub(crate) struct DemoArgs {
    /// The folder for the demo's recordings and database [default: `WATCHME_DATA_DIR`, or
    /// `var/demo`]
    #[arg(long, value_name = "FOLDER")]
    pub(crate) dir: Option<PathBuf>,

    /// The folder with the demo model and its recordings
    #[arg(long, value_name = "FOLDER", default_value = "models")]
    pub(crate) models_dir: PathBuf,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_sound() {
        Cli::command().debug_assert();
    }
}
