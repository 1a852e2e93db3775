//! `watchme explain`: how a slot came to its text.

use watchme_app::App;
use watchme_core::Slot;
use watchme_wire::ExplanationBody;

use crate::account;
use crate::args::ExplainArgs;
use crate::output::Output;
use crate::trouble::{Ending, Trouble};

pub(crate) async fn run(args: ExplainArgs, app: &App, output: &Output) -> Result<Ending, Trouble> {
    let slot = Slot { device: args.device, date: args.date, block: args.block };
    let explanation = app.ledger().explain(&slot).await?;
    if output.is_json {
        output.json(&ExplanationBody::from(&explanation));
        return Ok(Ending::Done);
    }
    for line in account::of_slot(&explanation, &app.settings().speech.zone) {
        output.line(line);
    }
    Ok(Ending::Done)
}
