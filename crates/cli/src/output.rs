//! The only writer: results to standard output, everything else to standard error.

use std::fmt::Display;
use std::io::{self, IsTerminal, Write};

use console::Term;
use indicatif::MultiProgress;
use serde::Serialize;

use crate::error::CommandError;

/// Output of a command. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Output {
    /// True if results are written as JSON.
    pub(crate) is_json: bool,
    is_quiet: bool,
    /// Progress bars on standard error. Lines are written above them.
    bars: MultiProgress,
}

impl Output {
    pub(crate) fn new(is_json: bool, is_quiet: bool) -> Self {
        Self { is_json, is_quiet, bars: MultiProgress::new() }
    }

    /// Writes a line of the result.
    pub(crate) fn line(&self, text: impl Display) {
        self.write(format!("{text}\n").as_bytes());
    }

    /// Writes a result as JSON, on one line.
    pub(crate) fn json(&self, body: &impl Serialize) {
        match serde_json::to_string(body) {
            Ok(text) => self.line(text),
            Err(error) => self.log(format!("error: cannot write the result: {error}\n").as_bytes()),
        }
    }

    /// Writes bytes of the result. A reader that closes the pipe, as in `watchme … | head`, is not an
    /// error.
    pub(crate) fn write(&self, bytes: &[u8]) {
        let _ = self.bars.suspend(|| io::stdout().lock().write_all(bytes));
    }

    /// Writes a note for people to standard error.
    pub(crate) fn note(&self, text: impl Display) {
        if !self.is_quiet {
            self.log(format!("{text}\n").as_bytes());
        }
    }

    /// Writes an error with its hints to standard error.
    pub(crate) fn error(&self, error: &CommandError) {
        for (what, hint) in &error.items {
            let hint = hint.as_ref().map(|hint| format!("hint: {hint}\n")).unwrap_or_default();
            self.log(format!("error: {what}\n{hint}").as_bytes());
        }
    }

    /// Writes bytes to standard error, above the bars.
    pub(crate) fn log(&self, bytes: &[u8]) {
        // An error here cannot be reported anywhere.
        let _ = self.bars.suspend(|| io::stderr().lock().write_all(bytes));
    }

    /// The progress bars, if standard error is a terminal.
    pub(crate) fn bars(&self) -> Option<&MultiProgress> {
        let is_seen = !self.is_quiet && io::stderr().is_terminal();
        is_seen.then_some(&self.bars)
    }
}

/// Width of the terminal in columns. `None` if standard output is not a terminal.
pub(crate) fn columns() -> Option<usize> {
    let columns = || usize::from(Term::stdout().size().1);
    io::stdout().is_terminal().then(columns)
}

/// Writes log lines above the bars.
impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.log(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
