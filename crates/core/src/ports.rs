//! The three boundaries of the pipeline. The doc comment of each method is its contract.

use std::fmt;
use std::ops::RangeInclusive;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

use crate::{
    DeviceId, FetchedAudio, Kept, LocalDate, ObjectKey, ParseIdError, RecordingId, RecordingQuery,
    RecordingRow, RecordingStatus, SavedSlot, SavedTranscript, Slot, SourceError, StoreError,
    TranscribeError, Transcript,
};

/// Where recordings are fetched from.
#[async_trait]
pub trait AudioSource: fmt::Debug + Send + Sync + 'static {
    /// Fetches one recording to a file, byte for byte as it was stored; length and checksum are
    /// verified where the source has them. The file is deleted with the answer, and a failed or
    /// dropped call leaves none behind.
    ///
    /// An absent object is [`SourceError::Missing`] and nothing else is. Retries and timeouts are
    /// inside.
    async fn fetch(&self, key: &ObjectKey) -> Result<FetchedAudio, SourceError>;

    /// Checks that the source can be used, without changing anything.
    async fn check(&self) -> Vec<Check>;
}

/// What turns a recording into text.
#[async_trait]
pub trait Transcriber: fmt::Debug + Send + Sync + 'static {
    /// Transcribes one recording, in memory that does not grow with its length.
    ///
    /// Any content ends in a transcript or an error: silence is a transcript without segments.
    /// `progress` is told how far it is, in order. Dropping the future cancels the work within
    /// one step of the engine. Calls beyond what the machine can carry wait for their turn.
    async fn transcribe(
        &self,
        audio: FetchedAudio,
        options: &TranscribeOptions,
        progress: Arc<dyn Progress>,
    ) -> Result<Transcript, TranscribeError>;

    /// Checks that the models can be used, without loading one.
    async fn check(&self) -> Vec<Check>;
}

/// Where recordings are listed and texts are kept.
#[async_trait]
pub trait TranscriptStore: fmt::Debug + Send + Sync + 'static {
    /// Every row the query names, however many there are, each once, ordered by `recorded_at`.
    /// A row that cannot be read is an [`RecordingRow::Unreadable`] among the others.
    async fn recordings(&self, query: &RecordingQuery) -> Result<Vec<RecordingRow>, StoreError>;

    /// Inserts or replaces the text of a slot. Idempotent. When this answers `Ok`, the text is
    /// durable. Other columns of the row are left as they are.
    async fn save(&self, slot: &Slot, text: &str) -> Result<(), StoreError>;

    /// Sets the status of one recording. Idempotent. [`StoreError::NotWritten`] where no row
    /// changed.
    async fn mark(&self, id: &RecordingId, status: &RecordingStatus) -> Result<(), StoreError>;

    /// The saved texts of a device's day, ordered by block.
    async fn transcripts(
        &self,
        device: &DeviceId,
        date: LocalDate,
    ) -> Result<Vec<SavedTranscript>, StoreError>;

    /// The slots of a device's days that have a text, ordered by day and block, each with whether
    /// that is empty or `silence_text`. However long the texts are, none is read from the store.
    async fn saved_slots(
        &self,
        device: &DeviceId,
        days: &RangeInclusive<LocalDate>,
        silence_text: &str,
    ) -> Result<Vec<SavedSlot>, StoreError>;

    /// Checks that tables, columns and permissions are there, without changing anything.
    async fn check(&self) -> Vec<Check>;
}

/// How a transcription is done.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct TranscribeOptions {
    /// Which of the allowed models.
    pub model: ModelName,
    /// Which language is spoken.
    pub language: Language,
}

/// The name of a model as callers write it, `base` for one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ModelName(String);

/// The spoken language.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Language {
    /// Whatever the first speech is in.
    Auto,
    /// An ISO 639-1 code.
    Code(String),
}

/// Is told how far a transcription is. Called from a worker thread; must not block.
pub trait Progress: Send + Sync {
    /// `done` of `total` is transcribed; `total` is `None` where the container does not tell.
    fn advanced(&self, done: Duration, total: Option<Duration>);

    /// All is transcribed, and `kept` holds the work until the text is saved. Who saves it takes
    /// this, and forgets it when that is done. What is given back is forgotten at once.
    fn transcribed(&self, kept: Kept) -> Option<Kept> {
        Some(kept)
    }
}

/// Nobody watches.
impl Progress for () {
    fn advanced(&self, _done: Duration, _total: Option<Duration>) {}
}

/// One finding about the surroundings: a setting, a table, a model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// What was looked at, in a few words.
    pub subject: String,
    /// What was found.
    pub verdict: Verdict,
}

/// What a check found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Usable; with the facts.
    Pass(String),
    /// Usable, but look at it: what was seen, and the mend.
    Warn {
        /// What was seen.
        finding: String,
        /// What to do.
        mend: String,
    },
    /// Not usable: what was seen, and the mend.
    Fail {
        /// What was seen.
        finding: String,
        /// What to do.
        mend: String,
    },
}

impl Check {
    /// A usable `subject`.
    pub fn pass(subject: impl Into<String>, facts: impl Into<String>) -> Self {
        Self { subject: subject.into(), verdict: Verdict::Pass(facts.into()) }
    }

    /// A doubtful `subject`.
    pub fn warn(
        subject: impl Into<String>,
        finding: impl Into<String>,
        mend: impl Into<String>,
    ) -> Self {
        let verdict = Verdict::Warn { finding: finding.into(), mend: mend.into() };
        Self { subject: subject.into(), verdict }
    }

    /// An unusable `subject`.
    pub fn fail(
        subject: impl Into<String>,
        finding: impl Into<String>,
        mend: impl Into<String>,
    ) -> Self {
        let verdict = Verdict::Fail { finding: finding.into(), mend: mend.into() };
        Self { subject: subject.into(), verdict }
    }

    /// Whether the subject cannot be used.
    #[must_use]
    pub fn is_failure(&self) -> bool {
        matches!(self.verdict, Verdict::Fail { .. })
    }
}

impl ModelName {
    /// The name as it is written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for ModelName {
    type Err = ParseIdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let known = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
        if (1..=64).contains(&text.len()) && text.chars().all(known) {
            Ok(Self(text.to_owned()))
        } else {
            Err(ParseIdError::new("model name", text, "letters, digits, `-`, `_` and `.`"))
        }
    }
}

impl fmt::Display for ModelName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for Language {
    type Err = ParseIdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "auto" => Ok(Self::Auto),
            _ if matches!(text.len(), 2..=3) && text.bytes().all(|b| b.is_ascii_lowercase()) => {
                Ok(Self::Code(text.to_owned()))
            }
            _ => Err(ParseIdError::new("language", text, "`auto` or a code like `ja`")),
        }
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Auto => f.write_str("auto"),
            Self::Code(code) => f.write_str(code),
        }
    }
}
