//! Inventions of the model, and explanations of empty texts: by table.

use std::time::Duration;

use watchme_core::rules::{
    Evidence, Finding, SILENCE_RMS, UNLIKELY, finding, is_doubtful, is_stock_phrase, is_unlikely,
    is_vocal_sound, judge, looped_rows, refiltered, rejudge,
};
use watchme_core::{RemovalReason, Removed, Segment, Sound, Transcript};

use RemovalReason::{Loop, NoSpeech, OutsideSpeech, StockPhrase, Unlikely, VocalSound};

fn said(text: &str, confidence: f32, no_speech: f32) -> Segment {
    let (start, end) = (Duration::ZERO, Duration::from_secs(1));
    Segment { start, end, text: text.to_owned(), confidence, no_speech, voice: None }
}

fn transcript(segments: Vec<Segment>, removed: Vec<Removed>) -> Transcript {
    let (audio, speech) = (Duration::from_mins(1), Duration::from_secs(10));
    let sound = Sound { peak: 0.5, loudest_second: 0.1, voiced: speech };
    let language = Some("ja".to_owned());
    Transcript { segments, removed, language, audio, speech, sound, effort: None }
}

#[test]
fn the_models_own_verdict_counts_earlier_where_there_is_little_voice() {
    for (voice, no_speech, expected) in [
        (Some(1.9), 0.55, Some(NoSpeech)),
        (Some(1.9), 0.5, None),
        (Some(2.0), 0.55, None),
        (Some(5.0), 0.65, Some(NoSpeech)),
        // It was not measured.
        (None, 0.55, None),
    ] {
        let said = said("会社に行きました。", 0.5, no_speech);
        let segment = Segment { voice: voice.map(Duration::from_secs_f64), ..said };
        assert_eq!(judge(&Evidence::of(&segment)), expected, "{voice:?} {no_speech}");
    }
}

#[test]
fn a_segment_is_judged_by_its_text_and_its_scores() {
    let looped = "スタッフの上に、".repeat(20);
    let cases = [
        ("会社に行きました。", 0.9, 0.0, None),
        // The model's own verdict counts for text alone that is not sure.
        ("会社に行きました。", 0.2, 0.3, Some(Unlikely)),
        ("会社に行きました。", 0.69, 0.61, Some(NoSpeech)),
        ("会社に行きました。", 0.9, 0.95, None),
        ("会社に行きました。", 0.2, 0.7, Some(NoSpeech)),
        // The limits themselves are still speech.
        ("会社に行きました。", 0.7, 0.95, None),
        ("会社に行きました。", UNLIKELY, 0.6, None),
        ("会社に行きました。", 0.2, 0.6, Some(Unlikely)),
        // A loop is one however sure the model is.
        (looped.as_str(), 0.99, 0.0, Some(Loop)),
        (looped.as_str(), 0.1, 0.1, Some(Loop)),
        // The transcriber never looks for loops in what the model itself takes for no speech.
        (looped.as_str(), 0.1, 0.9, Some(NoSpeech)),
        // People say these too.
        ("ありがとうございました。", 0.8, 0.2, None),
        ("おやすみなさい", 0.5, 0.2, None),
        ("ありがとうございました。", 0.3, 0.2, Some(StockPhrase)),
        ("おやすみなさい", 0.3, 0.0, Some(StockPhrase)),
        (" Thank you for watching!", 0.3, 0.0, Some(StockPhrase)),
        ("おやすみなさい、お母さん。", 0.4, 0.0, None),
        // Few say no more than this.
        (" YOU!", 0.69, 0.0, Some(StockPhrase)),
        (" You.", 0.7, 0.0, None),
        (" You know.", 0.5, 0.0, None),
        // Hardly anybody says these.
        ("ご視聴ありがとうございました!", 0.8, 0.0, Some(StockPhrase)),
        ("ご視聴ありがとうございました。", 0.95, 0.0, None),
        ("ははは", 0.9, 0.0, Some(VocalSound)),
    ];
    for (text, confidence, no_speech, expected) in cases {
        let found = judge(&Evidence::of(&said(text, confidence, no_speech)));
        assert_eq!(found, expected, "`{text}` {confidence} {no_speech}");
    }
}

#[test]
fn unlikely_is_what_whisper_takes_for_a_failure() {
    assert!(!is_unlikely((-1.0_f32).exp()));
    assert!(is_unlikely((-1.0_f32).next_down().exp()));
}

#[test]
fn stock_phrases_are_known_by_their_letters_and_alone() {
    for text in [
        "ご視聴ありがとうございました",
        " ご視聴ありがとうございました。",
        "ご視聴ありがとうございました。次の動画でお会いしましょう!",
        "おやすみなさい。おやすみなさい。",
        "THANK YOU FOR WATCHING",
        " Thanks for watching, thank you for watching.",
    ] {
        assert!(is_stock_phrase(text, 0.3), "`{text}`");
    }
    for text in [
        "",
        "。",
        "はい、ありがとうございました",
        "ありがとうございました、先生",
        "次の動画",
        "Thank you for watching the children.",
        "Thank you.",
    ] {
        assert!(!is_stock_phrase(text, 0.3), "`{text}`");
    }
}

/// Judges one stored segment again.
fn judged_again(segment: &Segment, before: Option<RemovalReason>) -> Option<RemovalReason> {
    let transcript = match before {
        None => transcript(vec![segment.clone()], Vec::new()),
        Some(reason) => transcript(Vec::new(), vec![Removed { segment: segment.clone(), reason }]),
    };
    let [judged] = rejudge(&transcript)[..] else { panic!("one segment") };
    assert_eq!(judged.before, before);
    judged.after
}

#[test]
fn laughter_and_coughs_are_no_words() {
    for text in [
        "ははは",
        "あははは",
        "フフフ",
        "うっうっ",
        "はっはっはっ!",
        "はぁっ!",
        "んー",
        "んん",
        "hahahah!",
        "Haha",
        "w",
        "笑笑",
    ] {
        assert!(is_vocal_sound(text), "`{text}`");
    }
    for text in [
        "",
        "。",
        "うん",
        "ううん",
        "うーん",
        "ああ",
        "あっ",
        "えっ",
        "へー",
        "はい",
        "母",
        "歯",
        "ふふん",
        "ha",
        "he",
        "Hi",
        "aha",
    ] {
        assert!(!is_vocal_sound(text), "`{text}`");
    }
}

#[test]
fn ten_answers_in_one_segment_are_ten_answers() {
    let yes = "はい。".repeat(10);
    for (text, seconds, expected) in [
        (yes.as_str(), 16, None),
        (yes.as_str(), 4, None),
        (yes.as_str(), 2, Some(Loop)),
        (&"うん".repeat(20), 12, None),
        (&"うん".repeat(40), 30, Some(Loop)),
        (&"上に、".repeat(10), 16, None),
        (&"おはよう。".repeat(10), 16, Some(Loop)),
    ] {
        let segment = Segment { end: Duration::from_secs(seconds), ..said(text, 0.8, 0.0) };
        assert_eq!(judge(&Evidence::of(&segment)), expected, "`{text}` in {seconds} s");
    }
}

#[test]
fn a_loop_over_many_segments_is_one() {
    type Case<'a> = (Vec<&'a str>, &'a [(usize, usize)]);
    let (yes, greeting, so) = ("はい。", "おはようございます", "そうだね");
    let cases: [Case<'_>; 7] = [
        (vec![], &[]),
        (vec![yes; 12], &[]),
        (vec![greeting; 3], &[]),
        (vec![greeting; 12], &[(0, 12)]),
        (vec![so; 7], &[]),
        ([vec![yes], vec!["おはようございます。"; 4], vec![so; 8]].concat(), &[(1, 5), (5, 13)]),
        ([vec![greeting; 2], vec![yes], vec![greeting; 3]].concat(), &[]),
    ];
    for (texts, expected) in cases {
        let rows = looped_rows(texts.iter().copied()).into_iter();
        let rows: Vec<(usize, usize)> = rows.map(|row| (row.start, row.end)).collect();
        assert_eq!(rows, expected, "{texts:?}");
    }
}

#[test]
fn a_conversation_keeps_its_equal_short_answers() {
    let talk = (0..10)
        .flat_map(|_| [said("今日はどこへ行きましたか。", 0.7, 0.1), said("はい。", 0.4, 0.2)]);
    let thanks = (0..10).map(|_| said("はい。", 0.6, 0.1));
    let heard = transcript(talk.chain(thanks).collect(), Vec::new());
    assert_eq!(refiltered(&heard), heard);
}

#[test]
fn rules_remove_what_others_kept_and_give_back_what_they_removed() {
    let at = |second: u64, segment: Segment| Segment {
        start: Duration::from_secs(second),
        end: Duration::from_secs(second + 1),
        ..segment
    };
    let wronged = at(1, said("本当に言いました。", 0.9, 0.1));
    let invented = at(2, said("おやすみなさい", 0.1, 0.1));
    let still = at(3, said("小さな声", 0.1, 0.9));
    let before = transcript(
        vec![at(0, said("はい。", 0.9, 0.0)), invented.clone()],
        vec![
            Removed { segment: wronged.clone(), reason: Loop },
            Removed { segment: still.clone(), reason: NoSpeech },
        ],
    );
    let after = refiltered(&before);
    assert_eq!(after.text(), "はい。本当に言いました。");
    let removed = [(invented, StockPhrase), (still, NoSpeech)];
    assert_eq!(after.removed, removed.map(|(segment, reason)| Removed { segment, reason }));
    assert_eq!(
        (after.sound, after.audio, after.speech),
        (before.sound, before.audio, before.speech)
    );
    assert_eq!(refiltered(&after), after, "again changes nothing");
}

#[test]
fn a_segment_keeps_its_reason_when_the_same_rules_judge_it_again() {
    for (text, confidence, no_speech) in [
        ("はい。".repeat(20), 0.1, 0.9),
        ("おやすみなさい".repeat(8), 0.1, 0.1),
        ("ご視聴ありがとうございました".to_owned(), 0.1, 0.9),
        ("ご視聴ありがとうございました".to_owned(), 0.1, 0.1),
        ("はい。".to_owned(), 0.5, 0.9),
        ("はい。".to_owned(), 0.9, 0.9),
    ] {
        for voice in [None, Some(Duration::ZERO), Some(Duration::from_secs(1))] {
            let segment = Segment { voice, ..said(&text, confidence, no_speech) };
            let heard = judge(&Evidence::of(&segment));
            assert_eq!(judged_again(&segment, heard), heard, "{segment:?}");
        }
    }
}

#[test]
fn what_the_sound_decided_is_judged_again_where_its_voice_was_measured() {
    let unmeasured = said("はい。", 0.6, 0.0);
    let voiced = Segment { voice: Some(Duration::from_millis(600)), ..unmeasured.clone() };
    let unvoiced = Segment { voice: Some(Duration::from_millis(60)), ..unmeasured.clone() };
    for before in RemovalReason::ALL {
        let kept = (before == OutsideSpeech).then_some(before);
        for (segment, expected) in
            [(&unmeasured, kept), (&voiced, None), (&unvoiced, Some(OutsideSpeech))]
        {
            assert_eq!(judged_again(segment, Some(before)), expected, "{before:?} {segment:?}");
        }
    }
}

#[test]
fn kept_text_is_doubtful_where_nobody_may_have_said_it() {
    let at = |seconds, voice: Option<u64>, segment| Segment {
        end: Duration::from_secs(seconds),
        voice: voice.map(Duration::from_millis),
        ..segment
    };
    for (segment, expected) in [
        (said("会社に行きました。", 0.8, 0.0), false),
        (said("会社に行きました。", 0.49, 0.0), true),
        (said("ご視聴ありがとうございました。", 0.95, 0.0), true),
        (said("ありがとうございました。", 0.95, 0.0), false),
        (at(3, Some(2_000), said("会社に行きました。", 0.8, 0.0)), false),
        // Sure, and with nobody's voice under it.
        (at(3, Some(0), said("会社に行きました。", 0.8, 0.0)), true),
        (at(3, Some(200), said("会社に行きました。", 0.8, 0.0)), true),
        // Two letters over ten seconds, sixty in one and a half.
        (at(12, Some(10_000), said("はい。", 0.8, 0.0)), true),
        (at(2, Some(1_500), said("はい。", 0.8, 0.0)), false),
        (at(2, Some(1_500), said(&"ことば".repeat(20), 0.8, 0.0)), true),
    ] {
        assert_eq!(is_doubtful(&segment), expected, "{segment:?}");
    }
}

#[test]
fn every_reason_is_read_as_it_is_written() {
    for reason in RemovalReason::ALL {
        // A new reason belongs into `ALL` too.
        match reason {
            Loop | NoSpeech | OutsideSpeech | StockPhrase | Unlikely | VocalSound => {}
        }
        assert_eq!(reason.as_str().parse::<RemovalReason>().ok(), Some(reason));
        assert!(!reason.in_words().is_empty());
    }
    assert!("loops".parse::<RemovalReason>().is_err());
}

#[test]
fn what_was_written_comes_in_its_order() {
    let at = |second: u64| Segment { start: Duration::from_secs(second), ..said("x", 0.9, 0.0) };
    let removed = [2, 0].map(|second| Removed { segment: at(second), reason: Loop });
    let heard = transcript(vec![at(1), at(3)], removed.to_vec());
    let starts: Vec<_> =
        heard.written().iter().map(|(segment, _)| segment.start.as_secs()).collect();
    assert_eq!(starts, [0, 1, 2, 3]);
}

#[test]
fn an_empty_text_is_explained_by_what_was_measured() {
    let silent = |loudest_second: f32, voiced: u64| {
        let sound =
            Sound { loudest_second, voiced: Duration::from_secs(voiced), ..Sound::default() };
        Transcript { sound, ..transcript(Vec::new(), Vec::new()) }
    };
    let removed = |reason| Removed { segment: said("x", 0.1, 0.9), reason };
    let all_removed = vec![removed(Loop), removed(NoSpeech), removed(Loop)];
    let cases = [
        (transcript(vec![said("はい。", 0.9, 0.0)], Vec::new()), "speech", "somebody spoke"),
        (
            silent(0.001, 0),
            "too_quiet",
            "nothing louder than 0.0010 of full scale in any second, where speech begins at 0.0025",
        ),
        (
            silent(SILENCE_RMS, 0),
            "no_voice",
            "loud, but no voice was found: 0.0025 of full scale in the loudest second",
        ),
        (silent(0.2, 3), "nothing_written", "a voice was found, and the model wrote nothing"),
        (
            transcript(Vec::new(), all_removed),
            "all_removed",
            "all of it was removed: 2 × says the same over and over, 1 × doubtful text where the \
             model itself heard no speech",
        ),
    ];
    for (heard, code, words) in cases {
        let found = finding(&heard);
        assert_eq!((found.as_str(), found.to_string().as_str()), (code, words));
    }
    let one = transcript(Vec::new(), vec![removed(StockPhrase)]);
    assert_eq!(finding(&one), Finding::AllRemoved { reasons: vec![(StockPhrase, 1)] });
}
