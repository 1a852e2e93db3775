//! What became of a selection: every recording with its outcome.

use crate::{Slot, Transcript};

/// What became of a selection.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// Rows that belong to the selection, of every status.
    pub total: usize,
    /// Of these, rows that were completed before.
    pub already_completed: usize,
    /// The rows that were worked on, in the order of their recording.
    pub recordings: Vec<RecordingReport>,
}

impl Report {
    /// The rows whose text is saved and whose status says so.
    pub fn completed(&self) -> impl Iterator<Item = &RecordingReport> {
        self.recordings.iter().filter(|item| item.outcome.is_completed())
    }

    /// The rows that are not completed, missing ones included, each with its reason.
    pub fn failed(&self) -> impl Iterator<Item = (&RecordingReport, &Failure)> {
        self.recordings.iter().filter_map(|item| match &item.outcome {
            Outcome::Failed(failure) => Some((item, failure)),
            Outcome::Transcribed(_) => None,
        })
    }
}

/// What became of one row.
#[derive(Debug, Clone, PartialEq)]
pub struct RecordingReport {
    /// Its object key, or what an unreadable row has instead.
    pub label: String,
    /// Where its text belongs; `None` for an unreadable row.
    pub slot: Option<Slot>,
    /// What became of it.
    pub outcome: Outcome,
}

/// How one row ended.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// Its text is saved and its status says so. The text is empty where nobody spoke.
    Transcribed(Transcript),
    /// Nothing was saved and its status is as it was; the next run tries again.
    Failed(Failure),
}

impl Outcome {
    /// Whether the text is saved and the status says so.
    #[must_use]
    pub fn is_completed(&self) -> bool {
        matches!(self, Self::Transcribed(_))
    }
}

/// Why a row is not completed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// The class of it, for programs.
    pub kind: FailureKind,
    /// What happened and what to do, for people. Holds no secret.
    pub reason: String,
}

/// The classes of failure. The names are part of the wire format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FailureKind {
    /// The object is not there. Not an error of the run.
    Missing,
    /// No row names the object that was asked for.
    UnknownRecording,
    /// The row cannot be read.
    UnreadableRow,
    /// The recording is larger than the limit.
    TooLarge,
    /// The object key cannot be used.
    InvalidKey,
    /// What arrived is not what was stored.
    DamagedDownload,
    /// The source refuses access.
    SourceDenied,
    /// The source cannot be reached.
    SourceUnavailable,
    /// The spool folder cannot be written to; a full disk, mostly.
    Spool,
    /// The content is no audio we can read.
    UnsupportedAudio,
    /// The content is broken audio.
    DamagedAudio,
    /// The model cannot be used.
    Model,
    /// It took far too long.
    TimedOut,
    /// The caller gave up.
    Cancelled,
    /// The engine failed.
    Engine,
    /// The store cannot be reached.
    StoreUnavailable,
    /// The store refuses access, or lacks a table or column.
    StoreDenied,
    /// The store refuses this row.
    RowRefused,
    /// The store accepted a write and changed nothing.
    NotWritten,
    /// Another worker has it now. Not an error of the run.
    ClaimedElsewhere,
    /// Another worker took it over, because this one did not renew its claim in time.
    ClaimLost,
    /// It was tried too often.
    Quarantined,
}

impl FailureKind {
    /// The name on the wire and in logs.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::UnknownRecording => "unknown_recording",
            Self::UnreadableRow => "unreadable_row",
            Self::TooLarge => "too_large",
            Self::InvalidKey => "invalid_key",
            Self::DamagedDownload => "damaged_download",
            Self::SourceDenied => "source_denied",
            Self::SourceUnavailable => "source_unavailable",
            Self::Spool => "spool",
            Self::UnsupportedAudio => "unsupported_audio",
            Self::DamagedAudio => "damaged_audio",
            Self::Model => "model",
            Self::TimedOut => "timed_out",
            Self::Cancelled => "cancelled",
            Self::Engine => "engine",
            Self::StoreUnavailable => "store_unavailable",
            Self::StoreDenied => "store_denied",
            Self::RowRefused => "row_refused",
            Self::NotWritten => "not_written",
            Self::ClaimedElsewhere => "claimed_elsewhere",
            Self::ClaimLost => "claim_lost",
            Self::Quarantined => "quarantined",
        }
    }

    /// Whether every other recording of the run will fail in the same way, so that trying them
    /// would only waste hours of inference.
    #[must_use]
    pub fn halts_run(self) -> bool {
        matches!(
            self,
            Self::SourceDenied
                | Self::SourceUnavailable
                | Self::Spool
                | Self::Model
                | Self::StoreUnavailable
                | Self::StoreDenied
                | Self::NotWritten
        )
    }
}
