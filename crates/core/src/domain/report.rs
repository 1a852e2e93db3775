//! The result of a run: every recording with its outcome.

use super::error::ErrorChain;
use super::recording::Slot;
use super::transcript::Transcript;

/// Result of a run.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// Number of rows that belong to the selection, of every status.
    pub total: usize,
    /// Number of those that were completed before.
    pub already_completed: usize,
    /// Rows that were worked on, in the order of their recording.
    pub recordings: Vec<RecordingReport>,
}

impl Report {
    /// Returns the rows whose text is saved and whose status says so.
    pub fn completed(&self) -> impl Iterator<Item = &RecordingReport> {
        self.recordings.iter().filter(|item| item.outcome.is_completed())
    }

    /// Returns the rows that are not completed, missing ones included, each with its reason.
    pub fn failed(&self) -> impl Iterator<Item = (&RecordingReport, &Failure)> {
        self.recordings.iter().filter_map(|item| match &item.outcome {
            Outcome::Failed(failure) => Some((item, failure)),
            Outcome::Transcribed(_) => None,
        })
    }
}

/// Result of one row.
#[derive(Debug, Clone, PartialEq)]
pub struct RecordingReport {
    /// Object key, or the label of an unreadable row.
    pub label: String,
    /// Slot of its text; `None` for an unreadable row.
    pub slot: Option<Slot>,
    /// Outcome of the row.
    pub outcome: Outcome,
}

/// Outcome of one row.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// Its text is saved and its status says so. The text is empty where nobody spoke.
    Transcribed(Transcript),
    /// Nothing was saved and its status is as it was; the next run tries again.
    Failed(Failure),
}

impl Outcome {
    /// True if the text is saved and the status says so.
    #[must_use]
    pub fn is_completed(&self) -> bool {
        matches!(self, Self::Transcribed(_))
    }
}

/// Reason a row is not completed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// Class of the failure, for programs.
    pub kind: FailureKind,
    /// Cause and advice, for people. Holds no secret.
    pub reason: String,
}

/// Classes of failure. Their names are part of the wire format.
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
    /// The bytes that arrived are not those that were stored.
    DamagedDownload,
    /// The source refuses access.
    SourceDenied,
    /// The source cannot be reached.
    SourceUnavailable,
    /// The spool folder cannot be written to; a full disk, mostly.
    Spool,
    /// The content is no audio that we can read.
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

impl Failure {
    pub(crate) fn new(kind: FailureKind, reason: impl Into<String>) -> Self {
        Self { kind, reason: reason.into() }
    }

    /// Makes a failure of a port's error, with all its causes.
    #[must_use]
    pub fn because(kind: FailureKind, error: &(dyn std::error::Error + 'static)) -> Self {
        Self::new(kind, ErrorChain(error).to_string())
    }
}

impl FailureKind {
    /// Returns the name on the wire and in logs.
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

    /// True if every other recording of the run will fail in the same way, so that trying them
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
