//! Passes decoded before an interruption are not decoded again, and the transcript is the same.

use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tempfile::TempDir;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tracing::Instrument as _;
use watchme_asr::{Config, WhisperTranscriber};
use watchme_core::{FetchedAudio, Kept, Progress, Transcriber as _, Transcript};

use super::wav::joined;
use super::{demo_config, demo_model, demo_options, log};

/// Two minutes in two languages: the language decided in the first pass is needed in the last.
const PARTS: [&str; 2] = ["long-ja.wav", "long-en.wav"];

/// Holds the engine at one report of its progress.
struct HoldAt {
    /// Counted from 1; 0 is none.
    report: usize,
    count: AtomicUsize,
    reached: UnboundedSender<()>,
    released: Mutex<Receiver<()>>,
}

impl Progress for HoldAt {
    fn advanced(&self, _done: Duration, _total: Option<Duration>) {
        if self.count.fetch_add(1, Ordering::Relaxed) + 1 == self.report {
            self.reached.send(()).unwrap();
            // An error means that the test has let go.
            let _ = self.released.lock().unwrap().recv();
        }
    }
}

fn hold_at(report: usize) -> (Arc<HoldAt>, UnboundedReceiver<()>, Sender<()>) {
    let (reached, is_reached) = unbounded_channel();
    let (release, released) = channel();
    let (count, released) = (AtomicUsize::new(0), Mutex::new(released));
    (Arc::new(HoldAt { report, count, reached, released }), is_reached, release)
}

/// Keeps the checkpoint, as if the text could not be saved.
#[derive(Default)]
struct Keeps(Mutex<Option<Kept>>);

impl Progress for Keeps {
    fn advanced(&self, _done: Duration, _total: Option<Duration>) {}

    fn transcribed(&self, kept: Kept) -> Option<Kept> {
        self.0.lock().unwrap().replace(kept)
    }
}

/// Starts an engine, as a program that was restarted does.
fn start_engine(folder: &Path) -> WhisperTranscriber {
    let checkpoint_dir = Some(folder.join("checkpoints"));
    WhisperTranscriber::new(Config { checkpoint_dir, ..demo_config(&demo_model()) }).unwrap()
}

fn files(folder: &Path) -> usize {
    fs::read_dir(folder.join("checkpoints")).map_or(0, Iterator::count)
}

/// Transcribes a recording, without its effort. `None` if interrupted at that report.
async fn transcribe_until(folder: &Path, audio: FetchedAudio, report: usize) -> Option<Transcript> {
    let (hold, mut reached, release) = hold_at(report);
    let engine = start_engine(folder);
    let options = demo_options("auto");
    let transcript = tokio::select! {
        transcript = engine.transcribe(audio, &options, hold) => Some(transcript.unwrap().without_effort()),
        _ = reached.recv() => None,
    };
    drop(release);
    transcript
}

/// Transcribes a recording in a span of that name. Returns the transcript, and the number of passes
/// that were replayed and decoded.
async fn transcribe_in(name: &str, folder: &Path, audio: FetchedAudio) -> (Transcript, u32, u32) {
    let transcript = transcribe_until(folder, audio, 0)
        .instrument(tracing::info_span!("transcribing", name))
        .await;
    let span = format!("name=\"{name}\"");
    let replayed = log::number(&span, "a recording is resumed", "windows").unwrap_or(0);
    let decoded = log::number(&span, "recording transcribed", "windows").unwrap();
    (transcript.unwrap(), replayed, decoded)
}

fn make_folder() -> TempDir {
    log::keep();
    tempfile::tempdir().unwrap()
}

#[tokio::test]
async fn a_recording_interrupted_at_any_pass_has_the_same_transcript() {
    let untouched = make_folder();
    let (whole, replayed, passes) = transcribe_in("whole", untouched.path(), joined(&PARTS)).await;
    assert!(replayed == 0 && passes >= 4, "{passes}");
    assert!(!whole.segments.is_empty());
    assert_eq!(files(untouched.path()), 0, "the checkpoint of a finished recording is deleted");
    let mut most_replayed = 0;
    for report in 1.. {
        let folder = make_folder();
        if let Some(transcript) = transcribe_until(folder.path(), joined(&PARTS), report).await {
            assert_eq!(transcript, whole);
            assert!(report > passes as usize, "interrupted at every pass");
            break;
        }
        let name = format!("after {report}");
        let (transcript, replayed, decoded) =
            transcribe_in(&name, folder.path(), joined(&PARTS)).await;
        assert_eq!(transcript, whole, "{name}");
        assert_eq!(replayed + decoded, passes, "{name}: none is decoded twice");
        assert!(replayed >= most_replayed, "{name}");
        most_replayed = replayed;
        assert_eq!(files(folder.path()), 0, "{name}");
    }
    assert_eq!(most_replayed, passes, "the last pass is kept as well");
}

#[tokio::test]
async fn a_recording_interrupted_again_and_again_comes_to_the_same_end() {
    let untouched = make_folder();
    let (whole, _, passes) = transcribe_in("whole again", untouched.path(), joined(&PARTS)).await;
    let folder = make_folder();
    for report in 2..=passes as usize {
        assert_eq!(transcribe_until(folder.path(), joined(&PARTS), report).await, None);
        assert_eq!(files(folder.path()), 1);
    }
    let (transcript, replayed, decoded) =
        transcribe_in("the end", folder.path(), joined(&PARTS)).await;
    assert_eq!(transcript, whole);
    assert!(replayed >= 2 && replayed + decoded == passes, "{replayed} and {decoded} of {passes}");
}

#[tokio::test]
async fn passes_are_kept_until_the_text_is_saved() {
    let folder = make_folder();
    let keeps = Arc::new(Keeps::default());
    let options = demo_options("auto");
    let first =
        start_engine(folder.path()).transcribe(joined(&PARTS), &options, keeps.clone()).await;
    let first = first.unwrap();
    assert_eq!(files(folder.path()), 1);
    // The text could not be saved.
    drop(keeps.0.lock().unwrap().take().unwrap());
    let again = start_engine(folder.path());
    let transcribing = again.transcribe(joined(&PARTS), &options, keeps.clone());
    let transcript =
        transcribing.instrument(tracing::info_span!("transcribing", name = "unsaved")).await;
    assert_eq!(transcript.unwrap().without_effort(), first.without_effort());
    assert_eq!(log::number("name=\"unsaved\"", "recording transcribed", "windows"), Some(0));
    let kept = keeps.0.lock().unwrap().take().unwrap();
    kept.forget().await;
    assert_eq!(files(folder.path()), 0);
}

#[tokio::test]
async fn another_language_or_recording_is_transcribed_from_its_start() {
    let folder = make_folder();
    assert_eq!(transcribe_until(folder.path(), joined(&PARTS), 3).await, None);
    let engine = start_engine(folder.path());
    for (name, parts, language) in
        [("other language", PARTS, "en"), ("other recording", [PARTS[1], PARTS[0]], "auto")]
    {
        let (options, progress) = (demo_options(language), Arc::new(()));
        let transcribing = engine.transcribe(joined(&parts), &options, progress);
        transcribing.instrument(tracing::info_span!("transcribing", name)).await.unwrap();
        let span = format!("name=\"{name}\"");
        assert_eq!(log::number(&span, "a recording is resumed", "windows"), None);
        assert_eq!(files(folder.path()), 1, "the first one still waits");
    }
}

#[tokio::test]
async fn nothing_is_written_of_silence_and_of_a_recording_of_one_pass() {
    let folder = make_folder();
    for name in ["silence.wav", "ja-02.wav"] {
        let keeps = Arc::new(Keeps::default());
        let engine = start_engine(folder.path());
        engine
            .transcribe(super::recording(name), &demo_options("ja"), keeps.clone())
            .await
            .unwrap();
        assert_eq!(files(folder.path()), 0, "{name}");
    }
}
