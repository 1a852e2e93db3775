//! The one writer: data to standard output, everything else to standard error.

use std::fmt::Display;
use std::io::{self, IsTerminal, Write};

use console::Term;
use indicatif::MultiProgress;
use serde::Serialize;

use crate::trouble::Trouble;

/// Where a command writes. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Output {
    /// Whether results are JSON.
    pub(crate) is_json: bool,
    is_quiet: bool,
    /// The bars on standard error; every line there is written above them.
    bars: MultiProgress,
}

impl Output {
    pub(crate) fn new(is_json: bool, is_quiet: bool) -> Self {
        Self { is_json, is_quiet, bars: MultiProgress::new() }
    }

    /// A line of the result.
    pub(crate) fn line(&self, text: impl Display) {
        self.write(format!("{text}\n").as_bytes());
    }

    /// A result as JSON, on one line.
    pub(crate) fn json(&self, body: &impl Serialize) {
        match serde_json::to_string(body) {
            Ok(text) => self.line(text),
            Err(error) => self.log(format!("error: cannot write the result: {error}\n").as_bytes()),
        }
    }

    /// Bytes of the result. Whoever reads may leave: `watchme … | head` is no error.
    pub(crate) fn write(&self, bytes: &[u8]) {
        let _ = self.bars.suspend(|| io::stdout().lock().write_all(bytes));
    }

    /// A word beside the result, for people.
    pub(crate) fn note(&self, text: impl Display) {
        if !self.is_quiet {
            self.log(format!("{text}\n").as_bytes());
        }
    }

    /// What went wrong, and what to do.
    pub(crate) fn trouble(&self, trouble: &Trouble) {
        for (what, hint) in &trouble.items {
            let hint = hint.as_ref().map(|hint| format!("hint: {hint}\n")).unwrap_or_default();
            self.log(format!("error: {what}\n{hint}").as_bytes());
        }
    }

    /// Bytes for standard error, above the bars.
    pub(crate) fn log(&self, bytes: &[u8]) {
        // There is nowhere left to tell of an error here.
        let _ = self.bars.suspend(|| io::stderr().lock().write_all(bytes));
    }

    /// The bars, where somebody sees them.
    pub(crate) fn bars(&self) -> Option<&MultiProgress> {
        let is_seen = !self.is_quiet && io::stderr().is_terminal();
        is_seen.then_some(&self.bars)
    }
}

/// How many columns a line of the result may have; `None` where it is not for eyes.
pub(crate) fn columns() -> Option<usize> {
    let columns = || usize::from(Term::stdout().size().1);
    io::stdout().is_terminal().then(columns)
}

/// Log lines go above the bars too.
impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.log(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
