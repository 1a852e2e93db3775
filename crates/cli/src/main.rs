//! `watchme`: the operator's command line.

mod args;
mod client;
mod commands;
mod error;
mod output;
mod progress;
mod render;

use std::process::ExitCode;

use clap::Parser;
use clap::error::ErrorKind;

use crate::args::Cli;
use crate::error::{CommandError, ExitStatus};
use crate::output::Output;

fn main() -> ExitCode {
    watchme_app::return_freed_memory();
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
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            output.error(&CommandError::caused("cannot start the runtime", &error));
            return ExitStatus::Unusable.into();
        }
    };
    let code = runtime.block_on(run(cli, &output));
    // The engine's thread ends at its next step. Nothing waits for it.
    runtime.shutdown_background();
    watchme_app::end_log();
    code
}

async fn run(cli: Cli, output: &Output) -> ExitCode {
    let handles_signals = cli.command.handles_signals();
    let result = tokio::select! {
        result = commands::run(cli, output) => result,
        Ok(()) = tokio::signal::ctrl_c(), if !handles_signals => Ok(ExitStatus::Interrupted),
    };
    let status = result.unwrap_or_else(|error| {
        output.error(&error);
        ExitStatus::Unusable
    });
    if status == ExitStatus::Interrupted {
        output.note("interrupted: saved texts stay, and the next run does the rest");
    }
    status.into()
}
