//! The words of the domain: plain types without I/O, from a row of `audio_files` to a report.

mod announcement;
mod audio;
mod check;
mod claim;
mod error;
mod ids;
mod ledger;
mod options;
mod recording;
mod report;
mod transcript;

pub use announcement::{Announcement, CompletionEvent, CompletionStatus, Delivery, Receipt};
pub use audio::FetchedAudio;
pub use check::{Check, Verdict};
pub use claim::{
    Claim, ClaimOrder, ClaimQuery, ClaimRecord, ClaimRequest, ClaimScope, ClaimState, Completion,
    DeviceSummary, FailedAttempt, NextStep, Quarantine, Ticket,
};
pub use error::{BoxError, ErrorChain};
pub use ids::{DeviceId, LocalDate, Month, ObjectKey, ParseIdError, TimeBlock};
pub use ledger::{LedgerEntry, LedgerRecord, Measured, Revision};
pub use options::{Language, ModelName, TranscribeOptions};
pub use recording::{
    RecordedAt, Recording, RecordingId, RecordingQuery, RecordingRow, RecordingStatus, Selection,
    Slot, UnreadableRow,
};
pub use report::{Failure, FailureKind, Outcome, RecordingReport, Report};
pub use transcript::{
    Effort, RemovalReason, Removed, SavedSlot, SavedTranscript, Segment, Sound, Transcript,
};
