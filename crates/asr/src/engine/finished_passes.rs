//! The finished passes of a recording: those of an earlier run are replayed, new ones are written
//! to its checkpoint.

use std::collections::{BTreeMap, VecDeque};
use std::ops::Range;
use std::path::Path;
use std::time::Duration;

use watchme_core::{Language, Transcript};

use crate::checkpoint::{Checkpoints, FinishedPass, Key, Resumed};
use crate::decoding::SpeechBuffer;

/// Version of the decoding. Bump it when the code would transcribe the same recording differently,
/// so that old checkpoints no longer fit. A new version of this crate makes them unfit too.
const DECODING_VERSION: &str = "9";

/// The checkpoints of all recordings that one model decodes with the same parameters.
#[derive(Debug, Clone)]
pub(super) struct ModelCheckpoints {
    pub(super) checkpoints: Checkpoints,
    pub(super) model_checksum: String,
    pub(super) parameters: BTreeMap<String, String>,
}

/// The finished passes of one recording.
pub(super) struct FinishedPasses {
    /// `None`: nothing is written.
    resumed: Option<Resumed>,
    /// Passes of an earlier run that are not replayed yet.
    earlier: VecDeque<FinishedPass>,
    /// The first pass, held back until there is a second: a checkpoint of one pass saves nothing.
    first: Option<FinishedPass>,
    /// Index of the next pass.
    next: u32,
}

/// Length of a transcript before a pass was added to it.
#[derive(Debug, Clone, Copy)]
pub(super) struct TranscriptLength {
    segments: usize,
    removed: usize,
}

/// Returns everything that changes the text of a pass, beside the audio and the model.
pub(super) fn parameters(language: &Language, kernel: &str) -> BTreeMap<String, String> {
    // The names are those that checkpoints on disk were made with.
    let language = language.to_string();
    [("hearing", DECODING_VERSION), ("language", &language), ("encoder", kernel)]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into()
}

impl ModelCheckpoints {
    /// Opens the checkpoint of the recording at `path`. Blocking: reads the file once.
    pub(super) fn open(&self, path: &Path) -> FinishedPasses {
        let parameters = self.parameters.clone();
        // A file that cannot be read is reported by the thread that decodes it.
        let key = Key::of_file(path, self.model_checksum.as_str(), parameters).ok();
        FinishedPasses::new(key.map(|key| self.checkpoints.resume(&key)))
    }
}

impl FinishedPasses {
    /// Continues the checkpoint `resumed`, or writes nothing.
    pub(super) fn new(mut resumed: Option<Resumed>) -> Self {
        let earlier = resumed.as_mut().map(|it| std::mem::take(&mut it.passes));
        Self { resumed, earlier: earlier.unwrap_or_default().into(), first: None, next: 0 }
    }

    /// Returns the next pass of the buffer, if an earlier run has decoded it, and moves the buffer
    /// to its end.
    ///
    /// If the earlier run has decoded other audio here, its passes and the checkpoint are of no use
    /// any more and are dropped.
    pub(super) fn replay(&mut self, buffer: &mut SpeechBuffer) -> Option<FinishedPass> {
        if let Some(first) = self.first.take() {
            self.write(&first);
        }
        let pass = self.earlier.pop_front()?;
        if pass.start == buffer.next_start() && buffer.advance_to(pass.end) {
            self.next += 1;
            return Some(pass);
        }
        tracing::info!(pass = self.next, "the checkpoint is of other audio and is dropped");
        self.earlier.clear();
        if let Some(resumed) = self.resumed.take() {
            resumed.done();
        }
        None
    }

    /// Records the pass over these times of the recording: the segments of the transcript that were
    /// not there `before`.
    pub(super) fn record(
        &mut self,
        times: Range<Duration>,
        transcript: &Transcript,
        before: TranscriptLength,
    ) {
        if self.resumed.is_none() {
            return;
        }
        let pass = FinishedPass {
            index: self.next,
            start: times.start,
            end: times.end,
            segments: transcript.segments[before.segments..].to_vec(),
            removed: transcript.removed[before.removed..].to_vec(),
            language: transcript.language.clone(),
        };
        self.next += 1;
        if pass.index == 0 {
            self.first = Some(pass);
        } else {
            self.write(&pass);
        }
    }

    /// Returns the checkpoint, if there is one.
    pub(super) fn into_resumed(self) -> Option<Resumed> {
        self.resumed
    }

    fn write(&mut self, pass: &FinishedPass) {
        if let Some(resumed) = &mut self.resumed {
            resumed.append(pass);
        }
    }
}

impl TranscriptLength {
    pub(super) fn of(transcript: &Transcript) -> Self {
        Self { segments: transcript.segments.len(), removed: transcript.removed.len() }
    }
}

#[cfg(test)]
mod tests {
    use watchme_core::{Segment, Sound};

    use super::*;

    /// Returns a minute of speech, of which some seconds are decoded.
    fn buffer_at(seconds: usize) -> SpeechBuffer {
        let mut buffer = SpeechBuffer::default();
        buffer.append(crate::audio::Window::silent(60, None));
        buffer.finish();
        buffer.advance(seconds * 100);
        buffer
    }

    fn open(folder: &Path) -> FinishedPasses {
        let recording = folder.join("recording");
        std::fs::write(&recording, "sound").unwrap();
        let checkpoints = ModelCheckpoints {
            checkpoints: Checkpoints::open(folder.join("checkpoints")),
            model_checksum: "m".to_owned(),
            parameters: parameters(&Language::Auto, "none"),
        };
        checkpoints.open(&recording)
    }

    fn files(folder: &Path) -> usize {
        std::fs::read_dir(folder.join("checkpoints")).unwrap().count()
    }

    /// Decodes one second after the other, each as the text of its number.
    fn decode(
        passes: &mut FinishedPasses,
        buffer: &mut SpeechBuffer,
        transcript: &mut Transcript,
        seconds: Range<u32>,
    ) {
        for second in seconds {
            assert!(passes.replay(buffer).is_none());
            let (start, before) = (buffer.next_start(), TranscriptLength::of(transcript));
            buffer.advance(100);
            transcript.segments.push(Segment {
                start: Duration::ZERO,
                end: Duration::from_secs(1),
                text: second.to_string(),
                confidence: 0.5,
                no_speech: 0.0,
                voice: None,
            });
            passes.record(start..buffer.decoded_until(), transcript, before);
        }
    }

    fn empty() -> Transcript {
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

    fn texts(pass: Option<FinishedPass>) -> Vec<String> {
        pass.unwrap().segments.into_iter().map(|segment| segment.text).collect()
    }

    #[test]
    fn a_recording_of_one_pass_leaves_nothing_behind() {
        let folder = tempfile::tempdir().unwrap();
        let mut passes = open(folder.path());
        decode(&mut passes, &mut buffer_at(0), &mut empty(), 0..1);
        assert_eq!(files(folder.path()), 0);
        passes.into_resumed().unwrap().done();
        assert_eq!(files(folder.path()), 0);
    }

    #[test]
    fn earlier_passes_come_back_in_order_and_new_ones_follow() {
        let folder = tempfile::tempdir().unwrap();
        let mut first = open(folder.path());
        decode(&mut first, &mut buffer_at(0), &mut empty(), 0..2);
        drop(first);
        let (mut second, mut again) = (open(folder.path()), buffer_at(0));
        for text in 0..2 {
            assert_eq!(texts(second.replay(&mut again)), [text.to_string()]);
        }
        assert_eq!(again.seek(), 200, "the buffer is moved");
        decode(&mut second, &mut again, &mut empty(), 2..4);
        drop(second.into_resumed());
        let (mut third, mut again) = (open(folder.path()), buffer_at(0));
        for text in 0..4 {
            let pass = third.replay(&mut again);
            assert_eq!(pass.as_ref().and_then(|it| it.language.as_deref()), Some("ja"));
            assert_eq!(texts(pass), [text.to_string()]);
        }
        assert!(third.replay(&mut again).is_none());
        third.into_resumed().unwrap().done();
        assert_eq!(files(folder.path()), 0);
    }

    #[test]
    fn passes_over_other_audio_are_dropped_from_there_on() {
        let folder = tempfile::tempdir().unwrap();
        let mut first = open(folder.path());
        decode(&mut first, &mut buffer_at(0), &mut empty(), 0..3);
        drop(first);
        let (mut second, mut again) = (open(folder.path()), buffer_at(0));
        assert!(second.replay(&mut again).is_some());
        again.advance(50);
        assert!(second.replay(&mut again).is_none());
        assert_eq!(again.seek(), 150, "the buffer is not moved");
        assert!(
            second.replay(&mut buffer_at(2)).is_none(),
            "it comes after one that was decoded anew"
        );
        assert!(second.into_resumed().is_none());
        assert_eq!(files(folder.path()), 0);
    }

    #[test]
    fn each_parameter_makes_another_checkpoint() {
        let japanese = Language::Code("ja".to_owned());
        let all = [
            parameters(&Language::Auto, "a"),
            parameters(&Language::Auto, "b"),
            parameters(&japanese, "a"),
        ];
        assert!(all[0] != all[1] && all[1] != all[2] && all[0] != all[2]);
    }
}
