//! Transcripts as clients of OpenAI read them.

use std::time::Duration;

use watchme_core::{Language, Segment, Sound, Transcript};
use watchme_wire::openai::{
    OpenAiError, OpenAiErrorBody, Transcription, TranscriptionEvent, VerboseTranscription,
};

use crate::json;

fn transcript(texts: &[&str]) -> Transcript {
    let segment = |(index, text): (usize, &&str)| Segment {
        start: Duration::from_millis(1_239 * index as u64),
        end: Duration::from_millis(1_239 * index as u64 + 1_000),
        text: (*text).to_owned(),
        confidence: 0.5,
        no_speech: 0.125,
        voice: None,
    };
    Transcript {
        segments: texts.iter().enumerate().map(segment).collect(),
        removed: Vec::new(),
        language: Some("en".to_owned()),
        audio: Duration::from_millis(8_001),
        speech: Duration::from_secs(2),
        sound: Sound::default(),
        effort: None,
    }
}

#[test]
fn a_transcript_is_told_with_its_segments() {
    let spoken = transcript(&[" I walked today.", " I walked today, I walked today."]);
    insta::assert_json_snapshot!(VerboseTranscription::new(&spoken, &Language::Auto));
    assert_eq!(
        json(&Transcription::from(&spoken)),
        r#"{"text":"I walked today. I walked today, I walked today.","usage":{"type":"duration","seconds":9}}"#
    );
}

#[test]
fn a_segment_that_is_impossible_has_a_number_all_the_same() {
    let mut spoken = transcript(&["a"]);
    spoken.segments[0].confidence = 0.0;
    let verbose = VerboseTranscription::new(&spoken, &Language::Auto);
    assert!(verbose.segments[0].avg_logprob < -80.0);
    assert!(!json(&verbose).contains("null"));
}

#[test]
fn the_language_is_what_was_heard_or_else_what_was_said() {
    let told = |heard: Option<&str>, asked: &str| {
        let spoken = Transcript { language: heard.map(str::to_owned), ..transcript(&[]) };
        VerboseTranscription::new(&spoken, &asked.parse().unwrap()).language
    };
    assert_eq!(told(Some("ja"), "auto"), "japanese");
    assert_eq!(told(Some("ja"), "en"), "japanese");
    assert_eq!(told(None, "en"), "english");
    assert_eq!(told(None, "auto"), "unknown");
}

#[test]
fn the_deltas_of_a_stream_are_its_text() {
    for texts in [
        &["  Good", " afternoon. ", " "][..],
        &["おはよう。", "元気です。"],
        &[" ", "", " a"],
        &["a ", " "],
        &[" "],
        &[],
    ] {
        let spoken = transcript(texts);
        let events = TranscriptionEvent::all(&spoken);
        let (last, deltas) = events.split_last().unwrap();
        assert_eq!(*last, TranscriptionEvent::Done { text: spoken.text() });
        let delta = |event: &TranscriptionEvent| match event {
            TranscriptionEvent::Delta { delta } => delta.clone(),
            TranscriptionEvent::Done { .. } => panic!("the end is the last"),
        };
        let deltas: Vec<String> = deltas.iter().map(delta).collect();
        assert_eq!(deltas.concat(), spoken.text(), "{texts:?}");
        assert!(deltas.iter().all(|delta| !delta.is_empty()), "{texts:?}");
    }
    let [delta, done] = TranscriptionEvent::all(&transcript(&["a"])).try_into().unwrap();
    assert_eq!(json(&delta), r#"{"type":"transcript.text.delta","delta":"a"}"#);
    assert_eq!(json(&done), r#"{"type":"transcript.text.done","text":"a"}"#);
}

#[test]
fn an_error_has_every_key() {
    let error = OpenAiError {
        message: "what to do".to_owned(),
        kind: "invalid_request_error".to_owned(),
        param: None,
        code: Some("invalid_api_key".to_owned()),
    };
    assert_eq!(
        json(&OpenAiErrorBody { error }),
        r#"{"error":{"message":"what to do","type":"invalid_request_error","param":null,"code":"invalid_api_key"}}"#
    );
}
