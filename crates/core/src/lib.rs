//! Recordings become text: the domain types, the three ports and the pipeline that joins them.
//!
//! Nothing here reads a file, a socket, a clock or the environment. A program that embeds the
//! pipeline hands in an [`AudioSource`], a [`Transcriber`] and a [`TranscriptStore`], and asks a
//! [`Pipeline`] to run a [`Selection`].

mod audio;
mod claim;
mod claiming;
mod costing;
mod error;
mod explaining;
mod forward;
mod ids;
mod kept;
mod ledger;
mod listening;
mod month;
mod observer;
mod pipeline;
mod ports;
mod queue;
mod recording;
mod refiltering;
mod report;
mod requeue;
pub mod rules;
mod run;
mod saving;
mod span;
mod transcript;

pub use audio::FetchedAudio;
pub use claim::{
    Claim, ClaimError, ClaimOrder, ClaimQuery, ClaimRecord, ClaimRequest, ClaimScope, ClaimState,
    ClaimStore, Completion, DeviceSummary, FailedAttempt, NextStep, Quarantine, Ticket,
};
pub use claiming::Claiming;
pub use error::{BoxError, ErrorChain, SourceError, StoreError, TranscribeError};
pub use explaining::{ExplainedRecording, Explanation, Ledger};
pub use ids::{DeviceId, LocalDate, Month, ObjectKey, ParseIdError, TimeBlock};
pub use kept::Kept;
pub use ledger::{LedgerEntry, LedgerError, LedgerRecord, LedgerStore, Measured, Revision};
pub use observer::{Event, Observer};
pub use pipeline::{Pipeline, Policy, Ports};
pub use ports::{
    AudioSource, Check, Language, ModelName, Progress, TranscribeOptions, Transcriber,
    TranscriptStore, Verdict,
};
pub use queue::{
    Announcement, AnnouncementQueue, CompletionEvent, CompletionSink, CompletionStatus, Delivery,
    QueueError, Receipt,
};
pub use recording::{
    RecordedAt, Recording, RecordingId, RecordingQuery, RecordingRow, RecordingStatus, Selection,
    Slot, UnreadableRow,
};
pub use refiltering::{RefilterOutcome, Refiltered, SegmentChange};
pub use report::{Failure, FailureKind, Outcome, RecordingReport, Report};
pub use requeue::{GivenUp, Requeue, Requeued};
pub use transcript::{
    Effort, RemovalReason, Removed, SavedSlot, SavedTranscript, Segment, Sound, Transcript,
};
