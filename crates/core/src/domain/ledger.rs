//! Entries of the ledger, which keeps beside each text what it was made of.

use std::time::Duration;

use jiff::Timestamp;

use super::ids::ObjectKey;
use super::options::ModelName;
use super::recording::Slot;
use super::transcript::{Effort, Transcript};

/// Transcript of one recording, with everything that was left out of its text.
#[derive(Debug, Clone, PartialEq)]
pub struct LedgerEntry {
    /// Recording it was made from.
    pub object_key: ObjectKey,
    /// Slot its text belongs to.
    pub slot: Slot,
    /// Model that made it.
    pub model: ModelName,
    /// Segments that were kept, and those that were removed.
    pub transcript: Transcript,
}

/// Length of one recording and the effort it took.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Measured {
    /// Recording that was measured.
    pub object_key: ObjectKey,
    /// Length of the recording.
    pub audio: Duration,
    /// Length of the part that the engine was given.
    pub speech: Duration,
    /// Effort it took; `None` where that was not measured.
    pub effort: Option<Effort>,
}

/// An entry as it is stored.
#[derive(Debug, Clone, PartialEq)]
pub struct LedgerRecord {
    /// The entry.
    pub entry: LedgerEntry,
    /// Time the recording was transcribed.
    pub at: Timestamp,
}

/// Change of a slot after other rules were applied to its recordings.
#[derive(Debug, Clone, PartialEq)]
pub struct Revision {
    /// Slot to change.
    pub slot: Slot,
    /// New text of the slot.
    pub text: String,
    /// Text that must still be there; `None` if the slot had none.
    pub previous: Option<String>,
    /// Records whose segments change. Nothing else of them does.
    pub records: Vec<LedgerRecord>,
}
