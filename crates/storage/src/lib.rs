//! Recordings from an S3 bucket or a folder.
//!
//! [`S3Source`] spools an object to a temporary file; [`FolderSource`] hands out the stored file.
//! Both keep the promises of [`AudioSource`](watchme_core::AudioSource). [`Uploads`] spools what
//! callers send themselves.

mod folder;
mod s3;
mod spool;
mod uploads;

pub use folder::{FolderConfig, FolderSource};
pub use s3::{S3Config, S3Source, S3Timeouts};
pub use uploads::{Upload, UploadError, Uploads};
pub use watchme_aws::AwsCredentials;

/// Size of the largest recording that is fetched unless configured otherwise: 100 MiB, or 54
/// minutes of 16-bit mono at 16 kHz. A recorder's half hour has 58 MB.
pub const DEFAULT_MAX_BYTES: u64 = 100 << 20;
