//! Errors of model files and downloads.

use std::io;
use std::path::PathBuf;

/// Reason why a model is not available.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ModelError {
    /// There is no such file. Pull it, or correct the path.
    #[error("there is no model file `{}`", path.display())]
    Absent {
        /// Path of the missing file.
        path: PathBuf,
    },
    /// The file is not the model that it should be. Pull it again, or replace it.
    #[error("the model file `{}` is unusable: {reason}", path.display())]
    Invalid {
        /// Path of the file.
        path: PathBuf,
        /// Reason for a person.
        reason: String,
    },
    /// The file or its folder cannot be read or written. Mend the permissions or the disk.
    #[error("cannot use `{}`", path.display())]
    Io {
        /// Path of the file.
        path: PathBuf,
        /// Error of the operating system.
        source: io::Error,
    },
    /// Another process downloads the same file. Wait for it.
    #[error("another download of `{file}` is running")]
    Busy {
        /// Name of the file.
        file: String,
    },
    /// The download did not start or stopped. The bytes that arrived are kept: pull again to continue.
    #[error(
        "the download of `{file}` failed at {done} of {total} bytes: {reason}; pull again to go on"
    )]
    Interrupted {
        /// Name of the file.
        file: String,
        /// Bytes that have arrived.
        done: u64,
        /// Bytes of the whole file.
        total: u64,
        /// Reason for a person.
        reason: String,
    },
    /// The server does not have the published file. Use another mirror.
    #[error("`{host}` does not serve `{file}`: {reason}")]
    Refused {
        /// Host name of the server.
        host: String,
        /// Name of the file.
        file: String,
        /// Answer of the server, or the difference.
        reason: String,
    },
    /// The downloaded file is not the published one and is deleted. Use another mirror.
    #[error("`{host}` sent another `{file}` than the published one; it is deleted")]
    Altered {
        /// Host name of the server.
        host: String,
        /// Name of the file.
        file: String,
    },
    /// The settings do not make an HTTP client.
    #[error("cannot set up the download")]
    Client {
        /// Error of the HTTP client.
        source: reqwest::Error,
    },
}
