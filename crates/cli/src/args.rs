//! The command line as it is typed.

mod ledger;
mod service;

use std::path::PathBuf;

use clap::{ArgGroup, Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use watchme_app::keys::KeyName;
use watchme_app::{QueueUrl, parse_language};
use watchme_core::{
    DeviceId, Language, LocalDate, ModelName, ObjectKey, RecordingStatus, TimeBlock,
};

pub(crate) use self::ledger::{CostArgs, ExplainArgs, ReprocessArgs};
pub(crate) use self::service::{RunsArgs, RunsCommand, ServerArgs, StartRunArgs, WatchArgs};

/// Transcribes recordings and manages the results.
///
/// Settings come from the environment and from `.env`: see docs/configuration.md, and run
/// `watchme doctor` to check them. Exit status: 0 done, 1 some recordings failed, 2 wrong usage,
/// settings or surroundings.
#[derive(Debug, Parser)]
#[command(name = "watchme", version, max_term_width = 100)]
pub(crate) struct Cli {
    /// Print JSON, with the same types as the service where it has them
    #[arg(long, global = true)]
    pub(crate) json: bool,

    /// Print only results and errors
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
    /// Transcribe the recordings that come with the project, without any account
    Demo(DemoArgs),
    /// Transcribe recordings that the store lists
    Transcribe(TranscribeArgs),
    /// Transcribe files, without any store
    TranscribeFile(TranscribeFileArgs),
    /// Show the day of a device, slot by slot
    Status(StatusArgs),
    /// Explain the text of a slot: all segments of its recordings, and why some were left out
    Explain(ExplainArgs),
    /// Show the work and the cost of a month
    Cost(CostArgs),
    /// List the devices with their backlogs
    Devices,
    /// Watch backlog and runs until Ctrl-C; prints them once if the output is not a terminal
    Watch(WatchArgs),
    /// List, follow, start and cancel runs of a service
    Runs(RunsArgs),
    /// Set recordings back to pending, so that the next run transcribes them again
    Requeue(RequeueArgs),
    /// Apply this version's rules to the kept segments, and save the texts that change
    Reprocess(ReprocessArgs),
    /// Transcribe whatever is pending until stopped; any number of workers may share a store
    Worker(WorkerArgs),
    /// Transcribe what is pending at the times of `WATCHME_SCHEDULE` until stopped
    Schedule(ScheduleArgs),
    /// List and release recordings that failed too often
    #[command(subcommand)]
    Quarantine(QuarantineCommand),
    /// Add recordings of a folder to the embedded store
    Import(ImportArgs),
    /// List, download and verify models
    #[command(subcommand)]
    Models(ModelsCommand),
    /// Make API keys for the service
    #[command(subcommand)]
    Keys(KeysCommand),
    /// Check settings, store, source, models, memory and folders
    Doctor {
        /// Also list settings that are not set, with their defaults
        #[arg(long)]
        all: bool,
    },
    /// Measure how fast this machine transcribes, and what a day of speech takes and costs
    Bench(BenchArgs),
    /// Print a completion script for a shell
    Completions {
        /// The shell
        shell: Shell,
    },
}

impl Command {
    /// True if the command handles Ctrl-C itself: to give back its claims, to finish what it has,
    /// or because being stopped is its normal end.
    pub(crate) fn handles_signals(&self) -> bool {
        matches!(self, Self::Transcribe(_) | Self::Worker(_) | Self::Schedule(_) | Self::Watch(_))
    }
}

#[derive(Debug, Args)]
#[command(group = ArgGroup::new("what").required(true).args(["device", "paths", "pending"]))]
pub(crate) struct TranscribeArgs {
    #[command(flatten)]
    pub(crate) day: DayArgs,

    /// Object keys of recordings, whatever their status
    #[arg(long, value_name = "KEY", num_args = 1..)]
    pub(crate) paths: Vec<ObjectKey>,

    /// Everything that is pending
    #[arg(long)]
    pub(crate) pending: bool,

    /// One of the allowed models [default: the first in `WATCHME_MODELS`]
    #[arg(long)]
    pub(crate) model: Option<ModelName>,

    /// Spoken language: `auto` or a code [default: `WATCHME_LANGUAGE`]
    #[arg(long, value_parser = parse_language)]
    pub(crate) language: Option<Language>,

    /// Show what would be transcribed, and change nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
}

/// Arguments that select a device's day, or some blocks of it.
#[derive(Debug, Args)]
pub(crate) struct DayArgs {
    /// Device id
    #[arg(long, requires = "date")]
    pub(crate) device: Option<DeviceId>,

    /// Local day, `YYYY-MM-DD`
    #[arg(long, requires = "device")]
    pub(crate) date: Option<LocalDate>,

    /// Only these half hours of the day, for example `12-00,12-30`
    #[arg(long, requires = "date", value_name = "HH-MM", value_delimiter = ',')]
    pub(crate) blocks: Vec<TimeBlock>,
}

#[derive(Debug, Args)]
pub(crate) struct TranscribeFileArgs {
    /// Audio files in any usual format, folders of them, or `-` for standard input
    #[arg(required = true)]
    pub(crate) files: Vec<PathBuf>,

    /// Output format; subtitles of several files are written beside them
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: TextFormat,

    /// Name in the catalogue, or path of a model file [default: the first in `WATCHME_MODELS`]
    #[arg(long)]
    pub(crate) model: Option<String>,

    /// Spoken language: `auto` or a code [default: `WATCHME_LANGUAGE`]
    #[arg(long, value_parser = parse_language)]
    pub(crate) language: Option<Language>,

    /// Write to this file instead of standard output
    #[arg(long, short, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,

    /// Replace subtitle files that already exist
    #[arg(long)]
    pub(crate) overwrite: bool,
}

/// Output format of a transcript.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum TextFormat {
    /// The text alone
    #[default]
    Text,
    /// One JSON object per file and line, with segments and times
    Json,
    /// `SubRip` subtitles
    Srt,
    /// `WebVTT` subtitles
    Vtt,
}

#[derive(Debug, Args)]
pub(crate) struct StatusArgs {
    /// Device id
    #[arg(long)]
    pub(crate) device: DeviceId,

    /// Local day, `YYYY-MM-DD`
    #[arg(long)]
    pub(crate) date: LocalDate,

    /// Show every slot on a line of its own, and texts in full length
    #[arg(long)]
    pub(crate) all: bool,
}

#[derive(Debug, Args)]
#[command(group = ArgGroup::new("what").required(true).args(["device", "paths"]))]
pub(crate) struct RequeueArgs {
    #[command(flatten)]
    pub(crate) day: DayArgs,

    /// Object keys of recordings
    #[arg(long, value_name = "KEY", num_args = 1..)]
    pub(crate) paths: Vec<ObjectKey>,

    /// Only rows with these statuses
    #[arg(long, value_delimiter = ',', default_value = "failed,processing")]
    pub(crate) status: Vec<RecordingStatus>,

    /// Show what would be set back, and change nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
}

#[derive(Debug, Args)]
pub(crate) struct WorkerArgs {
    /// Only this device's recordings
    #[arg(long)]
    pub(crate) device: Option<DeviceId>,

    /// Take the latest recordings first
    #[arg(long)]
    pub(crate) newest_first: bool,

    /// Stop when nothing is pending
    #[arg(long)]
    pub(crate) once: bool,

    /// Also handle what this SQS queue announces [default: `WATCHME_QUEUE_URL`]
    #[arg(long, value_name = "URL", conflicts_with = "once")]
    pub(crate) queue: Option<QueueUrl>,
}

#[derive(Debug, Args)]
pub(crate) struct ScheduleArgs {
    /// Fire once, now
    #[arg(long)]
    pub(crate) once: bool,

    /// Show what would be transcribed now, and change nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum QuarantineCommand {
    /// List quarantined recordings with their reasons
    List,
    /// Make recordings pending again, with their full number of attempts
    #[command(group = ArgGroup::new("which").required(true).args(["paths", "all"]))]
    Release {
        /// Object keys of recordings
        #[arg(value_name = "KEY")]
        paths: Vec<ObjectKey>,
        /// All quarantined recordings
        #[arg(long)]
        all: bool,
    },
}

#[derive(Debug, Args)]
pub(crate) struct ImportArgs {
    /// Device that made the recordings in FOLDER, which are then named `HH-MM`, such as `12-30.m4a`
    #[arg(long, requires = "date", requires = "folder")]
    pub(crate) device: Option<DeviceId>,

    /// Local day of these recordings, `YYYY-MM-DD`
    #[arg(long, requires = "device")]
    pub(crate) date: Option<LocalDate>,

    /// Folder with `files/{device}/{YYYY-MM-DD}/{HH-MM}/audio.*`, or with `HH-MM.*` for `--device` and
    /// `--date` [default: `WATCHME_AUDIO_DIR`]
    pub(crate) folder: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ModelsCommand {
    /// List the catalogue with sizes, memory needs and what is downloaded
    List,
    /// Download a model and verify it
    Pull {
        /// Name in the catalogue
        name: ModelName,
    },
    /// Verify a downloaded model
    Verify {
        /// Name in the catalogue
        name: ModelName,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum KeysCommand {
    /// Print a new key, and the line for `WATCHME_API_KEYS` with its hash
    New {
        /// Name of the key in logs
        #[arg(long, default_value = "default")]
        name: KeyName,
    },
}

/// The recording is a minute of synthetic speech, built into the program. Its voice is "Mei" of the
/// `MMDAgent` project team, Nagoya Institute of Technology (CC BY 3.0).
#[derive(Debug, Args)]
pub(crate) struct BenchArgs {
    /// Name in the catalogue, or path of a model file [default: the first in `WATCHME_MODELS`]
    #[arg(long)]
    pub(crate) model: Option<String>,

    /// Number of runs, of which the median counts
    #[arg(long, default_value = "3", value_parser = clap::value_parser!(u8).range(1..=50))]
    pub(crate) runs: u8,
}

#[derive(Debug, Args)]
pub(crate) struct DemoArgs {
    /// Folder for the demo's recordings and database [default: `WATCHME_DATA_DIR`, or `var/demo`]
    #[arg(long, value_name = "FOLDER")]
    pub(crate) dir: Option<PathBuf>,

    /// Folder with the demo's model and recordings
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
