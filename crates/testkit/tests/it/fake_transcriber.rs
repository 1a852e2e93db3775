//! The scripted transcriber.

use std::sync::Arc;

use watchme_core::{AudioSource, FetchedAudio, TranscribeError, Transcriber};
use watchme_testkit::{FakeSource, FakeTranscriber, sample};

async fn audio(content: &[u8]) -> FetchedAudio {
    let source = FakeSource::new([("a", content)]);
    source.fetch(&sample::object_key("a")).await.unwrap()
}

async fn text(fake: &FakeTranscriber, content: &[u8]) -> Result<String, TranscribeError> {
    let options = sample::options();
    let transcript = fake.transcribe(audio(content).await, &options, Arc::new(())).await?;
    Ok(transcript.text())
}

#[tokio::test]
async fn what_a_file_holds_is_what_was_said() {
    let fake = FakeTranscriber::new();
    assert_eq!(text(&fake, "おはよう".as_bytes()).await.unwrap(), "おはよう");
    assert_eq!(text(&fake, b"").await.unwrap(), "");
    let error = text(&fake, &[0xff]).await.unwrap_err();
    assert!(matches!(error, TranscribeError::Unsupported { .. }), "{error:?}");
    assert_eq!(fake.calls().len(), 3);
}

#[tokio::test]
async fn the_latest_script_that_fits_answers() {
    let fake = FakeTranscriber::new();
    fake.answer("", "anything");
    fake.answer("RIFF", "sound");
    fake.fail_times(1, "RIFF", || TranscribeError::Engine { reason: "scripted".to_owned() });
    text(&fake, b"RIFF1").await.unwrap_err();
    assert_eq!(text(&fake, b"RIFF1").await.unwrap(), "sound");
    assert_eq!(text(&fake, b"hello").await.unwrap(), "anything");
}

#[tokio::test]
async fn a_gate_holds_a_transcription_open() {
    let fake = FakeTranscriber::new();
    let mut gate = fake.hold("slow");
    let held = tokio::spawn({
        let fake = fake.clone();
        async move { text(&fake, b"slow one").await }
    });
    gate.reached().await;
    assert_eq!(text(&fake, b"quick").await.unwrap(), "quick");
    assert_eq!((fake.at_work(), fake.most_at_work()), (1, 2));
    gate.open();
    assert_eq!(held.await.unwrap().unwrap(), "slow one");
    assert_eq!(fake.at_work(), 0);
}

#[tokio::test]
async fn a_dropped_transcription_is_no_longer_at_work() {
    let fake = FakeTranscriber::new();
    let mut gate = fake.hold("");
    let held = tokio::spawn({
        let fake = fake.clone();
        async move { text(&fake, b"slow").await }
    });
    gate.reached().await;
    held.abort();
    gate.left().await;
    held.await.unwrap_err();
    assert_eq!(fake.at_work(), 0);
}
