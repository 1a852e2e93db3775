//! Explanations of slots, from the ledger.

use std::time::Duration;

use jiff::tz::TimeZone;
use watchme_core::rules::is_doubtful;
use watchme_core::{
    Effort, ExplainedRecording, Explanation, LedgerRecord, RecordingStatus, RemovalReason, Segment,
    SegmentChange,
};

use crate::render::day::one_line;

/// Explains how a slot came to its text. Times are in `zone`.
pub(crate) fn of_slot(explanation: &Explanation, zone: &TimeZone) -> Vec<String> {
    let text = match explanation.text.as_deref().map(one_line) {
        None => "no text is saved".to_owned(),
        Some(text) if text.is_empty() => "silent".to_owned(),
        Some(text) => text,
    };
    let mut lines = vec![format!("{}  {text}", explanation.slot)];
    if explanation.recordings.is_empty() {
        lines.push("no recording: the device was off, or its row is gone".to_owned());
    }
    for recording in &explanation.recordings {
        lines.push(String::new());
        lines.extend(of_recording(recording, zone));
    }
    lines
}

/// Describes a segment that the rules now treat differently.
pub(crate) fn of_change(change: &SegmentChange) -> String {
    let SegmentChange { start, end, text, before, after, .. } = change;
    let said = match (before, after) {
        (Some(before), Some(after)) => {
            format!("still left out, now for `{}`, not `{}`", after.as_str(), before.as_str())
        }
        (Some(before), None) => format!("given back, was left out for `{}`", before.as_str()),
        (None, Some(after)) => format!("left out: {}", after.in_words()),
        (None, None) => "as before".to_owned(),
    };
    format!("  {}  {said}: {}", span(*start, *end), one_line(text))
}

fn of_recording(recording: &ExplainedRecording, zone: &TimeZone) -> Vec<String> {
    let status = recording.status.as_ref().map_or("its row is gone", RecordingStatus::as_str);
    let head = format!("{}  {status}", recording.object_key);
    let (Some(kept), Some(finding)) = (&recording.kept, recording.finding()) else {
        let why = match recording.status {
            Some(RecordingStatus::Completed) => "it was transcribed before there was a ledger",
            _ => "it is not transcribed yet",
        };
        return vec![head, format!("  nothing is kept of it: {why}")];
    };
    let LedgerRecord { entry, at } = kept;
    let transcript = &entry.transcript;
    let language = transcript.language.as_deref().unwrap_or("no language");
    let at = zone.to_datetime(*at).strftime("%F %T").to_string();
    let sound = transcript.sound;
    let seconds = |length: Duration| format!("{:.1} s", length.as_secs_f64());
    let mut lines = vec![
        head,
        format!("  {finding}"),
        format!("  model {}, {language}, at {at}", entry.model),
        format!(
            "  {} long, {} given to the model, {} of voice",
            seconds(transcript.audio),
            seconds(transcript.speech),
            seconds(sound.voiced)
        ),
        format!(
            "  peak {:.4}, loudest second {:.4} of full scale",
            sound.peak, sound.loudest_second
        ),
    ];
    lines.extend(transcript.effort.map(|spent| effort(spent, transcript.audio)));
    lines
        .extend(transcript.written().into_iter().map(|(segment, reason)| written(segment, reason)));
    lines
}

fn effort(Effort { wall, cpu }: Effort, audio: Duration) -> String {
    let (wall, cpu, audio) = (wall.as_secs_f64(), cpu.as_secs_f64(), audio.as_secs_f64());
    let of_length =
        if audio > 0.0 { format!(", {:.3} of its length", wall / audio) } else { String::new() };
    format!("  took {wall:.2} s, {cpu:.2} s of processor time{of_length}")
}

fn written(segment: &Segment, reason: Option<RemovalReason>) -> String {
    let Segment { start, end, text, confidence, no_speech, voice } = segment;
    let (span, text) = (span(*start, *end), one_line(text));
    let voice = voice.map_or(String::new(), |it| format!(", voice {:.1} s", it.as_secs_f64()));
    match reason {
        None => {
            let doubtful = if is_doubtful(segment) { "doubtful  " } else { "" };
            format!("  {span}  confidence {confidence:.2}{voice}  {doubtful}{text}")
        }
        Some(reason) => format!(
            "  {span}  confidence {confidence:.2}{voice}  left out, {}; no speech {no_speech:.2}: \
             {text}",
            reason.in_words()
        ),
    }
}

fn span(start: Duration, end: Duration) -> String {
    let clock = |at: Duration| {
        let (seconds, hundredths) = (at.as_secs(), at.subsec_millis() / 10);
        format!("{}:{:02}.{hundredths:02}", seconds / 60, seconds % 60)
    };
    format!("{}–{}", clock(start), clock(end))
}

#[cfg(test)]
mod tests {
    use watchme_core::{Effort, LedgerEntry, Removed, Slot, Sound, Transcript};

    use super::*;

    fn slot() -> Slot {
        Slot {
            device: "d1".parse().unwrap(),
            date: "2025-07-18".parse().unwrap(),
            block: "12-00".parse().unwrap(),
        }
    }

    fn recording(status: Option<RecordingStatus>, kept: Option<Transcript>) -> ExplainedRecording {
        let kept = kept.map(|transcript| LedgerRecord {
            entry: LedgerEntry {
                object_key: "a.wav".parse().unwrap(),
                slot: slot(),
                model: "base".parse().unwrap(),
                transcript,
            },
            at: "2025-07-18T03:00:00Z".parse().unwrap(),
        });
        ExplainedRecording { object_key: "a.wav".parse().unwrap(), recorded_at: None, status, kept }
    }

    fn shown(text: Option<&str>, recordings: Vec<ExplainedRecording>) -> Vec<String> {
        let text = text.map(str::to_owned);
        let tokyo = TimeZone::fixed(jiff::tz::offset(9));
        of_slot(&Explanation { slot: slot(), text, recordings }, &tokyo)
    }

    #[test]
    fn what_was_heard_and_what_was_left_out_stand_in_their_order() {
        let segment = |second: u64, text: &str| Segment {
            start: Duration::from_millis(second * 1000 + 250),
            end: Duration::from_secs(second + 61),
            text: text.to_owned(),
            confidence: 0.876,
            no_speech: 0.25,
            voice: (second > 0).then_some(Duration::from_secs(4)),
        };
        let kept = Transcript {
            segments: vec![segment(3, " はい。")],
            removed: vec![Removed {
                segment: segment(0, "上に\n上に"),
                reason: RemovalReason::Loop,
            }],
            language: Some("ja".to_owned()),
            audio: Duration::from_mins(1),
            speech: Duration::from_millis(12_340),
            sound: Sound { peak: 0.5, loudest_second: 0.012_34, voiced: Duration::from_secs(10) },
            effort: Some(Effort {
                wall: Duration::from_millis(1_530),
                cpu: Duration::from_millis(2_940),
            }),
        };
        let completed = Some(RecordingStatus::Completed);
        assert_eq!(
            shown(Some("はい。"), vec![recording(completed, Some(kept))]),
            [
                "d1 2025-07-18 12-00  はい。",
                "",
                "a.wav  completed",
                "  somebody spoke",
                "  model base, ja, at 2025-07-18 12:00:00",
                "  60.0 s long, 12.3 s given to the model, 10.0 s of voice",
                "  peak 0.5000, loudest second 0.0123 of full scale",
                "  took 1.53 s, 2.94 s of processor time, 0.026 of its length",
                "  0:00.25–1:01.00  confidence 0.88  left out, says the same over and over; no speech 0.25: 上に 上に",
                "  0:03.25–1:04.00  confidence 0.88, voice 4.0 s  doubtful  はい。",
            ]
        );
    }

    #[test]
    fn a_slot_of_which_nothing_is_kept_says_why() {
        let pending = Some(RecordingStatus::Pending);
        for (text, recordings, head, last) in [
            (
                None,
                vec![],
                "no text is saved",
                "no recording: the device was off, or its row is gone",
            ),
            (
                None,
                vec![recording(pending, None)],
                "no text is saved",
                "  nothing is kept of it: it is not transcribed yet",
            ),
            (
                Some(""),
                vec![recording(Some(RecordingStatus::Completed), None)],
                "silent",
                "  nothing is kept of it: it was transcribed before there was a ledger",
            ),
        ] {
            let lines = shown(text, recordings);
            assert_eq!(lines[0], format!("d1 2025-07-18 12-00  {head}"));
            assert_eq!(lines.last().map(String::as_str), Some(last));
        }
    }

    #[test]
    fn a_change_says_what_was_and_what_is() {
        let change = |before, after| {
            of_change(&SegmentChange {
                object_key: "a.wav".parse().unwrap(),
                start: Duration::ZERO,
                end: Duration::from_secs(1),
                text: " はい。".to_owned(),
                before,
                after,
            })
        };
        let (looped, stock) = (Some(RemovalReason::Loop), Some(RemovalReason::StockPhrase));
        assert_eq!(
            change(looped, None),
            "  0:00.00–0:01.00  given back, was left out for `loop`: はい。"
        );
        assert_eq!(
            change(None, looped),
            "  0:00.00–0:01.00  left out: says the same over and over: はい。"
        );
        assert_eq!(
            change(looped, stock),
            "  0:00.00–0:01.00  still left out, now for `stock_phrase`, not `loop`: はい。"
        );
    }
}
