//! The promises of [`Transcriber`], and a macro that makes a named test of each.
//!
//! [`transcriber_contract!`](crate::transcriber_contract) takes the name of an async function to a
//! [`TranscriberUnderTest`], which brings the recordings to try it on.

use std::any::Any;
use std::convert::Infallible;
use std::fmt;
use std::future::{Future, poll_fn};
use std::io::Write;
use std::path::PathBuf;
use std::pin::pin;
use std::sync::{Arc, Mutex};
use std::task::Poll;
use std::time::Duration;

use async_trait::async_trait;
use futures_util::future;
use tempfile::NamedTempFile;
use tokio::sync::{Notify, oneshot};
use watchme_core::{
    FetchedAudio, Language, Progress, TranscribeError, TranscribeOptions, Transcriber, Transcript,
};

use crate::gate::STUCK_AFTER;

/// Model that no transcriber under test allows.
pub const FORBIDDEN_MODEL: &str = "no-such-model";

/// A transcriber, recordings to try it on, and the guard it needs to live.
pub struct TranscriberUnderTest {
    /// The transcriber. It refuses [`FORBIDDEN_MODEL`].
    pub transcriber: Box<dyn Transcriber>,
    /// Allowed model, and the language that is spoken in `speech`.
    pub options: TranscribeOptions,
    /// Recording in which somebody speaks.
    pub speech: Vec<u8>,
    /// Words that are said in `speech`.
    pub said: String,
    /// Recording in which nobody speaks.
    pub silence: Vec<u8>,
    /// Content that is not a recording.
    pub not_audio: Vec<u8>,
    /// Temporary folders or servers that it needs.
    pub guard: Box<dyn Any + Send + Sync>,
}

impl fmt::Debug for TranscriberUnderTest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TranscriberUnderTest")
            .field("transcriber", &self.transcriber)
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}

/// Makes one `#[tokio::test]` of each promise of [`Transcriber`](watchme_core::Transcriber).
#[macro_export]
macro_rules! transcriber_contract {
    ($make_transcriber:path) => {
        $crate::transcriber_contract!(@tests $make_transcriber:
            speech_becomes_its_text,
            the_same_recording_gives_the_same_transcript,
            its_effort_is_measured,
            silence_is_a_transcript_without_segments,
            segments_are_in_order_and_within_the_audio,
            progress_is_reported_in_order_up_to_the_end_of_the_audio,
            a_recording_starts_once_and_is_not_touched_before,
            what_is_no_audio_is_refused_and_the_next_one_is_heard,
            calls_at_once_end_each_with_its_own_text,
            a_dropped_call_frees_its_file_and_the_next_one_is_heard,
            a_call_that_ends_has_freed_its_file,
            a_model_that_is_not_allowed_is_refused_and_the_next_one_is_heard,
            a_healthy_transcriber_passes_its_checks,
        );
    };
    (@tests $make_transcriber:path: $($promise:ident,)+) => {
        $(
            #[tokio::test]
            async fn $promise() {
                $crate::contract::transcriber::$promise($make_transcriber).await;
            }
        )+
    };
}

/// The transcript holds the words that are said, in the language that was asked for.
pub async fn speech_becomes_its_text<Fut>(make_transcriber: impl Fn() -> Fut)
where
    Fut: Future<Output = TranscriberUnderTest>,
{
    let made = make_transcriber().await;
    let transcript = made.hear(&made.speech).await.expect("a transcript");
    assert_eq!(transcript.text(), made.said);
    assert!(transcript.audio > Duration::ZERO, "{transcript:?}");
    assert!((Duration::from_nanos(1)..=transcript.audio).contains(&transcript.speech));
    match &made.options.language {
        Language::Code(code) => assert_eq!(transcript.language.as_ref(), Some(code)),
        Language::Auto => assert!(transcript.language.is_some(), "{transcript:?}"),
    }
}

/// Holds for speech and for silence.
pub async fn its_effort_is_measured<Fut>(make_transcriber: impl Fn() -> Fut)
where
    Fut: Future<Output = TranscriberUnderTest>,
{
    let made = make_transcriber().await;
    for recording in [&made.speech, &made.silence] {
        let transcript = made.hear(recording).await.expect("a transcript");
        let effort = transcript.effort.expect("an effort");
        assert!(effort.wall > Duration::ZERO && effort.cpu > Duration::ZERO, "{effort:?}");
    }
}

/// Earlier recordings leave no trace.
pub async fn the_same_recording_gives_the_same_transcript<Fut>(make_transcriber: impl Fn() -> Fut)
where
    Fut: Future<Output = TranscriberUnderTest>,
{
    let made = make_transcriber().await;
    let first = made.hear(&made.speech).await.expect("a transcript").without_effort();
    made.hear(&made.silence).await.expect("a transcript of silence");
    let again = made.hear(&made.speech).await.expect("the transcript again").without_effort();
    assert_eq!(again, first);
}

/// A recording in which nobody speaks has no segment and no language.
pub async fn silence_is_a_transcript_without_segments<Fut>(make_transcriber: impl Fn() -> Fut)
where
    Fut: Future<Output = TranscriberUnderTest>,
{
    let made = make_transcriber().await;
    let transcript = made.hear(&made.silence).await.expect("a transcript");
    assert_eq!(transcript.segments, []);
    assert_eq!((transcript.text(), transcript.language), (String::new(), None));
    assert!(transcript.speech <= transcript.audio);
}

/// Each segment starts at the end of the one before or later, and ends within the recording.
pub async fn segments_are_in_order_and_within_the_audio<Fut>(make_transcriber: impl Fn() -> Fut)
where
    Fut: Future<Output = TranscriberUnderTest>,
{
    let made = make_transcriber().await;
    let transcript = made.hear(&made.speech).await.expect("a transcript");
    assert!(!transcript.segments.is_empty());
    let mut after = Duration::ZERO;
    for segment in &transcript.segments {
        assert!(after <= segment.start && segment.start <= segment.end, "{segment:?}");
        assert!(segment.end <= transcript.audio, "{segment:?}");
        assert!((0.0..=1.0).contains(&segment.confidence), "{segment:?}");
        assert!((0.0..=1.0).contains(&segment.no_speech), "{segment:?}");
        after = segment.end;
    }
}

/// Progress never goes back, never leaves the recording, and ends where the recording does.
pub async fn progress_is_reported_in_order_up_to_the_end_of_the_audio<Fut>(
    make_transcriber: impl Fn() -> Fut,
) where
    Fut: Future<Output = TranscriberUnderTest>,
{
    let made = make_transcriber().await;
    for content in [&made.speech, &made.silence] {
        let log = Arc::new(ProgressLog::default());
        let (audio, _released) = spool(content);
        let work = made.transcriber.transcribe(audio, &made.options, log.clone());
        let transcript = work.await.expect("a transcript");
        let steps = log.steps.lock().expect("no panic");
        assert!(steps.is_sorted_by_key(|(done, _)| done), "{steps:?}");
        for (done, total) in &*steps {
            assert!(total.is_none_or(|total| *done <= total), "{steps:?}");
        }
        assert_eq!(steps.last().map(|(done, _)| *done), Some(transcript.audio), "{steps:?}");
    }
}

/// Whatever ends the process is known: nothing happens before the start is noted.
pub async fn a_recording_starts_once_and_is_not_touched_before<Fut>(
    make_transcriber: impl Fn() -> Fut,
) where
    Fut: Future<Output = TranscriberUnderTest>,
{
    let made = make_transcriber().await;
    for content in [&made.speech, &made.silence, &made.not_audio] {
        let noted = Arc::new(Noted::default());
        let (audio, _released) = spool(content);
        let work = made.transcriber.transcribe(audio, &made.options, noted.clone());
        // Content that is no audio fails, after its start.
        let _ = work.await;
        let events = noted.0.lock().expect("no panic");
        assert_eq!(events[..2], ["starting", "started"], "{events:?}");
        assert!(!events[2..].contains(&"starting"), "{events:?}");
    }
}

/// Content that is no audio is the fault of that recording only.
pub async fn what_is_no_audio_is_refused_and_the_next_one_is_heard<Fut>(
    make_transcriber: impl Fn() -> Fut,
) where
    Fut: Future<Output = TranscriberUnderTest>,
{
    let made = make_transcriber().await;
    let error = made.hear(&made.not_audio).await.expect_err("no audio");
    assert_is_of_the_content(&error);
    assert_heard(&made, made.hear(&made.speech).await);
}

/// Calls wait for each other; none is lost or gets the answer of another.
pub async fn calls_at_once_end_each_with_its_own_text<Fut>(make_transcriber: impl Fn() -> Fut)
where
    Fut: Future<Output = TranscriberUnderTest>,
{
    let made = make_transcriber().await;
    let contents = [&made.speech, &made.silence, &made.not_audio, &made.speech, &made.silence];
    let answers = future::join_all(contents.map(|content| made.hear(content))).await;
    let [speech, silence, refused, again, more_silence] =
        <[_; 5]>::try_from(answers).expect("an answer to each call");
    assert_heard(&made, speech);
    assert_heard(&made, again);
    for silence in [silence, more_silence] {
        assert_eq!(silence.expect("a transcript of silence").text(), "");
    }
    assert_is_of_the_content(&refused.expect_err("no audio"));
}

/// A call that is dropped at any step frees its file, and the transcriber goes on.
pub async fn a_dropped_call_frees_its_file_and_the_next_one_is_heard<Fut>(
    make_transcriber: impl Fn() -> Fut,
) where
    Fut: Future<Output = TranscriberUnderTest>,
{
    let made = make_transcriber().await;

    let (never_begun, released) = spool(&made.speech);
    drop(made.transcriber.transcribe(never_begun, &made.options, Arc::new(())));
    released.wait().await;

    let (just_begun, released) = spool(&made.speech);
    poll_once(made.transcriber.transcribe(just_begun, &made.options, Arc::new(()))).await;
    // The next call need not wait until the file of the dropped one is freed.
    assert_heard(&made, made.hear(&made.speech).await);
    released.wait().await;

    let (at_work, released) = spool(&made.speech);
    let log = Arc::new(ProgressLog::default());
    tokio::select! {
        biased;
        () = log.first_step.notified() => {}
        // All of it may be one step.
        _ = made.transcriber.transcribe(at_work, &made.options, log.clone()) => {}
    }
    released.wait().await;
    assert_heard(&made, made.hear(&made.speech).await);
}

/// The file is gone with the answer, whatever that is.
pub async fn a_call_that_ends_has_freed_its_file<Fut>(make_transcriber: impl Fn() -> Fut)
where
    Fut: Future<Output = TranscriberUnderTest>,
{
    let made = make_transcriber().await;
    for content in [&made.speech, &made.silence, &made.not_audio] {
        for options in [&made.options, &forbidden(&made.options)] {
            let (audio, released) = spool(content);
            // The other promises are about the answer.
            let _ = made.transcriber.transcribe(audio, options, Arc::new(())).await;
            assert!(!released.path.exists(), "{options:?}");
        }
    }
}

/// The error is the model's and not the recording's, which another model can transcribe.
pub async fn a_model_that_is_not_allowed_is_refused_and_the_next_one_is_heard<Fut>(
    make_transcriber: impl Fn() -> Fut,
) where
    Fut: Future<Output = TranscriberUnderTest>,
{
    let made = make_transcriber().await;
    let (audio, _released) = spool(&made.speech);
    let options = forbidden(&made.options);
    let result = made.transcriber.transcribe(audio, &options, Arc::new(())).await;
    let error = result.expect_err("a model that is not allowed");
    assert!(matches!(error, TranscribeError::Model { .. }), "{error:?}");
    assert_heard(&made, made.hear(&made.speech).await);
}

/// A working transcriber passes its own check.
pub async fn a_healthy_transcriber_passes_its_checks<Fut>(make_transcriber: impl Fn() -> Fut)
where
    Fut: Future<Output = TranscriberUnderTest>,
{
    let made = make_transcriber().await;
    let checks = made.transcriber.check().await;
    assert!(!checks.is_empty());
    let failed: Vec<_> = checks.iter().filter(|check| check.is_failure()).collect();
    assert!(failed.is_empty(), "{failed:?}");
}

impl TranscriberUnderTest {
    async fn hear(&self, content: &[u8]) -> Result<Transcript, TranscribeError> {
        let (audio, _released) = spool(content);
        self.transcriber.transcribe(audio, &self.options, Arc::new(())).await
    }
}

/// A spooled file as seen from outside: its path, and a signal when it is gone.
struct Released {
    path: PathBuf,
    file: oneshot::Receiver<Infallible>,
}

impl Released {
    async fn wait(self) {
        let waited = tokio::time::timeout(STUCK_AFTER, self.file).await;
        assert!(waited.is_ok(), "the file of a dropped call is kept");
        assert!(!self.path.exists());
    }
}

/// Makes a recording of `content` in a file that is deleted with it.
fn spool(content: &[u8]) -> (FetchedAudio, Released) {
    let mut file = NamedTempFile::new().expect("a temporary file");
    file.write_all(content).expect("room for a recording");
    let path = file.path().to_owned();
    let (alive, released) = oneshot::channel();
    // A tuple drops its parts in order: the file is gone when the channel closes.
    let audio = FetchedAudio::new(path.clone(), content.len() as u64, (file, alive));
    (audio, Released { path, file: released })
}

/// Remembers the progress, and signals the first step.
#[derive(Default)]
struct ProgressLog {
    steps: Mutex<Vec<(Duration, Option<Duration>)>>,
    first_step: Notify,
}

impl Progress for ProgressLog {
    fn advanced(&self, done: Duration, total: Option<Duration>) {
        self.steps.lock().expect("no panic").push((done, total));
        self.first_step.notify_one();
    }
}

/// Notes what happens, and takes its time over the start.
#[derive(Default)]
struct Noted(Mutex<Vec<&'static str>>);

impl Noted {
    fn push(&self, event: &'static str) {
        self.0.lock().expect("no panic").push(event);
    }
}

#[async_trait]
impl Progress for Noted {
    async fn starting(&self) {
        self.push("starting");
        tokio::task::yield_now().await;
        self.push("started");
    }

    fn advanced(&self, _done: Duration, _total: Option<Duration>) {
        self.push("advanced");
    }
}

fn forbidden(options: &TranscribeOptions) -> TranscribeOptions {
    let model = FORBIDDEN_MODEL.parse().expect("the name of a model");
    TranscribeOptions { model, ..options.clone() }
}

/// Polls `future` once and drops it.
async fn poll_once(future: impl Future) {
    let mut future = pin!(future);
    poll_fn(|context| Poll::Ready(future.as_mut().poll(context).is_ready())).await;
}

fn assert_heard(made: &TranscriberUnderTest, result: Result<Transcript, TranscribeError>) {
    assert_eq!(result.expect("a transcript").text(), made.said);
}

fn assert_is_of_the_content(error: &TranscribeError) {
    use TranscribeError::{Damaged, Unsupported};
    assert!(matches!(error, Unsupported { .. } | Damaged { .. }), "{error:?}");
}
