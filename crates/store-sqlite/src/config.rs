//! Settings of the store, and errors of opening it.

use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use rusqlite::ErrorCode;
use watchme_core::BoxError;

use crate::error::is_out_of_space;

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
    /// The disk is full.
    #[error("no space left for `{}`; free some space on its disk", path.display())]
    NoSpace {
        /// Path of the file.
        path: PathBuf,
        /// Error of the operating system or of SQLite.
        source: BoxError,
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
            _ if is_out_of_space(&error) => {
                Self::NoSpace { path: path.to_owned(), source: error.into() }
            }
            _ => Self::unusable(path, error),
        }
    }

    pub(crate) fn from_io(path: &Path, source: io::Error) -> Self {
        let path = path.to_owned();
        match source.kind() {
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded => {
                Self::NoSpace { path, source: source.into() }
            }
            _ => Self::Inaccessible { path, source },
        }
    }
}

#[cfg(test)]
mod tests {
    use rusqlite::ffi;

    use super::*;

    #[test]
    fn a_full_disk_is_told_from_a_file_that_cannot_be_used() {
        let path = Path::new("/data/watchme.db");
        let sqlite = |code| {
            let error = rusqlite::Error::SqliteFailure(ffi::Error::new(code), None);
            OpenError::from_sqlite(path, error).to_string()
        };
        for text in [
            sqlite(ffi::SQLITE_FULL),
            sqlite(ffi::SQLITE_IOERR_SHMSIZE),
            OpenError::from_io(path, io::Error::from(ErrorKind::StorageFull)).to_string(),
        ] {
            assert!(text.contains("no space left for `/data/watchme.db`"), "{text}");
        }
        assert!(sqlite(ffi::SQLITE_IOERR_READ).contains("cannot open"));
        assert!(sqlite(ffi::SQLITE_NOTADB).contains("no SQLite database"));
    }
}
