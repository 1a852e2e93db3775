//! Reads typed values out of text settings and notes every one that does not fit.

use crate::engine::MARK_OF_ENGINE;
use crate::environment::Environment;
use crate::problem::Problem;
use crate::variables::{self, Fallback, Shown, Variable};

/// How far a name may be from a known one and still be taken for a slip, in edits. Real names
/// differ by more.
const SLIP_EDITS: usize = 3;

/// At most this much of a wrong value is repeated, in characters.
const QUOTED_CHARS: usize = 60;

pub(crate) struct Reader<'a> {
    environment: &'a Environment,
    problems: Vec<Problem>,
}

/// Something does not fit, and the reader has noted it.
pub(crate) struct Noted;

impl<'a> Reader<'a> {
    pub(crate) fn new(environment: &'a Environment) -> Self {
        Self { environment, problems: Vec::new() }
    }

    pub(crate) fn text(&self, variable: &Variable) -> Option<&'a str> {
        self.environment.get(variable)
    }

    /// The value, or the default of the table; `None` where neither is there or fits. `parse`
    /// says what it expects.
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

    /// A value that may be absent.
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

    /// Looks for names that no program reads. A slip of a known name is refused, since what it
    /// was meant to change would silently not change; others are answered as warnings.
    pub(crate) fn unknown_names(&mut self) -> Vec<Problem> {
        let mut warnings = Vec::new();
        for name in self.environment.names("WATCHME_") {
            let is_known = variables::all().any(|variable| variable.name == name);
            if is_known || name == MARK_OF_ENGINE {
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

    pub(crate) fn into_problems(self) -> Vec<Problem> {
        self.problems
    }
}

/// The wrong value, as far as it may be repeated.
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
