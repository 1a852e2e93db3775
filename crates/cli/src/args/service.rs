//! The arguments of the commands that ask a running service.

use clap::{ArgGroup, Args, Subcommand};
use url::Url;
use watchme_app::{parse_language, parse_server_url};
use watchme_core::{Language, ModelName, ObjectKey};

use super::DayArgs;

#[derive(Debug, Args)]
pub(crate) struct ServerArgs {
    /// URL of the service [default: `WATCHME_SERVER_URL`]; the key is read from `WATCHME_API_KEY` only
    #[arg(long, global = true, value_name = "URL", value_parser = parse_server_url)]
    pub(crate) server: Option<Url>,
}

#[derive(Debug, Args)]
pub(crate) struct WatchArgs {
    #[command(flatten)]
    pub(crate) server: ServerArgs,

    /// Seconds between two updates
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
    /// List waiting, running and recently ended runs, newest first
    List {
        /// Maximum number of runs
        #[arg(long, default_value = "20", value_parser = clap::value_parser!(u16).range(1..=200))]
        limit: u16,
    },
    /// Show a run, with its report once it has finished
    Show {
        /// Id of the run
        id: String,
    },
    /// Print the events of a run until it ends, reconnecting if the connection is lost
    Follow {
        /// Id of the run
        id: String,
    },
    /// Cancel a run for all its callers
    Cancel {
        /// Id of the run
        id: String,
    },
    /// Start a run or join an equal one, and print its id
    Start(StartRunArgs),
}

#[derive(Debug, Args)]
#[command(group = ArgGroup::new("what").required(true).args(["device", "paths"]))]
pub(crate) struct StartRunArgs {
    #[command(flatten)]
    pub(crate) day: DayArgs,

    /// Object keys of recordings, whatever their status
    #[arg(long, value_name = "KEY", num_args = 1..)]
    pub(crate) paths: Vec<ObjectKey>,

    /// One of the models that the service allows [default: the service's first]
    #[arg(long)]
    pub(crate) model: Option<ModelName>,

    /// Spoken language: `auto` or a code [default: the service's]
    #[arg(long, value_parser = parse_language)]
    pub(crate) language: Option<Language>,

    /// Follow the run until it ends
    #[arg(long)]
    pub(crate) follow: bool,
}
