//! Compares the demo's day with what is expected.

use serde::Serialize;
use watchme_core::rules::{DaySlot, SlotState};
use watchme_core::{FailureKind, Report};

use super::layout::{Expected, Layout, What};
use crate::output;
use crate::output::Output;
use crate::render::day;

/// Every slot of the demo with its verdict.
#[derive(Serialize)]
pub(super) struct Verdicts {
    is_as_expected: bool,
    slots: Vec<SlotVerdict>,
}

#[derive(Serialize)]
struct SlotVerdict {
    time_block: String,
    /// `text`, `silent`, `missing`, `failed`, or the status of a waiting row.
    state: String,
    /// Transcript, or the reason why the recording failed.
    text: String,
    is_as_expected: bool,
    /// Reason for `is_as_expected`.
    verdict: String,
}

impl Verdicts {
    pub(super) fn is_as_expected(&self) -> bool {
        self.is_as_expected
    }

    pub(super) fn print(&self, output: &Output) {
        if output.is_json {
            output.json(self);
            return;
        }
        for slot in &self.slots {
            let mark = if slot.is_as_expected { "ok" } else { "WRONG" };
            let heading = format!("{}  {:7}  {mark:5}  ", slot.time_block, slot.state);
            let line = match slot.text.as_str() {
                "" => format!("{heading}({})", slot.verdict),
                text => format!("{heading}{}  ({})", day::one_line(text), slot.verdict),
            };
            output.line(day::shortened(&line, output::columns()));
        }
    }
}

/// Compares each slot with the layout.
pub(super) fn judge(layout: &Layout, slots: &[DaySlot], report: &Report) -> Verdicts {
    let slots: Vec<SlotVerdict> = layout
        .slots
        .iter()
        .map(|expected| {
            let found = slots.iter().find(|slot| slot.block == expected.block);
            let state = found.map_or(&SlotState::NoRecording, |slot| &slot.state);
            judge_slot(expected, state, report)
        })
        .collect();
    Verdicts { is_as_expected: slots.iter().all(|slot| slot.is_as_expected), slots }
}

fn judge_slot(expected: &Expected, state: &SlotState, report: &Report) -> SlotVerdict {
    let failure = report.failed().find(|(item, _)| item.label == expected.key.as_str());
    let kind = failure.map(|(_, failure)| failure.kind);
    let (name, text) = match (state, failure) {
        (SlotState::Text(text), _) => ("text", text.clone()),
        (SlotState::Silent, _) => ("silent", String::new()),
        (_, Some((_, failure))) if failure.kind == FailureKind::Missing => {
            ("missing", String::new())
        }
        (_, Some((_, failure))) => ("failed", failure.reason.clone()),
        (SlotState::NoRecording, None) => ("no row", String::new()),
        (SlotState::Waiting(status), None) => (status.as_str(), String::new()),
    };
    let (is_as_expected, verdict) = match (&expected.what, state) {
        (What::Speech { text, .. }, SlotState::Text(heard)) if heard == text => {
            (true, "equals the manifest".to_owned())
        }
        (What::Speech { text, .. }, _) => (false, format!("the manifest has: {text}")),
        (What::Silence { .. }, SlotState::Silent) => (true, "nobody speaks".to_owned()),
        (What::Silence { .. }, _) => (false, "nobody speaks in it".to_owned()),
        (What::Missing, _) => {
            (kind == Some(FailureKind::Missing), "the row has no object, on purpose".to_owned())
        }
        (What::Broken, _) => (
            matches!(kind, Some(FailureKind::UnsupportedAudio | FailureKind::DamagedAudio)),
            "a text file, on purpose".to_owned(),
        ),
    };
    SlotVerdict {
        time_block: expected.block.to_string(),
        state: name.to_owned(),
        text,
        is_as_expected,
        verdict,
    }
}
