//! What the engine heard, and what the table has.

use std::str::FromStr;
use std::time::Duration;

use crate::{LocalDate, ParseIdError, Slot, TimeBlock};

/// What was said in one recording.
#[derive(Debug, Clone, PartialEq)]
pub struct Transcript {
    /// Spoken segments in order. Empty: nobody spoke.
    pub segments: Vec<Segment>,
    /// What the engine wrote and nobody said.
    pub removed: Vec<Removed>,
    /// The spoken language as an ISO 639-1 code, where anybody spoke.
    pub language: Option<String>,
    /// How long the recording is.
    pub audio: Duration,
    /// How much of it the engine was given; the rest was too quiet, or no voice was found in it.
    pub speech: Duration,
    /// What was measured of its sound.
    pub sound: Sound,
    /// What it took; `None` where the system does not tell, and in what was kept before it was
    /// measured.
    pub effort: Option<Effort>,
}

/// What transcribing a recording took of the machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Effort {
    /// How long it took, from the first byte that was decoded to the last word.
    pub wall: Duration,
    /// How much processor time the whole process used in that time.
    pub cpu: Duration,
}

/// What was measured of a recording's sound, so that an empty text can be explained.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Sound {
    /// The largest sample, of full scale 1.
    pub peak: f32,
    /// The root mean square of the loudest second, of full scale 1.
    pub loudest_second: f32,
    /// How much of it voice activity detection holds for speech.
    pub voiced: Duration,
    /// How much was given to the engine although no voice was detected in it, because it was loud.
    pub doubted: Duration,
}

impl Transcript {
    /// The text of all segments, without blanks around it.
    #[must_use]
    pub fn text(&self) -> String {
        let text: String = self.segments.iter().map(|segment| segment.text.as_str()).collect();
        text.trim().to_owned()
    }

    /// The same without what it took, to be compared: no two runs take the same.
    #[must_use]
    pub fn without_effort(self) -> Self {
        Self { effort: None, ..self }
    }

    /// Every segment the engine wrote, in order, with why it was left out where it was.
    #[must_use]
    pub fn written(&self) -> Vec<(&Segment, Option<RemovalReason>)> {
        let kept = self.segments.iter().map(|segment| (segment, None));
        let removed = self.removed.iter().map(|removed| (&removed.segment, Some(removed.reason)));
        let mut written: Vec<_> = kept.chain(removed).collect();
        written.sort_by_key(|(segment, _)| (segment.start, segment.end));
        written
    }
}

/// A segment that was left out of the text, and why.
#[derive(Debug, Clone, PartialEq)]
pub struct Removed {
    /// What the engine wrote.
    pub segment: Segment,
    /// Why nobody said it.
    pub reason: RemovalReason,
}

/// Why a segment was left out of the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RemovalReason {
    /// It says the same over and over.
    Loop,
    /// It is unlikely text over what the engine itself holds for no speech.
    NoSpeech,
    /// It is doubtful text over sound in which no voice was found.
    OutsideSpeech,
    /// It is an unlikely phrase that the engine writes where nobody speaks.
    StockPhrase,
}

impl RemovalReason {
    /// Every reason there is.
    pub const ALL: [Self; 4] = [Self::Loop, Self::NoSpeech, Self::OutsideSpeech, Self::StockPhrase];

    /// Its code, in lower case.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Loop => "loop",
            Self::NoSpeech => "no_speech",
            Self::OutsideSpeech => "outside_speech",
            Self::StockPhrase => "stock_phrase",
        }
    }

    /// What it means, for people.
    #[must_use]
    pub fn in_words(self) -> &'static str {
        match self {
            Self::Loop => "says the same over and over",
            Self::NoSpeech => "unlikely text where the model itself heard no speech",
            Self::OutsideSpeech => "doubtful text over sound in which no voice was found",
            Self::StockPhrase => "an unlikely phrase that the model writes where nobody speaks",
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
    /// Where it starts, from the start of the recording.
    pub start: Duration,
    /// Where it ends, from the start of the recording.
    pub end: Duration,
    /// What was said, with the engine's own leading blank where the language has blanks.
    pub text: String,
    /// The geometric mean of the tokens' probabilities, 0 to 1.
    pub confidence: f32,
    /// How likely the engine held this stretch for no speech at all, 0 to 1.
    pub no_speech: f32,
}

/// One row of `vibe_whisper`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SavedTranscript {
    /// Whose text it is.
    pub slot: Slot,
    /// The text. The silence literal of the settings, usually empty: nobody spoke.
    pub text: String,
}

/// One row of `vibe_whisper` without its text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SavedSlot {
    /// The local day.
    pub date: LocalDate,
    /// The time in that day.
    pub block: TimeBlock,
    /// Whether its text says that nobody spoke.
    pub is_silent: bool,
}
