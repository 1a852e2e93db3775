//! Why a command could not be carried out, for people: what happened, and what to do.

use std::error::Error;

use watchme_app::{EnvironmentError, ImportError, SettingsError, SetupError};
use watchme_core::{ClaimError, ErrorChain, LedgerError, QueueError, StoreError};

use crate::server::ServerError;

/// Ends a command with exit status 2.
#[derive(Debug)]
pub(crate) struct Trouble {
    /// Each thing that happened, with its mend.
    pub(crate) items: Vec<(String, Option<String>)>,
}

/// How a command that was carried out ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ending {
    /// Everything is done.
    Done,
    /// Some recordings failed.
    SomeFailed,
    /// What was looked at cannot be used.
    Unusable,
}

impl Trouble {
    pub(crate) fn new(what: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { items: vec![(what.into(), Some(hint.into()))] }
    }

    /// `what` failed with `error`, its causes included.
    pub(crate) fn caused(what: &str, error: &(dyn Error + 'static)) -> Self {
        Self { items: vec![(format!("{what}: {}", ErrorChain(error)), None)] }
    }

    fn of(error: &(dyn Error + 'static), hint: Option<&str>) -> Self {
        Self { items: vec![(ErrorChain(error).to_string(), hint.map(str::to_owned))] }
    }
}

impl From<SettingsError> for Trouble {
    fn from(error: SettingsError) -> Self {
        let item = |problem: &watchme_app::Problem| {
            (format!("`{}` {}", problem.name, problem.finding), Some(problem.mend.clone()))
        };
        Self { items: error.problems().iter().map(item).collect() }
    }
}

impl From<EnvironmentError> for Trouble {
    fn from(error: EnvironmentError) -> Self {
        Self::of(&error, None)
    }
}

impl From<SetupError> for Trouble {
    fn from(error: SetupError) -> Self {
        Self::of(&error, Some("`watchme doctor` looks at everything that is set"))
    }
}

impl From<StoreError> for Trouble {
    fn from(error: StoreError) -> Self {
        Self::of(&error, Some("`watchme doctor` checks the store"))
    }
}

impl From<ClaimError> for Trouble {
    fn from(error: ClaimError) -> Self {
        Self::of(&error, Some("`watchme doctor` says whether the store keeps claims"))
    }
}

impl From<LedgerError> for Trouble {
    fn from(error: LedgerError) -> Self {
        Self::of(&error, Some("`watchme doctor` says whether the store keeps a ledger"))
    }
}

impl From<QueueError> for Trouble {
    fn from(error: QueueError) -> Self {
        Self::of(&error, Some("check the queue's URL, its region and the AWS keys"))
    }
}

impl From<ServerError> for Trouble {
    fn from(error: ServerError) -> Self {
        let hint = match &error {
            ServerError::Unreachable { .. } | ServerError::Odd { .. } => {
                Some("`--server` or `WATCHME_SERVER_URL` says where it is")
            }
            ServerError::Refused { status, .. } if status.as_u16() == 401 => {
                Some("`WATCHME_API_KEY` has the key")
            }
            ServerError::Refused { .. } => None,
        };
        Self::of(&error, hint)
    }
}

impl From<ImportError> for Trouble {
    fn from(error: ImportError) -> Self {
        let hint = matches!(error, ImportError::NotEmbedded)
            .then_some("who uploads a recording makes its row there");
        Self::of(&error, hint)
    }
}
