//! `watchme completions`: prints a completion script for a shell.

use clap::CommandFactory;
use clap_complete::Shell;

use crate::args::Cli;
use crate::error::ExitStatus;
use crate::output::Output;

pub(crate) fn run(shell: Shell, output: &Output) -> ExitStatus {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "watchme", &mut script);
    output.write(&script);
    ExitStatus::Done
}
