//! What was heard before an interruption is not heard again, and the transcript is the same.

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
use super::{config, demo_model, log, options};

/// Two minutes in two languages: what is decided in the first window is needed in the last.
const PARTS: [&str; 2] = ["long-ja.wav", "long-en.wav"];

/// Holds the engine at one report of its progress.
struct HoldAt {
    /// Counted from 1; 0 is none.
    report: usize,
    told: AtomicUsize,
    reached: UnboundedSender<()>,
    released: Mutex<Receiver<()>>,
}

impl Progress for HoldAt {
    fn advanced(&self, _done: Duration, _total: Option<Duration>) {
        if self.told.fetch_add(1, Ordering::Relaxed) + 1 == self.report {
            self.reached.send(()).unwrap();
            // An error means that the test has let go.
            let _ = self.released.lock().unwrap().recv();
        }
    }
}

fn hold_at(report: usize) -> (Arc<HoldAt>, UnboundedReceiver<()>, Sender<()>) {
    let (reached, is_reached) = unbounded_channel();
    let (release, released) = channel();
    let (told, released) = (AtomicUsize::new(0), Mutex::new(released));
    (Arc::new(HoldAt { report, told, reached, released }), is_reached, release)
}

/// Does not forget what is kept, as if the text could not be saved.
#[derive(Default)]
struct Keeps(Mutex<Option<Kept>>);

impl Progress for Keeps {
    fn advanced(&self, _done: Duration, _total: Option<Duration>) {}

    fn transcribed(&self, kept: Kept) -> Option<Kept> {
        self.0.lock().unwrap().replace(kept)
    }
}

/// As a program that was started anew has it.
fn engine(folder: &Path) -> WhisperTranscriber {
    let checkpoint_dir = Some(folder.join("checkpoints"));
    WhisperTranscriber::new(Config { checkpoint_dir, ..config(&demo_model()) }).unwrap()
}

fn files(folder: &Path) -> usize {
    fs::read_dir(folder.join("checkpoints")).map_or(0, Iterator::count)
}

/// The transcript without what it took, unless it is interrupted at that report.
async fn hear(folder: &Path, audio: FetchedAudio, report: usize) -> Option<Transcript> {
    let (hold, mut reached, release) = hold_at(report);
    let engine = engine(folder);
    let options = options("auto");
    let transcript = tokio::select! {
        transcript = engine.transcribe(audio, &options, hold) => Some(transcript.unwrap().without_effort()),
        _ = reached.recv() => None,
    };
    drop(release);
    transcript
}

/// The transcript in a span of that name, and how many windows came from where.
async fn hear_in(name: &str, folder: &Path, audio: FetchedAudio) -> (Transcript, u32, u32) {
    let transcript = hear(folder, audio, 0).instrument(tracing::info_span!("hearing", name)).await;
    let span = format!("name=\"{name}\"");
    let before = log::number(&span, "a recording is gone on with", "windows").unwrap_or(0);
    let heard = log::number(&span, "recording transcribed", "windows").unwrap();
    (transcript.unwrap(), before, heard)
}

fn folder() -> TempDir {
    log::keep();
    tempfile::tempdir().unwrap()
}

#[tokio::test]
async fn a_recording_interrupted_at_any_window_has_the_same_transcript() {
    let untouched = folder();
    let (whole, before, windows) = hear_in("whole", untouched.path(), joined(&PARTS)).await;
    assert!(before == 0 && windows >= 4, "{windows}");
    assert!(!whole.segments.is_empty());
    assert_eq!(files(untouched.path()), 0, "what is finished is forgotten");
    let mut most_before = 0;
    for report in 1.. {
        let folder = folder();
        if let Some(transcript) = hear(folder.path(), joined(&PARTS), report).await {
            assert_eq!(transcript, whole);
            assert!(report > windows as usize, "interrupted at every window");
            break;
        }
        let name = format!("after {report}");
        let (transcript, before, heard) = hear_in(&name, folder.path(), joined(&PARTS)).await;
        assert_eq!(transcript, whole, "{name}");
        assert_eq!(before + heard, windows, "{name}: none is heard twice");
        assert!(before >= most_before, "{name}");
        most_before = before;
        assert_eq!(files(folder.path()), 0, "{name}");
    }
    assert_eq!(most_before, windows, "the last window is kept as well");
}

#[tokio::test]
async fn a_recording_interrupted_again_and_again_comes_to_the_same_end() {
    let untouched = folder();
    let (whole, _, windows) = hear_in("whole again", untouched.path(), joined(&PARTS)).await;
    let folder = folder();
    for report in 2..=windows as usize {
        assert_eq!(hear(folder.path(), joined(&PARTS), report).await, None);
        assert_eq!(files(folder.path()), 1);
    }
    let (transcript, before, heard) = hear_in("the end", folder.path(), joined(&PARTS)).await;
    assert_eq!(transcript, whole);
    assert!(before >= 2 && before + heard == windows, "{before} and {heard} of {windows}");
}

#[tokio::test]
async fn what_is_heard_is_kept_until_its_text_is_saved() {
    let folder = folder();
    let keeps = Arc::new(Keeps::default());
    let options = options("auto");
    let first = engine(folder.path()).transcribe(joined(&PARTS), &options, keeps.clone()).await;
    let first = first.unwrap();
    assert_eq!(files(folder.path()), 1);
    // The text could not be saved.
    drop(keeps.0.lock().unwrap().take().unwrap());
    let again = engine(folder.path());
    let hearing = again.transcribe(joined(&PARTS), &options, keeps.clone());
    let transcript = hearing.instrument(tracing::info_span!("hearing", name = "unsaved")).await;
    assert_eq!(transcript.unwrap().without_effort(), first.without_effort());
    assert_eq!(log::number("name=\"unsaved\"", "recording transcribed", "windows"), Some(0));
    let kept = keeps.0.lock().unwrap().take().unwrap();
    kept.forget().await;
    assert_eq!(files(folder.path()), 0);
}

#[tokio::test]
async fn another_language_or_recording_is_heard_from_its_start() {
    let folder = folder();
    assert_eq!(hear(folder.path(), joined(&PARTS), 3).await, None);
    let engine = engine(folder.path());
    for (name, parts, language) in
        [("other language", PARTS, "en"), ("other recording", [PARTS[1], PARTS[0]], "auto")]
    {
        let (options, progress) = (options(language), Arc::new(()));
        let hearing = engine.transcribe(joined(&parts), &options, progress);
        hearing.instrument(tracing::info_span!("hearing", name)).await.unwrap();
        let span = format!("name=\"{name}\"");
        assert_eq!(log::number(&span, "a recording is gone on with", "windows"), None);
        assert_eq!(files(folder.path()), 1, "the first one still waits");
    }
}

#[tokio::test]
async fn nothing_is_written_of_silence_and_of_a_recording_of_one_window() {
    let folder = folder();
    for name in ["silence.wav", "ja-02.wav"] {
        let keeps = Arc::new(Keeps::default());
        let engine = engine(folder.path());
        engine.transcribe(super::recording(name), &options("ja"), keeps.clone()).await.unwrap();
        assert_eq!(files(folder.path()), 0, "{name}");
    }
}
