//! The one place that reads the process's environment and the `.env` file.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::{env, io};

use crate::env_file::{self, LineProblem, WrongLine, unquote};
use crate::variables::{self, Variable};

/// Settings as text, by name: from the real environment, and from a `.env` file for names that it
/// does not set.
///
/// Has no `Debug`, since it holds secrets.
#[derive(Clone, Default)]
pub struct Environment {
    values: BTreeMap<String, String>,
}

/// Reason why the settings could not be read.
#[derive(Debug, thiserror::Error)]
pub enum EnvironmentError {
    /// The file that was asked for cannot be read.
    #[error("cannot read the settings file `{}`", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Error of the operating system.
        source: io::Error,
    },
    /// A line of the file is refused. It is not quoted, since it may hold a secret.
    #[error("line {line} of `{}` {problem}", path.display())]
    Line {
        /// The file.
        path: PathBuf,
        /// Number of the line, starting at 1.
        line: usize,
        /// Reason and remedy.
        problem: LineProblem,
    },
    /// A value is not UTF-8.
    #[error("the value of `{name}` is not UTF-8 text")]
    NotText {
        /// The variable.
        name: String,
    },
}

/// Variables that determine default folders, besides the settings themselves.
const FOLDERS: [&str; 4] = ["HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME", "TMPDIR"];

impl Environment {
    /// Reads the process's environment. Names that it does not set are read from `env_file`, or
    /// from the file that `WATCHME_ENV_FILE` names, or from `.env` in the working folder if it
    /// exists. Never changes the process's environment.
    pub fn read(env_file: Option<&Path>) -> Result<Self, EnvironmentError> {
        let process = Self::of_process()?;
        let named = env_file.map(Path::to_owned);
        let named = named.or_else(|| process.get(&variables::ENV_FILE).map(PathBuf::from));
        let mut values = match named {
            Some(path) => read_file(&path)?,
            None => match read_file(Path::new(".env")) {
                Err(EnvironmentError::File { source, .. })
                    if source.kind() == io::ErrorKind::NotFound =>
                {
                    BTreeMap::new()
                }
                read => read?,
            },
        };
        values.extend(process.values);
        Ok(Self { values })
    }

    /// Holds these settings and nothing else.
    pub fn from_pairs<N: Into<String>, V: Into<String>>(
        pairs: impl IntoIterator<Item = (N, V)>,
    ) -> Self {
        let values = pairs.into_iter().map(|(name, value)| (name.into(), value.into())).collect();
        Self { values }
    }

    /// Sets `variable` to `value`.
    #[must_use]
    pub fn with(mut self, variable: &Variable, value: impl Into<String>) -> Self {
        self.values.insert(variable.name.to_owned(), value.into());
        self
    }

    /// Value of a variable, without blanks and one pair of quotes around it: some readers of
    /// settings files pass quotes on. An empty value counts as not set.
    #[must_use]
    pub fn get(&self, variable: &Variable) -> Option<&str> {
        self.by_name(variable.name)
    }

    /// Value of a variable that is not one of our settings.
    pub(crate) fn by_name(&self, name: &str) -> Option<&str> {
        self.values.get(name).map(|value| unquote(value)).filter(|value| !value.is_empty())
    }

    /// Names that are set and begin with `prefix`.
    pub(crate) fn names(&self, prefix: &str) -> impl Iterator<Item = &str> {
        self.values
            .keys()
            .map(String::as_str)
            .filter(move |name| name.starts_with(prefix) && self.by_name(name).is_some())
    }

    fn of_process() -> Result<Self, EnvironmentError> {
        let mut values = BTreeMap::new();
        for (name, value) in env::vars_os() {
            let Some(name) = name.to_str() else { continue };
            if !is_ours(name) {
                continue;
            }
            let value = value.into_string();
            let value = value.map_err(|_| EnvironmentError::NotText { name: name.to_owned() })?;
            values.insert(name.to_owned(), value);
        }
        Ok(Self { values })
    }
}

fn is_ours(name: &str) -> bool {
    name.starts_with("WATCHME_")
        || FOLDERS.contains(&name)
        || variables::all().any(|variable| variable.name == name)
}

fn read_file(path: &Path) -> Result<BTreeMap<String, String>, EnvironmentError> {
    let unreadable = |source| EnvironmentError::File { path: path.to_owned(), source };
    let bytes = std::fs::read(path).map_err(unreadable)?;
    env_file::parse(&bytes).map_err(|WrongLine { number, problem }| EnvironmentError::Line {
        path: path.to_owned(),
        line: number,
        problem,
    })
}
