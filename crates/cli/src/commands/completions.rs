//! `watchme completions`: what a shell needs to complete the command line.

use clap::CommandFactory;
use clap_complete::Shell;

use crate::args::Cli;
use crate::output::Output;
use crate::trouble::Ending;

pub(crate) fn run(shell: Shell, output: &Output) -> Ending {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "watchme", &mut script);
    output.write(&script);
    Ending::Done
}
