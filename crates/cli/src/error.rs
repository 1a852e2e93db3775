//! Errors of commands, for people: what happened, and what to do. And the exit status.

use std::error::Error;
use std::process::ExitCode;

use watchme_app::models::ModelError;
use watchme_app::{
    EnvironmentError, ImportError, SettingsError, SetupError, Unknown, UnusableModel,
};
use watchme_core::{ClaimError, ErrorChain, LedgerError, QueueError, StoreError};

use crate::client::ClientError;

/// Error that ends a command with exit status 2.
#[derive(Debug)]
pub(crate) struct CommandError {
    /// Everything that is wrong, each with a hint if there is one.
    pub(crate) items: Vec<(String, Option<String>)>,
}

/// Exit status of a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ExitStatus {
    /// Everything is done: 0.
    Done,
    /// Some recordings failed: 1.
    SomeFailed,
    /// The usage, the settings or the surroundings are wrong: 2.
    Unusable,
    /// Stopped by Ctrl-C: 130, as shells have it.
    Interrupted,
}

impl CommandError {
    /// One thing that is wrong, and what to do about it.
    pub(crate) fn new(what: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { items: vec![(what.into(), Some(hint.into()))] }
    }

    /// One thing that failed, with its cause and without a hint.
    pub(crate) fn caused(what: &str, error: &(dyn Error + 'static)) -> Self {
        Self { items: vec![(format!("{what}: {}", ErrorChain(error)), None)] }
    }

    fn of(error: &(dyn Error + 'static), hint: Option<&str>) -> Self {
        Self { items: vec![(ErrorChain(error).to_string(), hint.map(str::to_owned))] }
    }
}

impl From<ExitStatus> for ExitCode {
    fn from(status: ExitStatus) -> Self {
        match status {
            ExitStatus::Done => Self::SUCCESS,
            ExitStatus::SomeFailed => Self::from(1),
            ExitStatus::Unusable => Self::from(2),
            ExitStatus::Interrupted => Self::from(130),
        }
    }
}

impl From<SettingsError> for CommandError {
    fn from(error: SettingsError) -> Self {
        let item = |problem: &watchme_app::Problem| {
            (format!("`{}` {}", problem.name, problem.finding), Some(problem.mend.clone()))
        };
        Self { items: error.problems().iter().map(item).collect() }
    }
}

impl From<EnvironmentError> for CommandError {
    fn from(error: EnvironmentError) -> Self {
        Self::of(&error, None)
    }
}

impl From<SetupError> for CommandError {
    fn from(error: SetupError) -> Self {
        Self::of(&error, Some("`watchme doctor` checks all settings"))
    }
}

impl From<StoreError> for CommandError {
    fn from(error: StoreError) -> Self {
        Self::of(&error, Some("`watchme doctor` checks the store"))
    }
}

impl From<ClaimError> for CommandError {
    fn from(error: ClaimError) -> Self {
        Self::of(&error, Some("`watchme doctor` shows whether the store supports claims"))
    }
}

impl From<LedgerError> for CommandError {
    fn from(error: LedgerError) -> Self {
        Self::of(&error, Some("`watchme doctor` shows whether the store has a ledger"))
    }
}

impl From<QueueError> for CommandError {
    fn from(error: QueueError) -> Self {
        Self::of(&error, Some("check the queue's URL, its region and the AWS keys"))
    }
}

impl From<ClientError> for CommandError {
    fn from(error: ClientError) -> Self {
        let hint = match &error {
            ClientError::Unreachable { .. } | ClientError::Odd { .. } => {
                Some("set its URL with `--server` or `WATCHME_SERVER_URL`")
            }
            ClientError::Refused { status, .. } if status.as_u16() == 401 => {
                Some("set your key in `WATCHME_API_KEY`")
            }
            ClientError::Refused { .. } => None,
        };
        Self::of(&error, hint)
    }
}

impl From<ModelError> for CommandError {
    fn from(error: ModelError) -> Self {
        let hint = match &error {
            ModelError::Absent { .. } => Some("download it: `watchme models pull NAME`"),
            ModelError::Refused { .. } | ModelError::Altered { .. } => {
                Some("`WATCHME_MODEL_MIRROR` names another place")
            }
            ModelError::Invalid { .. } => Some("delete the file, then `watchme models pull NAME`"),
            _ => None,
        };
        Self::of(&error, hint)
    }
}

impl From<UnusableModel> for CommandError {
    fn from(error: UnusableModel) -> Self {
        match error {
            UnusableModel::File(error) => error.into(),
            error @ UnusableModel::Language { .. } => {
                Self::of(&error, Some("name another language or another model"))
            }
        }
    }
}

impl From<ImportError> for CommandError {
    fn from(error: ImportError) -> Self {
        let hint = match &error {
            ImportError::NotEmbedded => {
                Some("there, the row is made by whoever uploads the recording")
            }
            ImportError::Bucket => Some("name a folder in `WATCHME_AUDIO_DIR`"),
            ImportError::Exists { .. } => Some("remove one of the two, or rename it"),
            _ => None,
        };
        Self::of(&error, hint)
    }
}

impl From<Unknown> for CommandError {
    fn from(unknown: Unknown) -> Self {
        match unknown {
            Unknown::Device { device, near } => {
                let hint = match listed(&near, "or") {
                    Some(near) => format!("did you mean {near}?"),
                    None => "`watchme devices` lists all devices".to_owned(),
                };
                Self::new(format!("the device `{device}` is unknown: it has no recordings"), hint)
            }
            Unknown::Day { device, date, near } => {
                let hint = match (listed(&near, "and"), near.len()) {
                    (Some(near), 1) => format!("the nearest day with recordings is {near}"),
                    (Some(near), _) => format!("the nearest days with recordings are {near}"),
                    (None, _) => "check the device and the date".to_owned(),
                };
                Self::new(format!("the device `{device}` has no recordings on {date}"), hint)
            }
        }
    }
}

/// Lists names as in a sentence. `None` if there are none.
fn listed(names: &[impl ToString], conjunction: &str) -> Option<String> {
    let quoted: Vec<_> = names.iter().map(|name| format!("`{}`", name.to_string())).collect();
    let (last, others) = quoted.split_last()?;
    Some(if others.is_empty() {
        last.clone()
    } else {
        format!("{} {conjunction} {last}", others.join(", "))
    })
}
