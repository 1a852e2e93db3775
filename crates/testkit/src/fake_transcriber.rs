//! A [`Transcriber`] that reads its text from the file, with scripted answers and gates.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use watchme_core::{
    Check, Effort, FetchedAudio, Kept, ModelName, Progress, RemovalReason, Removed, Segment, Sound,
    TranscribeError, TranscribeOptions, Transcriber, Transcript,
};

use crate::Gate;
use crate::gate::{Passage, closed_gate};

/// Length of every recording here.
const AUDIO: Duration = Duration::from_mins(1);

/// Takes the bytes of a recording for its words: a file of the bytes `hello` is transcribed
/// `hello`, and an empty or blank one is silence. Scripted answers take precedence.
///
/// Scripts are found by the beginning of the content. An empty beginning fits any content, and
/// of several that fit the latest counts. Cheap to clone; clones share everything.
#[derive(Clone, Default)]
pub struct FakeTranscriber {
    /// A plain lock, since it is never held across an await.
    script: Arc<Mutex<Script>>,
}

#[derive(Default)]
struct Script {
    /// Only model that is allowed; `None` if every model is.
    allowed: Option<ModelName>,
    answers: Vec<(Vec<u8>, Answer)>,
    gates: Vec<(Vec<u8>, Passage)>,
    calls: Vec<Vec<u8>>,
    forgotten: Vec<Vec<u8>>,
    options: Vec<TranscribeOptions>,
    at_work: usize,
    most_at_work: usize,
}

enum Answer {
    Text(String),
    Invention(RemovalReason),
    Failure { left: usize, error: Box<dyn Fn() -> TranscribeError + Send> },
}

impl FakeTranscriber {
    /// Makes a transcriber without a script.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Refuses every model but `model`. Without this, none is refused.
    pub fn allow_only(&self, model: ModelName) {
        self.script().allowed = Some(model);
    }

    /// Transcribes content that begins with `beginning` as `text`.
    pub fn answer(&self, beginning: impl Into<Vec<u8>>, text: impl Into<String>) {
        self.script().answers.push((beginning.into(), Answer::Text(text.into())));
    }

    /// Leaves out the text of content that begins with `beginning`, for `reason`.
    pub fn invent(&self, beginning: impl Into<Vec<u8>>, reason: RemovalReason) {
        self.script().answers.push((beginning.into(), Answer::Invention(reason)));
    }

    /// Makes every transcription of content that begins with `beginning` fail.
    pub fn fail(
        &self,
        beginning: impl Into<Vec<u8>>,
        error: impl Fn() -> TranscribeError + Send + 'static,
    ) {
        self.fail_times(usize::MAX, beginning, error);
    }

    /// Makes the next `count` transcriptions of content that begins with `beginning` fail.
    pub fn fail_times(
        &self,
        count: usize,
        beginning: impl Into<Vec<u8>>,
        error: impl Fn() -> TranscribeError + Send + 'static,
    ) {
        let failure = Answer::Failure { left: count, error: Box::new(error) };
        self.script().answers.push((beginning.into(), failure));
    }

    /// Holds every transcription of content that begins with `beginning` until the gate is
    /// opened or dropped.
    #[must_use]
    pub fn hold(&self, beginning: impl Into<Vec<u8>>) -> Gate {
        let (gate, passage) = closed_gate();
        self.script().gates.push((beginning.into(), passage));
        gate
    }

    /// Returns the contents that were given, in order, failed ones included.
    #[must_use]
    pub fn calls(&self) -> Vec<Vec<u8>> {
        self.script().calls.clone()
    }

    /// Returns the contents that were given, as text.
    #[must_use]
    pub fn heard(&self) -> Vec<String> {
        let calls = self.calls();
        calls.iter().map(|content| String::from_utf8_lossy(content).into_owned()).collect()
    }

    /// Returns the contents whose notes were forgotten, since their text is saved or nobody
    /// wanted them kept, as text and in order.
    #[must_use]
    pub fn forgotten(&self) -> Vec<String> {
        let script = self.script();
        let text = |content: &Vec<u8>| String::from_utf8_lossy(content).into_owned();
        script.forgotten.iter().map(text).collect()
    }

    /// Returns the options of each call, in order.
    #[must_use]
    pub fn options(&self) -> Vec<TranscribeOptions> {
        self.script().options.clone()
    }

    /// Returns the number of transcriptions under way.
    #[must_use]
    pub fn at_work(&self) -> usize {
        self.script().at_work
    }

    /// Returns the largest number of transcriptions that were ever under way at once.
    #[must_use]
    pub fn most_at_work(&self) -> usize {
        self.script().most_at_work
    }

    fn script(&self) -> MutexGuard<'_, Script> {
        self.script.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Script {
    fn answer(&mut self, content: &[u8]) -> Result<Transcript, TranscribeError> {
        let scripted = self.answers.iter_mut().rev().find(|(beginning, answer)| {
            content.starts_with(beginning) && !matches!(answer, Answer::Failure { left: 0, .. })
        });
        match scripted {
            Some((_, Answer::Text(text))) => Ok(transcript(text)),
            Some((_, Answer::Invention(reason))) => Ok(invented(&text_of(content)?, *reason)),
            Some((_, Answer::Failure { left, error })) => {
                *left -= 1;
                Err(error())
            }
            None => Ok(transcript(&text_of(content)?)),
        }
    }

    fn check_model(&self, model: &ModelName) -> Result<(), TranscribeError> {
        match &self.allowed {
            Some(allowed) if allowed != model => Err(TranscribeError::Model {
                reason: format!("`{model}` is not allowed, use `{allowed}`"),
            }),
            _ => Ok(()),
        }
    }

    fn passage(&self, content: &[u8]) -> Option<Passage> {
        let held = self.gates.iter().rev().find(|(beginning, _)| content.starts_with(beginning));
        held.map(|(_, passage)| passage.clone())
    }
}

/// Counts a transcription that is under way, however it ends.
struct AtWork(FakeTranscriber);

impl AtWork {
    fn new(fake: &FakeTranscriber, content: &[u8], options: &TranscribeOptions) -> Self {
        let mut script = fake.script();
        script.calls.push(content.to_vec());
        script.options.push(options.clone());
        script.at_work += 1;
        script.most_at_work = script.most_at_work.max(script.at_work);
        Self(fake.clone())
    }
}

impl Drop for AtWork {
    fn drop(&mut self) {
        self.0.script().at_work -= 1;
    }
}

#[async_trait]
impl Transcriber for FakeTranscriber {
    async fn transcribe(
        &self,
        audio: FetchedAudio,
        options: &TranscribeOptions,
        progress: Arc<dyn Progress>,
    ) -> Result<Transcript, TranscribeError> {
        let content = std::fs::read(audio.path()).map_err(|error| TranscribeError::Damaged {
            reason: format!("the fetched file cannot be read: {error}"),
        })?;
        let _at_work = AtWork::new(self, &content, options);
        self.script().check_model(&options.model)?;
        progress.starting().await;
        progress.advanced(Duration::ZERO, Some(AUDIO));
        let passage = self.script().passage(&content);
        if let Some(passage) = passage {
            passage.pass().await;
        }
        let transcript = self.script().answer(&content)?;
        progress.advanced(AUDIO, Some(AUDIO));
        let fake = self.clone();
        let kept = Kept::new(async move { fake.script().forgotten.push(content) });
        if let Some(unwanted) = progress.transcribed(kept) {
            unwanted.forget().await;
        }
        Ok(transcript)
    }

    async fn check(&self) -> Vec<Check> {
        vec![Check::pass("transcriber", "scripted")]
    }
}

/// Effort that each recording is reported to take.
const EFFORT: Effort = Effort { wall: Duration::from_secs(6), cpu: Duration::from_secs(9) };

fn text_of(content: &[u8]) -> Result<String, TranscribeError> {
    String::from_utf8(content.to_vec()).map_err(|_| TranscribeError::Unsupported {
        reason: "the content is no text and nothing is scripted for it".to_owned(),
    })
}

/// Makes a transcript without text, after `text` was left out.
fn invented(text: &str, reason: RemovalReason) -> Transcript {
    let Transcript { segments, .. } = transcript(text);
    let removed = segments.into_iter().map(|segment| Removed { segment, reason }).collect();
    Transcript { removed, ..transcript("") }
}

/// Makes a transcript of one segment of `text` in a minute of audio; none if it is blank.
fn transcript(text: &str) -> Transcript {
    if text.trim().is_empty() {
        return Transcript {
            segments: Vec::new(),
            removed: Vec::new(),
            language: None,
            audio: AUDIO,
            speech: Duration::ZERO,
            sound: Sound::default(),
            effort: Some(EFFORT),
        };
    }
    let segment = Segment {
        start: Duration::ZERO,
        end: AUDIO,
        text: text.to_owned(),
        confidence: 0.9,
        no_speech: 0.1,
        voice: Some(AUDIO),
    };
    Transcript {
        segments: vec![segment],
        removed: Vec::new(),
        language: Some("ja".to_owned()),
        audio: AUDIO,
        speech: AUDIO,
        sound: Sound::default(),
        effort: Some(EFFORT),
    }
}

impl fmt::Debug for FakeTranscriber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let script = self.script();
        f.debug_struct("FakeTranscriber")
            .field("calls", &script.calls.len())
            .field("at_work", &script.at_work)
            .finish_non_exhaustive()
    }
}
