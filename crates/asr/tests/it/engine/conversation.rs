//! An answer that is given ten times is transcribed ten times.

use std::sync::Arc;

use watchme_core::{FetchedAudio, Transcriber as _};

use super::{demo_options, models, transcriber, wav};

/// Questions, a clip each.
const QUESTIONS: [(&str, &str); 5] = [
    ("ja-04.wav", "会議は明日の一時からです。"),
    ("ja-05.wav", "音楽を消してください。"),
    ("ja-07.wav", "七時半に起きました。"),
    ("ja-08.wav", "ラジオをつけてください。"),
    ("ja-02.wav", "会社に行きました。"),
];

/// The answer to each, and the end of its text: the small model may mishear the first word.
const ANSWER: (&str, &str) = ("ja-01.wav", "四十分歩きました。");

const ANSWERS: usize = 10;

/// Bytes of a pause between two turns: 0.6 s.
const PAUSE: usize = 2 * 9_600;

fn samples(name: &str) -> Vec<u8> {
    std::fs::read(models().join("recordings").join(name)).unwrap().split_off(wav::HEADER)
}

fn conversation() -> FetchedAudio {
    let mut samples_of_all = Vec::new();
    for turn in 0..ANSWERS {
        for clip in [QUESTIONS[turn % QUESTIONS.len()].0, ANSWER.0] {
            samples_of_all.extend(samples(clip));
            samples_of_all.extend(vec![0; PAUSE]);
        }
    }
    wav::recording(&samples_of_all)
}

#[tokio::test]
async fn ten_equal_answers_in_a_long_conversation_are_ten() {
    let engine = transcriber();
    let transcript =
        engine.transcribe(conversation(), &demo_options("ja"), Arc::new(())).await.unwrap();
    assert!(transcript.audio.as_secs() > 50, "more than one pass: {:?}", transcript.audio);
    let text = transcript.text();
    assert_eq!(text.matches(ANSWER.1).count(), ANSWERS, "{text}");
    assert_eq!(transcript.removed, [], "{text}");
    for (_, question) in QUESTIONS {
        assert_eq!(text.matches(question).count(), ANSWERS / QUESTIONS.len(), "{text}");
    }
}
