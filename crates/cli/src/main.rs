//! `watchme`: the operator's command line.

mod account;
mod args;
mod bill;
mod commands;
mod day;
mod devices;
mod output;
mod progress;
mod server;
mod sse;
mod trouble;

use std::process::ExitCode;
use std::sync::OnceLock;

use clap::Parser;
use clap::error::ErrorKind;

use crate::args::{Cli, Command};
use crate::output::Output;
use crate::trouble::Ending;

/// Somebody pressed Ctrl-C; shells say so with this status.
const INTERRUPTED: u8 = 130;

fn main() -> ExitCode {
    let restarted = watchme_app::ensure_passive_waiting();
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Help goes to standard output, errors of usage to standard error.
            let _ = error.print();
            let is_help =
                matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion);
            return if is_help { ExitCode::SUCCESS } else { ExitCode::from(2) };
        }
    };
    let output = Output::new(cli.json, cli.quiet);
    if let Err(error) = restarted {
        output.note(format!("speech will be slower on shared cores: cannot restart: {error}"));
    }
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            output.trouble(&trouble::Trouble::caused("the runtime cannot be started", &error));
            return ExitCode::from(2);
        }
    };
    let code = runtime.block_on(run(cli, &output));
    // The engine's thread ends at its next step; nobody waits for more.
    runtime.shutdown_background();
    watchme_app::end_log();
    code
}

async fn run(cli: Cli, output: &Output) -> ExitCode {
    let leases = OnceLock::new();
    let ends_by_itself =
        matches!(cli.command, Command::Worker(_) | Command::Schedule(_) | Command::Watch(_));
    let result = tokio::select! {
        result = commands::run(cli, output, &leases) => result,
        // Workers and schedules end by themselves, in order; a table that is watched ends no work.
        Ok(()) = tokio::signal::ctrl_c(), if !ends_by_itself => {
            if let Some(leases) = leases.get() {
                leases.release_all().await;
            }
            output.note("interrupted: what is saved stays, and the next run does the rest");
            return ExitCode::from(INTERRUPTED);
        }
    };
    match result {
        Ok(Ending::Done) => ExitCode::SUCCESS,
        Ok(Ending::SomeFailed) => ExitCode::from(1),
        Ok(Ending::Unusable) => ExitCode::from(2),
        Err(trouble) => {
            output.trouble(&trouble);
            ExitCode::from(2)
        }
    }
}
