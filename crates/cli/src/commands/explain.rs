//! `watchme explain`: explains how a slot came to its text.

use watchme_app::App;
use watchme_core::Slot;
use watchme_wire::ExplanationBody;

use super::refuse_unknown;
use crate::args::ExplainArgs;
use crate::error::{CommandError, ExitStatus};
use crate::output::Output;
use crate::render::explanation;

pub(crate) async fn run(
    args: ExplainArgs,
    app: &App,
    output: &Output,
) -> Result<ExitStatus, CommandError> {
    let slot = Slot { device: args.device, date: args.date, block: args.block };
    let explanation = app.ledger().explain(&slot).await?;
    if explanation.text.is_none() && explanation.recordings.is_empty() {
        refuse_unknown(app, &explanation.slot.device, explanation.slot.date).await?;
    }
    if output.is_json {
        output.json(&ExplanationBody::from(&explanation));
        return Ok(ExitStatus::Done);
    }
    for line in explanation::of_slot(&explanation, &app.settings().speech.zone) {
        output.line(line);
    }
    Ok(ExitStatus::Done)
}
