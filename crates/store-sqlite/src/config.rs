//! Settings of the store, and errors of opening it.

use std::io;
use std::path::{Path, PathBuf};

use rusqlite::ErrorCode;
use watchme_core::BoxError;

/// Settings of the store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// Path of the file. It and its folder are created if they do not exist.
    pub path: PathBuf,
}

/// Reason why the file cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// The file or its folder cannot be created or written.
    #[error("cannot write to `{}`; check its folder, its owner and its permissions", path.display())]
    Inaccessible {
        /// Path of the file.
        path: PathBuf,
        /// Error of the operating system.
        source: io::Error,
    },
    /// The file is something else.
    #[error("`{}` is no SQLite database, or is damaged; name another file", path.display())]
    NotADatabase {
        /// Path of the file.
        path: PathBuf,
    },
    /// A later version of this program has used the file.
    #[error("`{}` was made by a newer version of this program; install that version", path.display())]
    NewerSchema {
        /// Path of the file.
        path: PathBuf,
    },
    /// SQLite cannot use the file now.
    #[error("cannot open `{}`", path.display())]
    Unusable {
        /// Path of the file.
        path: PathBuf,
        /// Error of SQLite.
        source: BoxError,
    },
}

impl OpenError {
    pub(crate) fn unusable(path: &Path, source: impl Into<BoxError>) -> Self {
        Self::Unusable { path: path.to_owned(), source: source.into() }
    }

    pub(crate) fn from_sqlite(path: &Path, error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt) => {
                Self::NotADatabase { path: path.to_owned() }
            }
            _ => Self::unusable(path, error),
        }
    }
}
