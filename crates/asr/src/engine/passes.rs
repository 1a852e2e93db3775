//! Hears 30 s at a time, and takes the best of the attempts at each.

use std::borrow::Cow;

use watchme_core::TranscribeError;
use watchme_core::rules::is_unlikely;

use super::attempt::Attempt;
use super::loaded::Loaded;
use super::pass::{Pass, SHORTEST};
use super::passage::{Passage, passage};
use super::quality::Quality;
use super::reel::Reel;
use super::stop::Stop;
use super::text::spoken;
use crate::audio::Window;

/// What a pass is tried at, one after the other until one is good, as Whisper's authors do; more is
/// not worth its time on two cores.
const TEMPERATURES: [f32; 3] = [0.0, 0.2, 0.4];

/// A second: less is heard badly, and the spectrum reads beyond the end of very short audio.
const MIN_SAMPLES: usize = 16_000;

/// Samples from one frame of the spectrum to the next, and those that one is made of.
pub(super) const HOP: usize = 160;
const SPREAD: usize = 400;

/// A voice this near behind a segment belongs to it, in frames, and a pass begins so long before one.
const MARGIN: usize = 20;

/// A pass that has heard nothing is not tried again this near, in frames: a second.
const LEAST_WAY: usize = 100;

/// So much voice behind the last segment is speech that was not heard, in samples: 256 ms, the
/// shortest that voice activity detection takes for speech.
const MIN_VOICE: usize = 4096;

/// What one pass has heard.
pub(super) struct Heard {
    pub(super) attempt: Attempt,
    /// The language it was heard in, as an ISO 639-1 code.
    pub(super) language: &'static str,
}

/// One attempt at a pass.
struct Try {
    attempt: Attempt,
    quality: Quality,
    /// How many frames further the next pass begins.
    advance: usize,
}

/// Hears what comes next, up to where the next pass is to begin.
pub(super) fn hear_next(
    model: &mut Loaded,
    reel: &mut Reel,
    language: Option<&'static str>,
    stop: &Stop<'_>,
) -> Result<Heard, TranscribeError> {
    stop.check()?;
    reel.encode(model)?;
    stop.check()?;
    let language = match language {
        Some(language) => language,
        None => model.spoken_language()?,
    };
    let pass = Pass { from: reel.from(), left: reel.left(), prompt: &model.prompt(language) };
    let best = best(model, reel.speech(), &pass, stop)?;
    reel.advance(best.advance);
    Ok(Heard { attempt: best.attempt.without_inventions(reel.speech()), language })
}

/// How many frames of the spectrum whisper.cpp counts for so many samples.
pub(super) fn frames(samples: usize) -> usize {
    1 + samples.saturating_sub(SPREAD / 2) / HOP
}

/// The same, with silence behind what is too short.
pub(super) fn padded(samples: &[f32]) -> Cow<'_, [f32]> {
    if samples.len() >= MIN_SAMPLES {
        return samples.into();
    }
    let mut padded = samples.to_vec();
    padded.resize(MIN_SAMPLES, 0.0);
    padded.into()
}

/// The best of the attempts at what is encoded.
fn best(
    model: &mut Loaded,
    window: &Window,
    pass: &Pass<'_>,
    stop: &Stop<'_>,
) -> Result<Try, TranscribeError> {
    let mut no_speech = None;
    let mut best: Option<Try> = None;
    for temperature in TEMPERATURES {
        let written = model.write(pass, temperature, stop)?;
        let passage = passage(&written.tokens, model.vocabulary(), pass);
        let advance = advance(&passage, window, pass);
        let spoken = spoken(passage.segments, window.length());
        // Asked with the first attempt: it is about the audio, whatever the text.
        if best.is_none()
            && !window.is_doubt
            && spoken.iter().any(|it| is_unlikely(it.confidence()))
        {
            no_speech = Some(model.no_speech()?);
        }
        let attempt = Attempt::new(spoken, no_speech);
        let quality = Quality::of(attempt.kept(), written.is_stuck);
        if best.as_ref().is_none_or(|best| quality.is_better_than(best.quality)) {
            best = Some(Try { attempt, quality, advance });
        }
        // What is not clear at once in a doubt is noise; noise is not worth another attempt.
        if window.is_doubt || best.as_ref().is_some_and(|best| best.quality.is_good()) {
            break;
        }
    }
    // There is one: there are temperatures.
    best.ok_or_else(|| TranscribeError::Engine { reason: "nothing was tried".to_owned() })
}

/// How far the next pass is away.
///
/// Whisper's authors take all that was encoded for heard where the text ends with a single time, and
/// where there is none. It may have missed what was said after a pause: where there is a voice
/// behind the last segment, the next pass begins there; where nothing was written, with the next
/// stretch of voice.
fn advance(passage: &Passage, speech: &Window, pass: &Pass<'_>) -> usize {
    let all = passage.advance;
    // A time alone is no text.
    let Some(last) = passage.segments.iter().rfind(|segment| segment.tokens > 0) else {
        let onsets = speech.onsets().map(|onset| (onset / HOP).saturating_sub(MARGIN));
        let mut ways = onsets.filter_map(|frame| frame.checked_sub(pass.from));
        return ways.find(|&way| way >= LEAST_WAY).map_or(all, |way| way.min(all));
    };
    let end = last.frames.end;
    let behind = (end + MARGIN) * HOP..(pass.from + all) * HOP;
    if end >= pass.from + SHORTEST && speech.voiced_samples(behind) >= MIN_VOICE {
        end - pass.from
    } else {
        all
    }
}

#[cfg(test)]
mod tests {
    use super::super::text::RawSegment;
    use super::*;

    #[test]
    fn audio_shorter_than_a_second_is_padded_to_one() {
        assert_eq!(padded(&[1.0]).len(), 16_000);
        assert!(matches!(padded(&vec![0.0; 16_000]), Cow::Borrowed(_)));
    }

    #[test]
    fn a_voice_behind_the_last_segment_is_heard_by_the_next_pass() {
        // 20 s with a voice from 12 s to 14 s.
        let speech = Window::silent(20, Some(12..14));
        let cases = [
            // The text ends with a single time: all is taken for heard unless there is a voice.
            (0, 500, 2000, 500),
            (0, 1379, 2000, 2000),
            (0, 1340, 2000, 1340),
            (0, 1400, 2000, 2000),
            (600, 1000, 1400, 400),
            // It ends in a pair, which is the end already, or at once.
            (0, 500, 500, 500),
            (0, 0, 2000, 2000),
            (0, 9, 2000, 2000),
        ];
        for (from, end, way, expected) in cases {
            let frames = from..end;
            let segment = RawSegment { frames, bytes: Vec::new(), log_probability: 0.0, tokens: 1 };
            let passage = Passage { segments: vec![segment], advance: way };
            let pass = Pass { from, left: 2000 - from, prompt: &[] };
            assert_eq!(advance(&passage, &speech, &pass), expected, "{from} to {end}");
        }
    }

    #[test]
    fn where_nothing_is_heard_the_next_voice_is_tried() {
        // 20 s with a voice from 12 s to 14 s.
        let speech = Window::silent(20, Some(12..14));
        for (from, expected) in [(0, 1180), (1000, 180), (1100, 900), (1200, 800)] {
            let passage = Passage { segments: Vec::new(), advance: 2000 - from };
            let pass = Pass { from, left: 2000 - from, prompt: &[] };
            assert_eq!(advance(&passage, &speech, &pass), expected, "from {from}");
        }
    }

    #[test]
    fn there_is_a_frame_for_each_10_ms_but_the_last() {
        for (samples, expected) in [(16_000, 99), (16_040, 100), (28 * 16_000, 2799)] {
            assert_eq!(frames(samples), expected, "{samples}");
        }
    }
}
