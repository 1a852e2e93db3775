//! Decodes one pass: at temperature 0 first, and at higher ones while the result is bad.
//!
//! After `decode_with_fallback` of [openai-whisper].
//!
//! [openai-whisper]: https://github.com/openai/whisper/blob/main/whisper/transcribe.py

use watchme_core::TranscribeError;
use watchme_core::rules::is_unlikely;

use super::attempt::Attempt;
use super::decode::{MIN_FRAMES, Pass};
use super::frames::HOP_LENGTH;
use super::model::Model;
use super::quality::Quality;
use super::segments::{PassSegments, split_by_timestamps};
use super::speech_buffer::SpeechBuffer;
use super::stop::Stop;
use super::text::decode_text;
use crate::audio::Window;

/// Temperatures of the attempts at a pass. openai-whisper continues up to 1.0, which is not
/// worth the time on two cores.
const TEMPERATURES: [f32; 3] = [0.0, 0.2, 0.4];

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
    buffer.encode(model)?;
    stop.check()?;
    let language = match language {
        Some(language) => language,
        None => model.detect_language()?,
    };
    let prompt = &model.prompt(language);
    let pass = Pass { seek: buffer.seek(), frames_left: buffer.frames_left(), prompt };
    let best = decode_with_fallback(model, buffer.speech(), &pass, stop)?;
    buffer.advance(best.advance);
    Ok(Decoded { attempt: best.attempt.without_inventions(buffer.speech()), language })
}

/// Decodes the encoded pass at each temperature until an attempt is good. Returns the best one.
fn decode_with_fallback(
    model: &mut Model,
    speech: &Window,
    pass: &Pass<'_>,
    stop: &Stop<'_>,
) -> Result<RatedAttempt, TranscribeError> {
    let mut no_speech = None;
    let mut best: Option<RatedAttempt> = None;
    for temperature in TEMPERATURES {
        let decoded = match best {
            None => model.search(pass, stop)?,
            Some(_) => model.decode(pass, temperature, stop)?,
        };
        let split = split_by_timestamps(&decoded.tokens, model.vocabulary(), pass);
        let advance = frames_to_next_pass(&split, speech, pass);
        let segments = decode_text(split.segments, speech.length());
        // Asked with the first attempt only: the answer depends on the audio, not on the text.
        if best.is_none() && segments.iter().any(|it| is_unlikely(it.confidence())) {
            no_speech = Some(model.no_speech()?);
        }
        let attempt = Attempt::new(segments, no_speech);
        let quality = Quality::of(attempt.kept(), decoded.is_stuck);
        if best.as_ref().is_none_or(|best| quality.is_better_than(best.quality)) {
            best = Some(RatedAttempt { attempt, quality, advance });
        }
        if best.as_ref().is_some_and(|best| best.quality.is_good()) {
            break;
        }
    }
    // There is always one, as there are temperatures.
    best.ok_or_else(|| TranscribeError::Engine { reason: "nothing was tried".to_owned() })
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
