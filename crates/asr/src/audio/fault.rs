//! Faults of a recording, and the errors that callers see.

use std::io;
use std::time::Duration;

use watchme_core::TranscribeError;

/// Supported kinds, for the errors that name them.
const SUPPORTED: &str = "supported are WAV, MP3, MP4/AAC, FLAC, Ogg Vorbis and Opus";

/// Reason why a recording cannot be read.
#[derive(Debug)]
pub(super) enum Fault {
    /// The operating system does not give us the bytes.
    Unreadable(io::Error),
    /// The file has no bytes.
    Empty,
    /// The file is something else.
    Foreign(&'static str),
    /// The file is of no known kind.
    Unknown,
    /// The container is known and has no audio in it.
    NoAudio { container: &'static str },
    /// The container or codec uses a feature that is not supported.
    Unsupported { container: &'static str, reason: String },
    /// The sample rate is outside [`RATES`](super::RATES).
    Rate(u32),
    /// The recording is longer than this limit.
    TooLong(Duration),
    /// The content breaks off or makes no sense.
    Broken { container: &'static str, reason: String },
    /// The resampler refused its input.
    Resampler(String),
}

impl From<Fault> for TranscribeError {
    fn from(fault: Fault) -> Self {
        let unsupported = |reason: String| Self::Unsupported { reason };
        match fault {
            Fault::Unreadable(error) => {
                Self::Engine { reason: format!("the recording cannot be read: {error}") }
            }
            Fault::Empty => unsupported(format!("the file is empty, {SUPPORTED}")),
            Fault::Foreign(what) => unsupported(format!("the file is {what}, {SUPPORTED}")),
            Fault::Unknown => unsupported(format!("the file is of no known kind, {SUPPORTED}")),
            Fault::NoAudio { container } => unsupported(format!(
                "the {container} file has no audio in a known codec, {SUPPORTED}"
            )),
            Fault::Unsupported { container, reason } => {
                unsupported(format!("the {container} file cannot be read ({reason}), {SUPPORTED}"))
            }
            Fault::Rate(rate) => unsupported(format!(
                "{rate} samples per second, expected {} to {}",
                super::RATES.start(),
                super::RATES.end()
            )),
            Fault::TooLong(limit) => {
                unsupported(format!("longer than {} hours, split it", limit.as_secs() / 3600))
            }
            Fault::Broken { container, reason } => {
                Self::Damaged { reason: format!("the {container} file is broken ({reason})") }
            }
            Fault::Resampler(reason) => Self::Engine { reason: format!("resampling: {reason}") },
        }
    }
}
