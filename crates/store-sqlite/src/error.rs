//! Translates errors of SQLite by what the caller can do about them.

use rusqlite::{ErrorCode, ffi};
use watchme_core::StoreError;

/// Name of this store in errors.
pub(crate) const BACKEND: &str = "SQLite";

/// Classifies an error of SQLite: the one place that does.
pub(crate) fn into_store_error(error: rusqlite::Error) -> StoreError {
    use ErrorCode as Code;

    let said = error.to_string();
    let denied =
        |advice: &str| StoreError::Denied { backend: BACKEND, reason: format!("{said}; {advice}") };
    match error.sqlite_error_code() {
        _ if is_out_of_space(&error) => denied("free some space on its disk"),
        Some(Code::ReadOnly | Code::PermissionDenied | Code::AuthorizationForStatementDenied) => {
            denied("make the file and its folder writable for this user")
        }
        Some(Code::CannotOpen) => denied("check that the file and its folder are still there"),
        Some(Code::DatabaseCorrupt | Code::NotADatabase) => {
            denied("restore the file from a copy, or move it away and start with a new one")
        }
        Some(Code::ConstraintViolation | Code::TypeMismatch | Code::TooBig) => {
            StoreError::InvalidRow { backend: BACKEND, reason: said }
        }
        Some(
            Code::DatabaseBusy
            | Code::DatabaseLocked
            | Code::FileLockingProtocolFailed
            | Code::OutOfMemory
            | Code::OperationInterrupted
            | Code::SystemIoFailure,
        ) => unavailable(error),
        // A table or a column is not as the migrations made it.
        Some(_) | None => denied("the file has other tables than this program; check its path"),
    }
}

/// Returns true if the disk has no space. SQLite has an error of its own for its shared memory, the
/// first that it makes longer.
pub(crate) fn is_out_of_space(error: &rusqlite::Error) -> bool {
    error.sqlite_error().is_some_and(|error| {
        error.code == ErrorCode::DiskFull || error.extended_code == ffi::SQLITE_IOERR_SHMSIZE
    })
}

/// Makes the error of a row of `audio_files` that is to be changed and does not exist.
pub(crate) fn no_such_row() -> StoreError {
    StoreError::NotWritten {
        backend: BACKEND,
        table: "audio_files",
        reason: "there is no such row; it was removed meanwhile, or never registered",
    }
}

/// Makes the error of a statement whose thread stopped: the runtime is shutting down.
pub(crate) fn stopped(stopped: tokio::task::JoinError) -> StoreError {
    unavailable(stopped)
}

fn unavailable(cause: impl std::error::Error + Send + Sync + 'static) -> StoreError {
    StoreError::Unavailable { backend: BACKEND, retry_after: None, source: Box::new(cause) }
}
