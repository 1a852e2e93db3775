//! Reads typed values from text settings and collects the problems.

use crate::environment::Environment;
use crate::openmp;
use crate::problem::Problem;
use crate::variables::{self, Fallback, Shown, Variable};

/// Variables with our prefix that are not settings: the mark of a restarted program, and the folder of real
/// sound that the benchmarks measure.
const NO_SETTINGS: [&str; 2] = [openmp::MARKER, "WATCHME_CORPUS"];

/// Maximum edit distance from a known name for an unknown one to count as a typo. Real names differ
/// by more.
const SLIP_EDITS: usize = 3;

/// Maximum number of characters of a wrong value that are quoted.
const QUOTED_CHARS: usize = 60;

pub(crate) struct Reader<'a> {
    environment: &'a Environment,
    problems: Vec<Problem>,
}

/// A value is invalid, and the reader has recorded the problem.
pub(crate) struct Noted;

impl<'a> Reader<'a> {
    pub(crate) fn new(environment: &'a Environment) -> Self {
        Self { environment, problems: Vec::new() }
    }

    pub(crate) fn text(&self, variable: &Variable) -> Option<&'a str> {
        self.environment.get(variable)
    }

    /// Parses the value or the table's default. `None` if there is neither, or if it is invalid.
    /// The error of `parse` says what is expected.
    pub(crate) fn value<T>(
        &mut self,
        variable: &Variable,
        parse: impl FnOnce(&str) -> Result<T, String>,
    ) -> Option<T> {
        let text = match (self.text(variable), variable.fallback) {
            (Some(text), _) | (None, Fallback::Value(text)) => text,
            (None, Fallback::Rule(_)) => return None,
        };
        match parse(text) {
            Ok(value) => Some(value),
            Err(mend) => {
                self.refuse(variable, quoted(variable, text), mend);
                None
            }
        }
    }

    /// Parses a value that may be absent.
    pub(crate) fn optional<T>(
        &mut self,
        variable: &Variable,
        parse: impl FnOnce(&str) -> Result<T, String>,
    ) -> Result<Option<T>, Noted> {
        match self.text(variable) {
            Some(_) => self.value(variable, parse).map(Some).ok_or(Noted),
            None => Ok(None),
        }
    }

    pub(crate) fn refuse(
        &mut self,
        variable: &Variable,
        finding: impl Into<String>,
        mend: impl Into<String>,
    ) {
        self.problems.push(Problem {
            name: variable.name.to_owned(),
            finding: finding.into(),
            mend: mend.into(),
        });
    }

    /// Finds unknown names. A likely typo of a known name is a problem, since the intended setting
    /// would silently be ignored; other names are returned as warnings.
    pub(crate) fn unknown_names(&mut self) -> Vec<Problem> {
        let mut warnings = Vec::new();
        for name in self.environment.names("WATCHME_") {
            let is_known = variables::all().any(|variable| variable.name == name);
            if is_known || NO_SETTINGS.contains(&name) {
                continue;
            }
            let nearest = variables::all()
                .map(|variable| (strsim::damerau_levenshtein(name, variable.name), variable.name))
                .min();
            match nearest {
                Some((edits, nearest)) if edits <= SLIP_EDITS => self.problems.push(Problem {
                    name: name.to_owned(),
                    finding: "is no setting".to_owned(),
                    mend: format!("write `{nearest}`, or remove it"),
                }),
                _ => warnings.push(Problem {
                    name: name.to_owned(),
                    finding: "is no setting".to_owned(),
                    mend: "remove it, or look at docs/configuration.md for its name".to_owned(),
                }),
            }
        }
        warnings
    }

    /// Finds values that look as if a comment followed on the same line. Some programs cut it off;
    /// here, for Docker and for systemd it is part of the value.
    pub(crate) fn comments_in_values(&self) -> Vec<Problem> {
        let has_comment = |variable: &&Variable| {
            self.text(variable).is_some_and(|value| value.contains(" #") || value.contains("\t#"))
        };
        let warning = |variable: &Variable| Problem {
            name: variable.name.to_owned(),
            finding: "has a value with ` #`, which does not begin a comment there".to_owned(),
            mend: "put a comment on a line of its own; ignore this if it is part of the value"
                .to_owned(),
        };
        variables::all().filter(has_comment).map(warning).collect()
    }

    pub(crate) fn into_problems(self) -> Vec<Problem> {
        self.problems
    }
}

/// Quotes a wrong value, as far as it may be shown.
fn quoted(variable: &Variable, text: &str) -> String {
    match variable.shown {
        Shown::Whole => {
            let start: String = text.chars().take(QUOTED_CHARS).collect();
            let rest = if start.len() < text.len() { "…" } else { "" };
            format!("is `{start}{rest}`")
        }
        Shown::UrlWithoutCredentials | Shown::Never => "cannot be used".to_owned(),
    }
}
