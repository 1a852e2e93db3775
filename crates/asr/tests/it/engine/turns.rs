//! One recording at a time, each cancelled by dropping its future.

use std::future::Future;
use std::path::Path;
use std::pin::pin;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::task::{Context, Waker};
use std::time::Duration;

use watchme_asr::{TimeLimit, WhisperTranscriber};
use watchme_core::{FetchedAudio, Progress, TranscribeError, Transcriber as _};

use super::{demo_config, demo_model, demo_options, models, recording, transcribe, transcriber};

/// Signals its first report of progress, and holds the engine there until it is released.
struct Hold {
    reached: Sender<()>,
    released: Mutex<Receiver<()>>,
}

impl Progress for Hold {
    fn advanced(&self, _done: Duration, _total: Option<Duration>) {
        let _ = self.reached.send(());
        let _ = self.released.lock().unwrap().recv();
    }
}

fn make_hold() -> (Arc<Hold>, Receiver<()>, Sender<()>) {
    let (reached, is_reached) = channel();
    let (release, released) = channel();
    (Arc::new(Hold { reached, released: Mutex::new(released) }), is_reached, release)
}

fn start<T>(work: std::pin::Pin<&mut impl Future<Output = T>>) {
    assert!(work.poll(&mut Context::from_waker(Waker::noop())).is_pending());
}

/// A copy of a recording that is deleted with its audio.
fn spooled(name: &str) -> (FetchedAudio, std::path::PathBuf) {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::copy(models().join("recordings").join(name), file.path()).unwrap();
    let path = file.path().to_owned();
    (FetchedAudio::new(path.clone(), 0, file), path)
}

#[tokio::test]
async fn recordings_given_at_once_are_all_transcribed() {
    let engine = transcriber();
    let (one, other) = tokio::join!(
        transcribe(&engine, "ja-02.wav", "ja"),
        transcribe(&engine, "en-02.wav", "en")
    );
    assert_eq!(one.unwrap().text(), "会社に行きました。");
    assert_eq!(other.unwrap().text(), "I had fish for dinner.");
}

#[tokio::test]
async fn a_dropped_call_stops_frees_its_file_and_lets_the_next_one_run() {
    let engine = transcriber();
    let (hold, reached, release) = make_hold();
    let (audio, path) = spooled("long-en.wav");
    {
        let options = demo_options("en");
        let mut work = pin!(engine.transcribe(audio, &options, hold));
        start(work.as_mut());
        reached.recv().unwrap();
    }
    release.send(()).unwrap();
    assert_eq!(transcribe(&engine, "ja-02.wav", "ja").await.unwrap().text(), "会社に行きました。");
    assert!(!path.exists());
    assert!(reached.try_recv().is_err(), "a cancelled recording goes no further");
}

#[tokio::test]
async fn a_call_dropped_while_it_waits_is_never_begun() {
    let engine = transcriber();
    let (first_hold, reached, release) = make_hold();
    let (second_hold, second_reached, _second_release) = make_hold();
    let options = demo_options("ja");
    let mut first = pin!(engine.transcribe(recording("silence.wav"), &options, first_hold));
    start(first.as_mut());
    reached.recv().unwrap();
    let (audio, path) = spooled("silence.wav");
    {
        let mut second = pin!(engine.transcribe(audio, &options, second_hold));
        start(second.as_mut());
    }
    release.send(()).unwrap();
    first.await.unwrap();
    transcribe(&engine, "silence.wav", "ja").await.unwrap();
    assert!(second_reached.try_recv().is_err());
    assert!(!path.exists());
}

#[tokio::test]
async fn a_recording_that_takes_too_long_is_given_up_and_the_next_one_runs() {
    let mut config = demo_config(&demo_model());
    config.time_limit = TimeLimit { at_least: Duration::ZERO, per_audio_second: 0 };
    let engine = WhisperTranscriber::new(config).unwrap();
    let error = transcribe(&engine, "ja-02.wav", "ja").await.unwrap_err();
    assert!(matches!(error, TranscribeError::TimedOut { .. }), "{error}");
    let error = transcribe(&engine, "ja-02.wav", "ja").await.unwrap_err();
    assert!(matches!(error, TranscribeError::TimedOut { .. }), "{error}");
}

#[tokio::test]
async fn another_model_takes_the_place_of_the_loaded_one() {
    let mut config = demo_config(&demo_model());
    config.models.push(format!("other={}", demo_model().display()).parse().unwrap());
    let engine = WhisperTranscriber::new(config).unwrap();
    for name in ["demo", "other", "demo"] {
        let mut options = demo_options("ja");
        options.model = name.parse().unwrap();
        let audio = recording("silence.wav");
        engine.transcribe(audio, &options, Arc::new(())).await.unwrap();
        let checks = engine.check().await;
        let loaded: Vec<bool> =
            checks.iter().map(|check| format!("{:?}", check.verdict).contains("loaded")).collect();
        assert_eq!(loaded, [name == "demo", name == "other"]);
    }
}

#[tokio::test]
async fn the_same_recording_gives_the_same_transcript_whatever_came_before() {
    let engine = transcriber();
    let first = transcribe(&engine, "ja-06.wav", "ja").await.unwrap();
    transcribe(&engine, "noise.wav", "ja").await.unwrap();
    let again = transcribe(&engine, "ja-06.wav", "ja").await.unwrap();
    assert_eq!(again.without_effort(), first.without_effort());
}

#[test]
fn the_time_limit_grows_with_the_audio() {
    let limit = TimeLimit::default();
    assert_eq!(limit.of(Duration::ZERO), Duration::from_mins(10));
    assert_eq!(limit.of(Duration::from_mins(30)), Duration::from_hours(10));
    assert!(Path::new(&demo_model()).exists());
}
