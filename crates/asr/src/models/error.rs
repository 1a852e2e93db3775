//! What can be wrong with a model file or its download.

use std::io;
use std::path::PathBuf;

/// Why a model cannot be had.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ModelError {
    /// There is no such file. Pull it, or correct the path.
    #[error("there is no model file `{}`", path.display())]
    Absent {
        /// Where it was looked for.
        path: PathBuf,
    },
    /// The file is not the model it should be. Pull it again, or replace it.
    #[error("the model file `{}` is unusable: {reason}", path.display())]
    Invalid {
        /// Which.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The file or its folder cannot be read or written. Mend the permissions or the disk.
    #[error("cannot use `{}`", path.display())]
    Io {
        /// Which.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// Somebody else downloads the same file. Wait for them.
    #[error("another download of `{file}` is running")]
    Busy {
        /// Which.
        file: String,
    },
    /// The download did not start or stopped. What has arrived is kept: pull again to go on.
    #[error(
        "the download of `{file}` failed at {done} of {total} bytes: {reason}; pull again to go on"
    )]
    Interrupted {
        /// Which.
        file: String,
        /// How many bytes have arrived.
        done: u64,
        /// How many there are.
        total: u64,
        /// What happened.
        reason: String,
    },
    /// The other side does not have the published file. Use another mirror.
    #[error("`{host}` does not serve `{file}`: {reason}")]
    Refused {
        /// The other side.
        host: String,
        /// Which file.
        file: String,
        /// What it said, or what differs.
        reason: String,
    },
    /// What arrived is not the published file, and is deleted. Use another mirror.
    #[error("`{host}` sent another `{file}` than the published one; it is deleted")]
    Altered {
        /// The other side.
        host: String,
        /// Which file.
        file: String,
    },
    /// The settings do not make an HTTP client.
    #[error("cannot set up the download")]
    Client {
        /// Why.
        source: reqwest::Error,
    },
}
