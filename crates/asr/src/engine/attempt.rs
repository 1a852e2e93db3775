//! What was written in a pass: what is kept of it, and what nobody said.

use std::ops::Range;
use std::time::Duration;

use watchme_core::rules::{Evidence, is_unlikely, judge};
use watchme_core::{RemovalReason, Removed, Segment, Transcript};

use super::text::{Spoken, placed};
use crate::audio::Window;

/// What one attempt at a pass wrote.
pub(super) struct Attempt {
    kept: Vec<Spoken>,
    /// What nobody said, and why.
    removed: Vec<(Spoken, RemovalReason)>,
}

impl Attempt {
    /// What was written, without what the model itself holds for no speech.
    pub(super) fn new(mut written: Vec<Spoken>, no_speech: Option<f32>) -> Self {
        for segment in written.iter_mut().filter(|it| is_unlikely(it.confidence())) {
            segment.no_speech = no_speech.unwrap_or(0.0);
        }
        let mut attempt = Self { kept: written, removed: Vec::new() };
        attempt.remove(|segment| {
            judge(&evidence(segment, None)).filter(|&reason| reason == RemovalReason::NoSpeech)
        });
        attempt
    }

    /// What was said.
    pub(super) fn kept(&self) -> &[Spoken] {
        &self.kept
    }

    /// Whether anything was said.
    pub(super) fn has_text(&self) -> bool {
        !self.kept.is_empty()
    }

    /// Adds it to the transcript, each segment where it lies in the recording.
    pub(super) fn append_to(self, transcript: &mut Transcript, window: &Window) {
        let place = |segment| -> Segment { placed(segment, window) };
        transcript.segments.extend(self.kept.into_iter().map(place));
        let removed = self.removed.into_iter();
        let removed = removed.map(|(segment, reason)| Removed { segment: place(segment), reason });
        transcript.removed.extend(removed);
    }

    /// Without what loops still (at every temperature, unless the window is a doubt), which is
    /// nobody's words while what is beside it may be, and without text over no voice.
    pub(super) fn without_inventions(mut self, window: &Window) -> Self {
        let voiced = window.voiced();
        self.remove(|segment| judge(&evidence(segment, Some(&voiced))));
        self
    }

    /// Removes the segments that have a reason to be removed.
    fn remove(&mut self, reason_of: impl Fn(&Spoken) -> Option<RemovalReason>) {
        for segment in std::mem::take(&mut self.kept) {
            match reason_of(&segment) {
                Some(reason) => self.removed.push((segment, reason)),
                None => self.kept.push(segment),
            }
        }
    }
}

/// Evidence of a segment; with `voiced`, also of the sound it was written for.
fn evidence<'a>(segment: &'a Spoken, voiced: Option<&'a [Range<Duration>]>) -> Evidence<'a> {
    Evidence {
        text: &segment.text,
        confidence: segment.confidence(),
        no_speech: segment.no_speech,
        span: segment.start..segment.end,
        voiced,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(text: &str, seconds: (u64, u64), confidence: f32) -> Spoken {
        Spoken {
            start: Duration::from_secs(seconds.0),
            end: Duration::from_secs(seconds.1),
            text: text.to_owned(),
            log_probability: confidence.ln(),
            tokens: 5,
            no_speech: 0.0,
        }
    }

    fn left(window: &Window) -> (Vec<String>, Vec<(String, RemovalReason)>) {
        let written = vec![
            written("clear", (0, 2), 0.9),
            written("doubtful", (2, 4), 0.5),
            written("doubtful in speech", (5, 7), 0.5),
            written(&"はい".repeat(20), (7, 8), 0.9),
        ];
        let attempt = Attempt::new(written, None).without_inventions(window);
        assert!(attempt.has_text());
        let kept = attempt.kept.into_iter().map(|it| it.text).collect();
        (kept, attempt.removed.into_iter().map(|(it, reason)| (it.text, reason)).collect())
    }

    #[test]
    fn no_speech_needs_both_signs() {
        for (log_probability, no_speech, is_kept) in
            [(-1.5_f32, 0.9, false), (-0.5, 0.9, true), (-1.5, 0.3, true)]
        {
            let written = vec![written("a", (0, 1), log_probability.exp())];
            let attempt = Attempt::new(written, Some(no_speech));
            assert_eq!(attempt.has_text(), is_kept, "{log_probability} {no_speech}");
        }
    }

    #[test]
    fn a_loop_that_is_no_speech_does_not_count_as_a_loop() {
        let written = vec![written(&"はい".repeat(20), (0, 1), 0.1)];
        let attempt = Attempt::new(written, Some(0.9));
        assert!(!attempt.has_text(), "the quality of the attempt is judged without it");
        let attempt = attempt.without_inventions(&Window::silent(20, Some(0..1)));
        assert_eq!(attempt.removed[0].1, RemovalReason::NoSpeech);
    }

    #[test]
    fn doubtful_text_is_kept_where_there_is_voice_and_clear_text_everywhere() {
        let (kept, removed) = left(&Window::silent(20, Some(5..6)));
        assert_eq!(kept, ["clear", "doubtful in speech"]);
        let reasons: Vec<RemovalReason> = removed.iter().map(|(_, reason)| *reason).collect();
        assert_eq!(reasons, [RemovalReason::OutsideSpeech, RemovalReason::Loop]);
        assert_eq!(removed[0].0, "doubtful");
    }

    #[test]
    fn of_a_doubt_only_clear_text_is_kept() {
        let window = Window::silent(20, None);
        assert!(window.is_doubt);
        let (kept, removed) = left(&window);
        assert_eq!(kept, ["clear"]);
        assert_eq!(removed.len(), 3);
    }
}
