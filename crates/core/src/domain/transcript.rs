//! Transcripts as the engine makes them, and texts as the table has them.

use std::str::FromStr;
use std::time::Duration;

use super::ids::{LocalDate, ParseIdError, TimeBlock};
use super::recording::Slot;

/// Everything that was said in one recording.
#[derive(Debug, Clone, PartialEq)]
pub struct Transcript {
    /// Spoken segments in order. Empty: nobody spoke.
    pub segments: Vec<Segment>,
    /// Segments that the engine wrote and nobody said.
    pub removed: Vec<Removed>,
    /// Spoken language as an ISO 639-1 code, where anybody spoke.
    pub language: Option<String>,
    /// Length of the recording.
    pub audio: Duration,
    /// Length of the speech that the engine was given, with its pauses.
    pub speech: Duration,
    /// Measurements of its sound.
    pub sound: Sound,
    /// Effort it took; `None` where the system does not measure it, and in old ledger entries.
    pub effort: Option<Effort>,
}

/// Effort of the machine for one recording.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Effort {
    /// Time from the first byte that was decoded to the last word.
    pub wall: Duration,
    /// Processor time that the whole process used meanwhile.
    pub cpu: Duration,
}

/// Measurements of a recording's sound, so that an empty text can be explained.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Sound {
    /// Largest sample, of full scale 1.
    pub peak: f32,
    /// Root mean square of the loudest second, of full scale 1.
    pub loudest_second: f32,
    /// Length of the parts that voice activity detection takes for speech.
    pub voiced: Duration,
}

impl Transcript {
    /// Returns the text of all segments, without blanks around it.
    #[must_use]
    pub fn text(&self) -> String {
        let text: String = self.segments.iter().map(|segment| segment.text.as_str()).collect();
        text.trim().to_owned()
    }

    /// Returns the transcript without its effort, for comparisons: no two runs take the same.
    #[must_use]
    pub fn without_effort(self) -> Self {
        Self { effort: None, ..self }
    }

    /// Returns every segment the engine wrote, in order, each with the reason if it was removed.
    #[must_use]
    pub fn written(&self) -> Vec<(&Segment, Option<RemovalReason>)> {
        let kept = self.segments.iter().map(|segment| (segment, None));
        let removed = self.removed.iter().map(|removed| (&removed.segment, Some(removed.reason)));
        let mut written: Vec<_> = kept.chain(removed).collect();
        written.sort_by_key(|(segment, _)| (segment.start, segment.end));
        written
    }
}

/// A segment that was left out of the text, and the reason.
#[derive(Debug, Clone, PartialEq)]
pub struct Removed {
    /// Segment as the engine wrote it.
    pub segment: Segment,
    /// Reason it was removed.
    pub reason: RemovalReason,
}

/// Reason a segment was left out of the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RemovalReason {
    /// It says the same over and over.
    Loop,
    /// It is doubtful text where the engine itself sees no speech.
    NoSpeech,
    /// It is doubtful text over sound in which no voice was found.
    OutsideSpeech,
    /// It is a phrase that the engine writes where nobody speaks.
    StockPhrase,
    /// It is less likely than the engine's authors believe a text to be.
    Unlikely,
    /// It spells laughter, a cough or the like.
    VocalSound,
}

impl RemovalReason {
    /// Every reason there is.
    pub const ALL: [Self; 6] = [
        Self::Loop,
        Self::NoSpeech,
        Self::OutsideSpeech,
        Self::StockPhrase,
        Self::Unlikely,
        Self::VocalSound,
    ];

    /// Returns the code, in lower case.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Loop => "loop",
            Self::NoSpeech => "no_speech",
            Self::OutsideSpeech => "outside_speech",
            Self::StockPhrase => "stock_phrase",
            Self::Unlikely => "unlikely",
            Self::VocalSound => "vocal_sound",
        }
    }

    /// Describes it for people.
    #[must_use]
    pub fn in_words(self) -> &'static str {
        match self {
            Self::Loop => "says the same over and over",
            Self::NoSpeech => "doubtful text where the model itself heard no speech",
            Self::OutsideSpeech => "doubtful text over sound in which no voice was found",
            Self::StockPhrase => "a phrase that the model writes where nobody speaks",
            Self::Unlikely => "unlikely text that no further attempt made likelier",
            Self::VocalSound => "laughter, a cough or the like, spelled out",
        }
    }
}

impl FromStr for RemovalReason {
    type Err = ParseIdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|reason| reason.as_str() == text)
            .ok_or_else(|| ParseIdError::new("removal reason", text, "a reason of this version"))
    }
}

/// A stretch of speech.
#[derive(Debug, Clone, PartialEq)]
pub struct Segment {
    /// Start, from the start of the recording.
    pub start: Duration,
    /// End, from the start of the recording.
    pub end: Duration,
    /// Text, with the engine's own leading blank where the language has blanks.
    pub text: String,
    /// Geometric mean of the tokens' probabilities, 0 to 1.
    pub confidence: f32,
    /// Probability that nobody speaks here, as the engine sees it, 0 to 1.
    pub no_speech: f32,
    /// Length of the voice that was detected between start and end. `None` if it was not measured.
    pub voice: Option<Duration>,
}

/// One row of `vibe_whisper`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SavedTranscript {
    /// Slot of the text.
    pub slot: Slot,
    /// The text. If nobody spoke, the silence text of the settings, which is usually empty.
    pub text: String,
}

/// One row of `vibe_whisper` without its text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SavedSlot {
    /// Local day.
    pub date: LocalDate,
    /// Time in that day.
    pub block: TimeBlock,
    /// True if its text says that nobody spoke.
    pub is_silent: bool,
}
