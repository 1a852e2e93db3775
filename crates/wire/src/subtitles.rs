//! Subtitles as `SubRip` or `WebVTT`.

use std::fmt::Write;
use std::time::Duration;

use watchme_core::{Segment, Transcript};

/// Text with its time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cue {
    /// Start.
    pub start: Duration,
    /// End.
    pub end: Duration,
    /// Text. Surrounding blanks and line breaks are removed on output.
    pub text: String,
}

/// Formats a transcript as `SubRip`.
#[must_use]
pub fn srt(transcript: &Transcript) -> String {
    srt_of(&cues(transcript))
}

/// Formats a transcript as `WebVTT`.
#[must_use]
pub fn vtt(transcript: &Transcript) -> String {
    vtt_of(&cues(transcript))
}

/// Formats cues as `SubRip`: numbered, a comma before the milliseconds, an empty line after each.
#[must_use]
pub fn srt_of(cues: &[Cue]) -> String {
    let mut text = String::new();
    for (index, cue) in spoken(cues).enumerate() {
        let (start, end) = (clock(cue.start, ','), clock(cue.end, ','));
        let _ = write!(text, "{}\n{start} --> {end}\n{}\n\n", index + 1, one_line(&cue.text));
    }
    text
}

/// Formats cues as `WebVTT`: a heading, a full stop before the milliseconds, three escapes.
#[must_use]
pub fn vtt_of(cues: &[Cue]) -> String {
    let mut text = "WEBVTT\n\n".to_owned();
    for cue in spoken(cues) {
        let (start, end) = (clock(cue.start, '.'), clock(cue.end, '.'));
        let said = one_line(&cue.text);
        let said = said.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
        let _ = write!(text, "{start} --> {end}\n{said}\n\n");
    }
    text
}

impl From<&Segment> for Cue {
    fn from(segment: &Segment) -> Self {
        Self { start: segment.start, end: segment.end, text: segment.text.clone() }
    }
}

fn cues(transcript: &Transcript) -> Vec<Cue> {
    transcript.segments.iter().map(Cue::from).collect()
}

fn spoken(cues: &[Cue]) -> impl Iterator<Item = &Cue> {
    cues.iter().filter(|cue| !cue.text.trim().is_empty())
}

/// Joins the lines of a text: an empty line would end the cue.
pub(crate) fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn clock(time: Duration, mark: char) -> String {
    let (seconds, milliseconds) = (time.as_secs(), time.subsec_millis());
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    format!("{hours:02}:{minutes:02}:{seconds:02}{mark}{milliseconds:03}")
}

#[cfg(test)]
mod tests {
    use watchme_core::Sound;

    use super::*;

    fn transcript(segments: &[(u64, u64, &str)]) -> Transcript {
        let segment = |(start, end, text): &(u64, u64, &str)| Segment {
            start: Duration::from_millis(*start),
            end: Duration::from_millis(*end),
            text: (*text).to_owned(),
            confidence: 0.9,
            no_speech: 0.0,
            voice: None,
        };
        Transcript {
            segments: segments.iter().map(segment).collect(),
            removed: Vec::new(),
            language: Some("en".to_owned()),
            audio: Duration::from_secs(7300),
            speech: Duration::from_secs(9),
            sound: Sound::default(),
            effort: None,
        }
    }

    #[test]
    fn cues_are_written_as_each_format_wants_them() {
        let spoken = transcript(&[
            (0, 2_040, " Good afternoon."),
            (61_005, 62_000, " "),
            (3_661_005, 7_262_999, " a < b &\n\n c --> d"),
        ]);
        assert_eq!(
            srt(&spoken),
            "1\n00:00:00,000 --> 00:00:02,040\nGood afternoon.\n\n\
             2\n01:01:01,005 --> 02:01:02,999\na < b & c --> d\n\n"
        );
        assert_eq!(
            vtt(&spoken),
            "WEBVTT\n\n00:00:00.000 --> 00:00:02.040\nGood afternoon.\n\n\
             01:01:01.005 --> 02:01:02.999\na &lt; b &amp; c --&gt; d\n\n"
        );
    }

    #[test]
    fn silence_has_no_cue() {
        assert_eq!(srt(&transcript(&[])), "");
        assert_eq!(vtt(&transcript(&[])), "WEBVTT\n\n");
    }
}
