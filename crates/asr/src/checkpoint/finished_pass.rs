//! The final result of one pass, as it is kept.

use std::time::Duration;

use watchme_core::{Removed, Segment};

/// The final result of one pass.
#[derive(Debug, Clone, PartialEq)]
pub struct FinishedPass {
    /// Number of the pass, counted from 0.
    pub index: u32,
    /// Start of the pass, from the start of the recording.
    pub start: Duration,
    /// End of the pass, from the start of the recording.
    pub end: Duration,
    /// Segments, with times from the start of the recording.
    pub segments: Vec<Segment>,
    /// Segments that were left out, each with the reason.
    pub removed: Vec<Removed>,
    /// ISO 639-1 code of the language to decode the next passes in, once somebody has spoken.
    pub language: Option<String>,
}
