//! `watchme reprocess --filter-only`: applies this version's rules to the kept segments.

use serde::Serialize;
use watchme_app::App;
use watchme_core::{RefilterOutcome, Refiltered, RemovalReason, SegmentChange};

use super::{Day, counted, refuse_unknown};
use crate::args::ReprocessArgs;
use crate::error::{CommandError, ExitStatus};
use crate::output::Output;
use crate::render::explanation;

#[derive(Serialize)]
struct ReprocessBody {
    dry_run: bool,
    slots: Vec<SlotBody>,
}

#[derive(Serialize)]
struct SlotBody {
    time_block: String,
    outcome: &'static str,
    changes: Vec<ChangeBody>,
}

#[derive(Serialize)]
struct ChangeBody {
    file: String,
    start_seconds: f64,
    end_seconds: f64,
    text: String,
    /// Reason for leaving the segment out, before and after; `null` if it is in the text.
    before: Option<&'static str>,
    after: Option<&'static str>,
}

pub(crate) async fn run(
    args: ReprocessArgs,
    app: &App,
    output: &Output,
) -> Result<ExitStatus, CommandError> {
    let is_dry = args.dry_run;
    let Some(day) = Day::of(args.day) else {
        return Err(CommandError::new("no day is named", "`--device` and `--date` name one"));
    };
    let ledger = app.ledger();
    let slots = ledger.refilter(&day.device, day.date, day.blocks.as_ref(), is_dry).await?;
    if slots.is_empty() {
        refuse_unknown(app, &day.device, day.date).await?;
        let what = format!("the ledger has nothing of `{}` on {}", day.device, day.date);
        return Err(CommandError::new(what, "transcribe its recordings first"));
    }
    if output.is_json {
        let slots = slots.iter().map(SlotBody::from).collect();
        output.json(&ReprocessBody { dry_run: is_dry, slots });
    } else {
        show(&slots, is_dry, output);
    }
    Ok(ExitStatus::Done)
}

fn show(slots: &[Refiltered], is_dry: bool, output: &Output) {
    for slot in slots.iter().filter(|slot| slot.outcome != RefilterOutcome::Unchanged) {
        output.line(format!("{}  {}", slot.slot, said(slot.outcome, is_dry)));
        for change in &slot.changes {
            output.line(explanation::of_change(change));
        }
    }
    let revised = slots.iter().filter(|slot| slot.outcome == RefilterOutcome::Revised).count();
    let done = if is_dry { "would be saved anew" } else { "saved anew" };
    let of = counted(slots.len(), "kept slot");
    output.note(format!("{} {done}, of {of}", counted(revised, "text")));
}

fn said(outcome: RefilterOutcome, is_dry: bool) -> &'static str {
    match outcome {
        RefilterOutcome::Unchanged => "as before",
        RefilterOutcome::Revised if is_dry => "would be saved anew",
        RefilterOutcome::Revised => "saved anew",
        RefilterOutcome::NotKept => {
            "left alone: not all of its recordings are kept; transcribe them again"
        }
        RefilterOutcome::OtherText => {
            "left alone: its text is not of what is kept; transcribe its recordings again"
        }
    }
}

impl From<&Refiltered> for SlotBody {
    fn from(slot: &Refiltered) -> Self {
        Self {
            time_block: slot.slot.block.to_string(),
            outcome: slot.outcome.as_str(),
            changes: slot.changes.iter().map(ChangeBody::from).collect(),
        }
    }
}

impl From<&SegmentChange> for ChangeBody {
    fn from(change: &SegmentChange) -> Self {
        Self {
            file: change.object_key.to_string(),
            start_seconds: change.start.as_secs_f64(),
            end_seconds: change.end.as_secs_f64(),
            text: change.text.clone(),
            before: change.before.map(RemovalReason::as_str),
            after: change.after.map(RemovalReason::as_str),
        }
    }
}
