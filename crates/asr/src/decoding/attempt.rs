//! One attempt at a pass: the segments that are kept, and those that nobody said.

use watchme_core::rules::{is_sure, judge};
use watchme_core::{RemovalReason, Removed, Transcript};

use super::text::WindowSegment;
use crate::audio::Window;

/// The segments of one attempt at a pass.
pub(crate) struct Attempt {
    kept: Vec<WindowSegment>,
    /// Segments that nobody said, each with the reason.
    removed: Vec<(WindowSegment, RemovalReason)>,
}

impl Attempt {
    /// Removes the segments that the model itself takes for no speech. `no_speech` is the
    /// probability of that for the whole pass, if the model was asked.
    pub(super) fn new(
        mut segments: Vec<WindowSegment>,
        no_speech: Option<f32>,
        window: &Window,
    ) -> Self {
        for segment in segments.iter_mut().filter(|it| !is_sure(it.confidence())) {
            segment.no_speech = no_speech.unwrap_or(0.0);
        }
        let mut attempt = Self { kept: segments, removed: Vec::new() };
        attempt.remove(|segment| {
            judge(&segment.evidence(window)).filter(|&it| it == RemovalReason::NoSpeech)
        });
        attempt
    }

    /// Segments that are taken for speech.
    pub(super) fn kept(&self) -> &[WindowSegment] {
        &self.kept
    }

    /// True if somebody said something.
    pub(crate) fn has_text(&self) -> bool {
        !self.kept.is_empty()
    }

    /// Adds the segments to the transcript, each where it lies in the recording.
    pub(crate) fn append_to(self, transcript: &mut Transcript, window: &Window) {
        let kept = self.kept.into_iter().map(|segment| segment.into_recording(window));
        transcript.segments.extend(kept);
        let removed = self.removed.into_iter().map(|(segment, reason)| {
            let segment = segment.into_recording(window);
            Removed { segment, reason }
        });
        transcript.removed.extend(removed);
    }

    /// Removes the segments that the model made up. A loop gets here only if it looped at every
    /// temperature; the segments beside it may still be speech.
    pub(super) fn without_inventions(mut self, window: &Window) -> Self {
        self.remove(|segment| judge(&segment.evidence(window)));
        self
    }

    /// Removes the segments that have a reason to be removed.
    fn remove(&mut self, reason_of: impl Fn(&WindowSegment) -> Option<RemovalReason>) {
        for segment in std::mem::take(&mut self.kept) {
            match reason_of(&segment) {
                Some(reason) => self.removed.push((segment, reason)),
                None => self.kept.push(segment),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn segment(text: &str, seconds: (u64, u64), confidence: f32) -> WindowSegment {
        WindowSegment {
            start: Duration::from_secs(seconds.0),
            end: Duration::from_secs(seconds.1),
            text: text.to_owned(),
            log_probability: confidence.ln(),
            tokens: 5,
            no_speech: 0.0,
        }
    }

    /// Returns the texts that are kept in a window, and those that are removed.
    fn judge_all(window: &Window) -> (Vec<String>, Vec<(String, RemovalReason)>) {
        let segments = vec![
            segment("clear", (0, 2), 0.9),
            segment("doubtful", (2, 4), 0.5),
            segment("doubtful in speech", (5, 7), 0.5),
            segment(&"はい".repeat(20), (7, 8), 0.9),
        ];
        let attempt = Attempt::new(segments, None, window).without_inventions(window);
        assert!(attempt.has_text());
        let kept = attempt.kept.into_iter().map(|it| it.text).collect();
        (kept, attempt.removed.into_iter().map(|(it, reason)| (it.text, reason)).collect())
    }

    #[test]
    fn no_speech_needs_both_signs() {
        for (log_probability, no_speech, is_kept) in
            [(-1.5_f32, 0.9, false), (-0.5, 0.9, false), (-0.3, 0.9, true), (-1.5, 0.3, true)]
        {
            let segments = vec![segment("a", (0, 1), log_probability.exp())];
            let attempt = Attempt::new(segments, Some(no_speech), &Window::silent(20, Some(0..5)));
            assert_eq!(attempt.has_text(), is_kept, "{log_probability} {no_speech}");
        }
    }

    #[test]
    fn a_loop_that_is_no_speech_does_not_count_as_a_loop() {
        let segments = vec![segment(&"はい".repeat(20), (0, 1), 0.1)];
        let window = Window::silent(20, Some(0..1));
        let attempt = Attempt::new(segments, Some(0.9), &window);
        assert!(!attempt.has_text(), "the quality of the attempt is judged without it");
        let attempt = attempt.without_inventions(&window);
        assert_eq!(attempt.removed[0].1, RemovalReason::NoSpeech);
    }

    #[test]
    fn doubtful_text_is_kept_where_there_is_voice_and_clear_text_everywhere() {
        let (kept, removed) = judge_all(&Window::silent(20, Some(5..6)));
        assert_eq!(kept, ["clear", "doubtful in speech"]);
        let reasons: Vec<RemovalReason> = removed.iter().map(|(_, reason)| *reason).collect();
        assert_eq!(reasons, [RemovalReason::OutsideSpeech, RemovalReason::Loop]);
        assert_eq!(removed[0].0, "doubtful");
    }
}
