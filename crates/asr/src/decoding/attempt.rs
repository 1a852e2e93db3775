//! What was written in a pass: what is kept of it, and what nobody said.

use watchme_core::rules::{is_looped, is_outside_speech, is_stock_phrase};
use watchme_core::{RemovalReason, Removed, Segment, Transcript};

use super::quality::{is_no_speech, is_unlikely};
use super::text::{Spoken, placed};
use crate::audio::Window;

/// What one attempt at a pass wrote.
pub(crate) struct Attempt {
    kept: Vec<Spoken>,
    /// What nobody said, and why.
    removed: Vec<(Spoken, RemovalReason)>,
}

impl Attempt {
    /// What was written, without what the model itself holds for no speech.
    pub(super) fn new(mut written: Vec<Spoken>, no_speech: Option<f32>) -> Self {
        for segment in written.iter_mut().filter(|segment| is_unlikely(segment)) {
            segment.no_speech = no_speech.unwrap_or(0.0);
        }
        let mut attempt = Self { kept: written, removed: Vec::new() };
        attempt.remove(RemovalReason::NoSpeech, is_no_speech);
        attempt
    }

    /// What was said.
    pub(super) fn kept(&self) -> &[Spoken] {
        &self.kept
    }

    /// Whether anything was said.
    pub(crate) fn has_text(&self) -> bool {
        !self.kept.is_empty()
    }

    /// Adds it to the transcript, each segment where it lies in the recording.
    pub(crate) fn append_to(self, transcript: &mut Transcript, window: &Window) {
        let place = |segment| -> Segment { placed(segment, window) };
        transcript.segments.extend(self.kept.into_iter().map(place));
        let removed = self.removed.into_iter();
        let removed = removed.map(|(segment, reason)| Removed { segment: place(segment), reason });
        transcript.removed.extend(removed);
    }

    /// Without what loops still (at every temperature, unless the window is a doubt), which is
    /// nobody's words while what is beside it may be, and without text over no voice.
    pub(super) fn without_inventions(mut self, window: &Window) -> Self {
        self.remove(RemovalReason::Loop, |segment| is_looped(&segment.text));
        self.remove(RemovalReason::StockPhrase, |it| is_unlikely(it) && is_stock_phrase(&it.text));
        let voiced = window.voiced();
        self.remove(RemovalReason::OutsideSpeech, |segment| {
            is_outside_speech(&(segment.start..segment.end), segment.confidence(), &voiced)
        });
        self
    }

    fn remove(&mut self, reason: RemovalReason, is_invented: impl Fn(&Spoken) -> bool) {
        let invented = self.kept.extract_if(.., |segment| is_invented(segment));
        self.removed.extend(invented.map(|segment| (segment, reason)));
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

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
    fn doubtful_text_is_kept_where_there_is_voice_and_clear_text_everywhere() {
        let (kept, removed) = left(&Window::silent(20, Some(5..6)));
        assert_eq!(kept, ["clear", "doubtful in speech"]);
        let reasons: Vec<RemovalReason> = removed.iter().map(|(_, reason)| *reason).collect();
        assert_eq!(reasons, [RemovalReason::Loop, RemovalReason::OutsideSpeech]);
        assert_eq!(removed[1].0, "doubtful");
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
