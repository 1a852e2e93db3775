//! The explanation of a transcript in words: above all, why its text is empty.

use std::fmt;

use crate::domain::{RemovalReason, Transcript};
use crate::rules::SILENCE_RMS;

/// Explanation of a transcript.
#[derive(Debug, Clone, PartialEq)]
pub enum Finding {
    /// Somebody spoke.
    Speech,
    /// Nothing was written, and no second was as loud as speech usually is.
    TooQuiet {
        /// Root mean square of the loudest second, of full scale 1.
        loudest_second: f32,
    },
    /// There was sound, and no voice in it.
    NoVoice {
        /// Root mean square of the loudest second, of full scale 1.
        loudest_second: f32,
    },
    /// The engine wrote something, and all of it was removed.
    AllRemoved {
        /// Each reason, in the order of the segments, with the number of segments it removed.
        reasons: Vec<(RemovalReason, usize)>,
    },
    /// The engine was given sound and wrote nothing.
    NothingWritten,
}

/// Explains a transcript by what was measured and removed.
#[must_use]
pub fn finding(transcript: &Transcript) -> Finding {
    let loudest_second = transcript.sound.loudest_second;
    if !transcript.text().is_empty() {
        Finding::Speech
    } else if !transcript.removed.is_empty() {
        let mut reasons: Vec<(RemovalReason, usize)> = Vec::new();
        for removed in &transcript.removed {
            match reasons.iter_mut().find(|(reason, _)| *reason == removed.reason) {
                Some((_, count)) => *count += 1,
                None => reasons.push((removed.reason, 1)),
            }
        }
        Finding::AllRemoved { reasons }
    } else if loudest_second < SILENCE_RMS {
        Finding::TooQuiet { loudest_second }
    } else if transcript.sound.voiced.is_zero() {
        Finding::NoVoice { loudest_second }
    } else {
        Finding::NothingWritten
    }
}

impl Finding {
    /// Returns the code, in lower case.
    #[must_use]
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Speech => "speech",
            Self::TooQuiet { .. } => "too_quiet",
            Self::NoVoice { .. } => "no_voice",
            Self::AllRemoved { .. } => "all_removed",
            Self::NothingWritten => "nothing_written",
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Speech => f.write_str("somebody spoke"),
            Self::TooQuiet { loudest_second } => write!(
                f,
                "nothing louder than {loudest_second:.4} of full scale in any second, \
                 where speech begins at {SILENCE_RMS}"
            ),
            Self::NoVoice { loudest_second } => write!(
                f,
                "loud, but no voice was found: {loudest_second:.4} of full scale in the loudest \
                 second"
            ),
            Self::AllRemoved { reasons } => {
                f.write_str("all of it was removed: ")?;
                for (index, (reason, count)) in reasons.iter().enumerate() {
                    let separator = if index == 0 { "" } else { ", " };
                    write!(f, "{separator}{count} × {}", reason.in_words())?;
                }
                Ok(())
            }
            Self::NothingWritten => f.write_str("a voice was found, and the model wrote nothing"),
        }
    }
}
