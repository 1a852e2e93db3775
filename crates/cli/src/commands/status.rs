//! `watchme status`: shows the day of a device, slot by slot.

use jiff::Timestamp;
use watchme_app::App;
use watchme_core::rules::SlotState;
use watchme_wire::DaySlotsBody;

use super::refuse_unknown;
use crate::args::StatusArgs;
use crate::error::{CommandError, ExitStatus};
use crate::output;
use crate::output::Output;
use crate::render::day;

pub(crate) async fn run(
    args: &StatusArgs,
    app: &App,
    output: &Output,
) -> Result<ExitStatus, CommandError> {
    let pipeline = app.pipeline().clone().claiming(app.claiming());
    let slots = pipeline.day(&args.device, args.date, Timestamp::now()).await?;
    if slots.iter().all(|slot| slot.state == SlotState::NoRecording) {
        refuse_unknown(app, &args.device, args.date).await?;
    }
    if output.is_json {
        output.json(&DaySlotsBody::new(&args.device, args.date, &slots));
        return Ok(ExitStatus::Done);
    }
    let columns = if args.all { None } else { output::columns() };
    let zone = app.settings().speech.zone.clone();
    let name = zone.iana_name().unwrap_or("UTC");
    output.note(format!("{} {}, times of {name}", args.device, args.date));
    let lines = if args.all {
        day::every_slot(&slots, &zone)
    } else {
        day::with_empty_slots_joined(&slots, &zone)
    };
    for line in lines {
        output.line(day::shortened(&line, columns));
    }
    Ok(ExitStatus::Done)
}
