//! What was heard of a recording before, and what is heard of it now, beside its checkpoints.

use std::collections::{BTreeMap, VecDeque};
use std::ops::Range;
use std::path::Path;
use std::time::Duration;

use watchme_core::{Language, Transcript};

use crate::checkpoint::{Checkpoints, Key, Resumed, Window};
use crate::decoding::Reel;

/// Counts up when another window is made of the same recording, or another text of the same
/// window, without a new version of this crate.
const HEARING: &str = "4";

/// Where the notes of a recording are to be found.
#[derive(Debug, Clone)]
pub(super) struct Notebook {
    pub(super) checkpoints: Checkpoints,
    pub(super) model_checksum: String,
    pub(super) parameters: BTreeMap<String, String>,
}

/// The notes of one recording.
pub(super) struct Notes {
    /// `None` where nothing is noted.
    resumed: Option<Resumed>,
    /// What was heard before and has not come up again yet.
    before: VecDeque<Window>,
    /// The first window, until there is a second: a recording of one window gains nothing.
    first: Option<Window>,
    next: u32,
}

/// How much of a transcript there was before a window was added to it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Mark {
    segments: usize,
    removed: usize,
}

/// What changes the text of a window, beside the sound and the model.
pub(super) fn parameters(language: &Language, encoder: &str) -> BTreeMap<String, String> {
    let all = [("hearing", HEARING), ("language", &language.to_string()), ("encoder", encoder)];
    all.map(|(name, value)| (name.to_owned(), value.to_owned())).into()
}

impl Notebook {
    /// The notes of the recording at `path`. Blocking: reads the file once.
    pub(super) fn open(&self, path: &Path) -> Notes {
        let parameters = self.parameters.clone();
        // A file that cannot be read is told of by who decodes it.
        let key = Key::of_file(path, self.model_checksum.as_str(), parameters).ok();
        Notes::of(key.map(|key| self.checkpoints.resume(&key)))
    }
}

impl Notes {
    /// Notes that go on where `resumed` ends, or none.
    pub(super) fn of(mut resumed: Option<Resumed>) -> Self {
        let before = resumed.as_mut().map(|it| std::mem::take(&mut it.windows));
        Self { resumed, before: before.unwrap_or_default().into(), first: None, next: 0 }
    }

    /// What was heard before of what comes next on the reel, which is wound on behind it.
    ///
    /// Where it was another stretch then, no note is of use any more.
    pub(super) fn recall(&mut self, reel: &mut Reel) -> Option<Window> {
        if let Some(first) = self.first.take() {
            self.write(&first);
        }
        let before = self.before.pop_front()?;
        if before.start == reel.start() && reel.advance_to(before.end) {
            self.next += 1;
            return Some(before);
        }
        tracing::info!(window = self.next, "the notes are of other windows and are dropped");
        self.before.clear();
        if let Some(resumed) = self.resumed.take() {
            resumed.done();
        }
        None
    }

    /// Notes what was heard of this stretch of the recording, which is what the transcript has since
    /// `mark`.
    pub(super) fn note(&mut self, stretch: Range<Duration>, transcript: &Transcript, mark: Mark) {
        if self.resumed.is_none() {
            return;
        }
        let window = Window {
            index: self.next,
            start: stretch.start,
            end: stretch.end,
            segments: transcript.segments[mark.segments..].to_vec(),
            removed: transcript.removed[mark.removed..].to_vec(),
            language: transcript.language.clone(),
        };
        self.next += 1;
        if window.index == 0 {
            self.first = Some(window);
        } else {
            self.write(&window);
        }
    }

    /// What is on disk of the recording.
    pub(super) fn end(self) -> Option<Resumed> {
        self.resumed
    }

    fn write(&mut self, window: &Window) {
        if let Some(resumed) = &mut self.resumed {
            resumed.append(window);
        }
    }
}

impl Mark {
    /// The end of what there is.
    pub(super) fn of(transcript: &Transcript) -> Self {
        Self { segments: transcript.segments.len(), removed: transcript.removed.len() }
    }
}

#[cfg(test)]
mod tests {
    use watchme_core::{Segment, Sound};

    use super::*;

    /// A minute, of which so many seconds are heard.
    fn reel(heard: usize) -> Reel {
        let mut reel = Reel::of(crate::audio::Window::silent(60, None));
        reel.advance(heard * 100);
        reel
    }

    fn notes(folder: &Path) -> Notes {
        let recording = folder.join("recording");
        std::fs::write(&recording, "sound").unwrap();
        let notebook = Notebook {
            checkpoints: Checkpoints::open(folder.join("checkpoints")),
            model_checksum: "m".to_owned(),
            parameters: parameters(&Language::Auto, "none"),
        };
        notebook.open(&recording)
    }

    fn files(folder: &Path) -> usize {
        std::fs::read_dir(folder.join("checkpoints")).unwrap().count()
    }

    /// Hears so many seconds one after the other, each as the text of its number.
    fn hear(notes: &mut Notes, reel: &mut Reel, transcript: &mut Transcript, seconds: Range<u32>) {
        for second in seconds {
            assert!(notes.recall(reel).is_none());
            let (start, mark) = (reel.start(), Mark::of(transcript));
            reel.advance(100);
            transcript.segments.push(Segment {
                start: Duration::ZERO,
                end: Duration::from_secs(1),
                text: second.to_string(),
                confidence: 0.5,
                no_speech: 0.0,
            });
            notes.note(start..reel.heard(), transcript, mark);
        }
    }

    fn nothing() -> Transcript {
        Transcript {
            segments: Vec::new(),
            removed: Vec::new(),
            language: Some("ja".to_owned()),
            audio: Duration::ZERO,
            speech: Duration::ZERO,
            sound: Sound::default(),
            effort: None,
        }
    }

    fn said(window: Option<Window>) -> Vec<String> {
        window.unwrap().segments.into_iter().map(|segment| segment.text).collect()
    }

    #[test]
    fn a_recording_of_one_window_leaves_nothing_behind() {
        let folder = tempfile::tempdir().unwrap();
        let mut notes = notes(folder.path());
        hear(&mut notes, &mut reel(0), &mut nothing(), 0..1);
        assert_eq!(files(folder.path()), 0);
        notes.end().unwrap().done();
        assert_eq!(files(folder.path()), 0);
    }

    #[test]
    fn what_was_heard_comes_back_in_order_and_is_gone_on_with() {
        let folder = tempfile::tempdir().unwrap();
        let mut first = notes(folder.path());
        hear(&mut first, &mut reel(0), &mut nothing(), 0..2);
        drop(first);
        let (mut second, mut again) = (notes(folder.path()), reel(0));
        for second_of in 0..2 {
            assert_eq!(said(second.recall(&mut again)), [second_of.to_string()]);
        }
        assert_eq!(again.from(), 200, "it is wound on");
        hear(&mut second, &mut again, &mut nothing(), 2..4);
        drop(second.end());
        let (mut third, mut again) = (notes(folder.path()), reel(0));
        for second_of in 0..4 {
            let before = third.recall(&mut again);
            assert_eq!(before.as_ref().and_then(|it| it.language.as_deref()), Some("ja"));
            assert_eq!(said(before), [second_of.to_string()]);
        }
        assert!(third.recall(&mut again).is_none());
        third.end().unwrap().done();
        assert_eq!(files(folder.path()), 0);
    }

    #[test]
    fn notes_of_other_windows_are_dropped_from_there_on() {
        let folder = tempfile::tempdir().unwrap();
        let mut first = notes(folder.path());
        hear(&mut first, &mut reel(0), &mut nothing(), 0..3);
        drop(first);
        let (mut second, mut again) = (notes(folder.path()), reel(0));
        assert!(second.recall(&mut again).is_some());
        again.advance(50);
        assert!(second.recall(&mut again).is_none());
        assert_eq!(again.from(), 150, "nothing is wound on");
        assert!(second.recall(&mut reel(2)).is_none(), "it comes after one that was heard anew");
        assert!(second.end().is_none());
        assert_eq!(files(folder.path()), 0);
    }

    #[test]
    fn each_parameter_makes_other_notes() {
        let japanese = Language::Code("ja".to_owned());
        let all = [
            parameters(&Language::Auto, "a"),
            parameters(&Language::Auto, "b"),
            parameters(&japanese, "a"),
        ];
        assert!(all[0] != all[1] && all[1] != all[2] && all[0] != all[2]);
    }
}
