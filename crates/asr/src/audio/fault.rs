//! What can be wrong with a recording, and what the caller is told.

use std::io;
use std::time::Duration;

use watchme_core::TranscribeError;

/// What is read here, for an error that says what would be.
const SUPPORTED: &str = "supported are WAV, MP3, MP4/AAC, FLAC, Ogg Vorbis and Opus";

/// What is wrong with a recording.
#[derive(Debug)]
pub(super) enum Fault {
    /// The operating system does not give us the bytes.
    Unreadable(io::Error),
    /// The file has no bytes.
    Empty,
    /// The file is something else.
    Foreign(&'static str),
    /// Nobody knows what the file is.
    Unknown,
    /// The container is known and has no audio in it.
    NoAudio { container: &'static str },
    /// The container or codec uses something that is not read here.
    Unsupported { container: &'static str, reason: String },
    /// The samples per second are outside of what is read here.
    Rate(u32),
    /// The recording goes on and on.
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
