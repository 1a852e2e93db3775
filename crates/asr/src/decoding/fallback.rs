//! Decodes one pass: at temperature 0 first, with as much silence encoded as it needs, then with all
//! 30 s, and at higher temperatures while the result is bad.
//!
//! After `decode_with_fallback` of [openai-whisper].
//!
//! [openai-whisper]: https://github.com/openai/whisper/blob/main/whisper/transcribe.py

use watchme_core::TranscribeError;
use watchme_core::rules::is_sure;

use super::attempt::Attempt;
use super::context::frames_to_encode;
use super::decode::{DecodedTokens, MIN_FRAMES, Pass};
use super::frames::{ENCODER_FRAMES, HOP_LENGTH};
use super::model::Model;
use super::quality::Quality;
use super::segments::{PassSegments, split_by_timestamps};
use super::speech_buffer::SpeechBuffer;
use super::stop::Stop;
use super::text::decode_text;
use crate::audio::Window;

/// Temperatures of the attempts after those at 0. openai-whisper continues up to 1.0, which is not
/// worth the time on two cores.
const HIGHER_TEMPERATURES: [f32; 2] = [0.2, 0.4];

/// Margin around a segment, in frames: a voice that begins this soon after it still belongs to it,
/// and a pass that is moved to a voice begins this long before it.
const MARGIN: usize = 20;

/// After a pass without text, the next one starts at least this many frames later: 1 s.
const MIN_SKIP: usize = 100;

/// This many samples of voice after the last segment are speech that was missed: 256 ms, twice the
/// shortest that voice activity detection takes for speech.
const MIN_VOICE: usize = 4096;

/// The result of one pass.
pub(crate) struct Decoded {
    /// The best attempt, without inventions.
    pub(crate) attempt: Attempt,
    /// ISO 639-1 code of the language it was decoded in.
    pub(crate) language: &'static str,
}

/// One attempt at a pass, and its quality.
struct RatedAttempt {
    attempt: Attempt,
    quality: Quality,
    /// Frames from the start of this pass to the start of the next.
    advance: usize,
}

/// Decodes the next pass and moves the buffer to the start of the one after it. Detects the language
/// if none is given.
pub(crate) fn decode_next(
    model: &mut Model,
    buffer: &mut SpeechBuffer,
    language: Option<&'static str>,
    stop: &Stop<'_>,
) -> Result<Decoded, TranscribeError> {
    stop.check()?;
    let encoded = buffer.encode(model, frames_to_encode(buffer.frames_left()))?;
    stop.check()?;
    let language = match language {
        Some(language) => language,
        None => model.detect_language()?,
    };
    let prompt = &model.prompt(language);
    let pass = Pass { seek: buffer.seek(), frames_left: buffer.frames_left(), prompt };
    let best = decode_with_fallback(model, buffer, encoded, &pass, stop)?;
    buffer.advance(best.advance);
    Ok(Decoded { attempt: best.attempt.without_inventions(buffer.speech()), language })
}

/// Decodes the encoded pass until an attempt is good: again with all 30 s encoded if there are fewer
/// frames, and then at higher temperatures. Returns the best one.
fn decode_with_fallback(
    model: &mut Model,
    buffer: &mut SpeechBuffer,
    encoded: usize,
    pass: &Pass<'_>,
    stop: &Stop<'_>,
) -> Result<RatedAttempt, TranscribeError> {
    let mut no_speech = None;
    let decoded = model.search(pass, stop)?;
    let mut best = RatedAttempt::of(&decoded, model, buffer.speech(), pass, &mut no_speech)?;
    if !best.quality.is_good() && encoded < ENCODER_FRAMES {
        buffer.encode(model, ENCODER_FRAMES)?;
        no_speech = None;
        let decoded = model.search(pass, stop)?;
        let whole = RatedAttempt::of(&decoded, model, buffer.speech(), pass, &mut no_speech)?;
        best = best.or_better(whole);
    }
    for temperature in HIGHER_TEMPERATURES {
        if best.quality.is_good() {
            break;
        }
        let decoded = model.decode(pass, temperature, stop)?;
        let warmer = RatedAttempt::of(&decoded, model, buffer.speech(), pass, &mut no_speech)?;
        best = best.or_better(warmer);
    }
    Ok(best)
}

impl RatedAttempt {
    /// Rates the tokens of an attempt. `no_speech` is asked for once for each encoded pass: the answer
    /// depends on the audio, not on the text.
    fn of(
        decoded: &DecodedTokens,
        model: &mut Model,
        speech: &Window,
        pass: &Pass<'_>,
        no_speech: &mut Option<f32>,
    ) -> Result<Self, TranscribeError> {
        let split = split_by_timestamps(&decoded.tokens, model.vocabulary(), pass);
        let advance = frames_to_next_pass(&split, speech, pass);
        let segments = decode_text(split.segments, speech.length());
        if no_speech.is_none() && segments.iter().any(|it| !is_sure(it.confidence())) {
            *no_speech = Some(model.no_speech()?);
        }
        let attempt = Attempt::new(segments, *no_speech, speech);
        let quality = Quality::of(attempt.kept(), decoded.is_stuck);
        Ok(Self { attempt, quality, advance })
    }

    /// Returns the better of two, the earlier one of equal ones.
    fn or_better(self, later: Self) -> Self {
        if later.quality.is_better_than(self.quality) { later } else { self }
    }
}

/// Returns the frames from the start of this pass to the start of the next.
///
/// openai-whisper skips all that was encoded if the text ends with a single timestamp, or has none.
/// That misses speech after a pause. Here, if there is a voice after the last segment, the next pass
/// begins at the end of that segment; if there was no text, it begins at the next voice.
fn frames_to_next_pass(split: &PassSegments, speech: &Window, pass: &Pass<'_>) -> usize {
    let all = split.advance;
    // A segment of timestamps alone has no text.
    let Some(last) = split.segments.iter().rfind(|segment| segment.tokens > 0) else {
        let onsets = speech.onsets().map(|onset| (onset / HOP_LENGTH).saturating_sub(MARGIN));
        let mut skips = onsets.filter_map(|frame| frame.checked_sub(pass.seek));
        return skips.find(|&skip| skip >= MIN_SKIP).map_or(all, |skip| skip.min(all));
    };
    let end = last.frames.end;
    let after = (end + MARGIN) * HOP_LENGTH..(pass.seek + all) * HOP_LENGTH;
    if end >= pass.seek + MIN_FRAMES && speech.voiced_samples(after) >= MIN_VOICE {
        end - pass.seek
    } else {
        all
    }
}

#[cfg(test)]
mod tests {
    use super::super::text::RawSegment;
    use super::*;

    #[test]
    fn a_voice_after_the_last_segment_is_left_to_the_next_pass() {
        // 20 s with a voice from 12 s to 14 s.
        let speech = Window::silent(20, Some(12..14));
        let cases = [
            // The text ends with a single timestamp: all is skipped unless there is a voice.
            (0, 500, 2000, 500),
            (0, 1379, 2000, 2000),
            (0, 1340, 2000, 1340),
            (0, 1400, 2000, 2000),
            (600, 1000, 1400, 400),
            // It ends with a pair, or at once.
            (0, 500, 500, 500),
            (0, 0, 2000, 2000),
            (0, 9, 2000, 2000),
        ];
        for (seek, end, all, expected) in cases {
            let frames = seek..end;
            let segment = RawSegment { frames, bytes: Vec::new(), log_probability: 0.0, tokens: 1 };
            let split = PassSegments { segments: vec![segment], advance: all };
            let pass = Pass { seek, frames_left: 2000 - seek, prompt: &[] };
            let advance = frames_to_next_pass(&split, &speech, &pass);
            assert_eq!(advance, expected, "{seek} to {end}");
        }
    }

    #[test]
    fn a_pass_without_text_skips_to_the_next_voice() {
        // 20 s with a voice from 12 s to 14 s.
        let speech = Window::silent(20, Some(12..14));
        for (seek, expected) in [(0, 1180), (1000, 180), (1100, 900), (1200, 800)] {
            let split = PassSegments { segments: Vec::new(), advance: 2000 - seek };
            let pass = Pass { seek, frames_left: 2000 - seek, prompt: &[] };
            let advance = frames_to_next_pass(&split, &speech, &pass);
            assert_eq!(advance, expected, "from {seek}");
        }
    }
}
