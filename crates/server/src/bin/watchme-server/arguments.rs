//! The command line. It is short, since settings come from the environment.

use std::fmt::Write;

use watchme_app::variables::{self, Fallback};

/// Action that the command line asks for.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Command {
    /// Run the service.
    Serve,
    /// Print a text and exit.
    Print(String),
}

impl Command {
    /// Parses the arguments. The error is the text to print.
    pub(crate) fn parse(arguments: impl IntoIterator<Item = String>) -> Result<Self, String> {
        let mut arguments = arguments.into_iter();
        let Some(argument) = arguments.next() else { return Ok(Self::Serve) };
        match argument.as_str() {
            "-h" | "--help" => Ok(Self::Print(help())),
            "-V" | "--version" => {
                Ok(Self::Print(format!("watchme-server {}\n", env!("CARGO_PKG_VERSION"))))
            }
            _ => Err(format!(
                "error: unknown argument `{argument}`\n\
                 hint: settings come from the environment; `watchme-server --help` lists them\n"
            )),
        }
    }
}

fn help() -> String {
    let mut text = String::from(
        "Transcribes pending recordings on request: the HTTP service of watchme-transcriber.\n\n\
         Usage: watchme-server [--help | --version]\n\n\
         Settings come from the environment and from `.env`:\n",
    );
    for variable in variables::all() {
        let fallback = match variable.fallback {
            Fallback::Value(value) => format!("default `{value}`"),
            Fallback::Rule(rule) => format!("default: {rule}"),
        };
        // Writing to a text cannot fail.
        let _ = write!(text, "\n  {} ({fallback})\n      {}\n", variable.name, variable.meaning);
    }
    text
}
