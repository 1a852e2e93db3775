//! Transcripts of the demo recordings have the words that were spoken.

use std::sync::Arc;
use std::time::Duration;

use serde::Deserialize;
use watchme_core::{Transcriber as _, Transcript};

use super::{Reports, demo_options, models, recording, transcribe, transcriber};

#[derive(Deserialize)]
struct Sample {
    file: String,
    kind: String,
    language: Option<String>,
    #[serde(default)]
    text: String,
    #[serde(default)]
    segments: Vec<Utterance>,
}

#[derive(Deserialize)]
struct Utterance {
    text: String,
    start: f64,
    end: f64,
}

fn samples() -> Vec<Sample> {
    let manifest = std::fs::read(models().join("recordings/manifest.json")).unwrap();
    serde_json::from_slice(&manifest).unwrap()
}

fn assert_times(transcript: &Transcript) {
    let mut after = Duration::ZERO;
    for segment in &transcript.segments {
        assert!(after <= segment.start && segment.start <= segment.end, "{segment:?}");
        assert!(segment.end <= transcript.audio, "{segment:?}");
        assert!((0.0..=1.0).contains(&segment.confidence), "{segment:?}");
        after = segment.end;
    }
}

/// True if a sentence is found where it was said, give or take the error of a timestamp of Whisper.
fn is_in_place(said: &Utterance, transcript: &Transcript) -> bool {
    transcript.segments.iter().any(|segment| {
        segment.text.contains(&said.text)
            && (segment.start.as_secs_f64() - said.start).abs() < 0.6
            && (segment.end.as_secs_f64() - said.end).abs() < 0.6
    })
}

/// The model's own rate on these clips is 16 of 16; one may differ with the processor's rounding.
#[tokio::test]
async fn short_recordings_are_transcribed_word_for_word() {
    let engine = transcriber();
    let (mut exact, mut count) = (0, 0);
    for sample in samples().into_iter().filter(|sample| sample.kind == "short") {
        let language = sample.language.unwrap();
        let transcript = transcribe(&engine, &sample.file, &language).await.unwrap();
        assert_times(&transcript);
        assert_eq!(transcript.language.as_deref(), Some(language.as_str()));
        count += 1;
        exact += usize::from(transcript.text() == sample.text);
    }
    assert_eq!(count, 16);
    assert!(exact >= 15, "{exact} of 16");
}

#[tokio::test]
async fn a_recording_of_many_passes_has_its_times_and_progress() {
    let sample = samples().into_iter().find(|sample| sample.file == "long-en.wav").unwrap();
    let reports = Arc::new(Reports::default());
    let engine = transcriber();
    let audio = recording(&sample.file);
    let transcript = engine.transcribe(audio, &demo_options("en"), reports.clone()).await.unwrap();
    assert_times(&transcript);
    assert_eq!(transcript.audio, Duration::from_mins(1));
    // 33 s of the minute are voice; the rest of the speech are pauses, of which long ones are cut.
    assert!(transcript.sound.voiced > Duration::from_secs(30));
    assert!(
        transcript.sound.voiced < transcript.speech && transcript.speech < Duration::from_secs(58)
    );

    let text = transcript.text();
    let heard = sample.segments.iter().filter(|said| text.contains(&said.text)).count();
    assert_eq!(sample.segments.len(), 18);
    assert!(heard >= 14, "{heard} of 18: {text}");
    let in_place = sample.segments.iter().filter(|said| is_in_place(said, &transcript)).count();
    assert!(in_place >= 13, "{in_place} of 18: {:?}", transcript.segments);

    let reports = reports.0.lock().unwrap();
    assert!(reports.len() >= 2, "a minute is more than one pass");
    assert!(reports.is_sorted());
    assert_eq!(*reports.last().unwrap(), (transcript.audio, Some(transcript.audio)));
}

#[tokio::test]
async fn a_language_that_is_not_given_is_detected() {
    let engine = transcriber();
    for (name, language) in [("ja-01.wav", "ja"), ("en-02.wav", "en")] {
        let transcript = transcribe(&engine, name, "auto").await.unwrap();
        assert_eq!(transcript.language.as_deref(), Some(language));
    }
}

#[tokio::test]
async fn nobody_speaks_in_silence_and_noise() {
    let engine = transcriber();
    let silence = transcribe(&engine, "silence.wav", "ja").await.unwrap();
    assert_eq!(silence.speech, Duration::ZERO, "silence never gets to the model");
    assert_eq!((silence.text(), silence.language), (String::new(), None));
    assert_eq!(silence.audio, Duration::from_secs(10));
    assert!(silence.sound.loudest_second < 0.0025);
    let noise = transcribe(&engine, "noise.wav", "ja").await.unwrap();
    assert_eq!((noise.text(), noise.language), (String::new(), None));
    assert_eq!(noise.sound.voiced, Duration::ZERO);
}
