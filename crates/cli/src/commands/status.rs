//! `watchme status`: a device's day, slot by slot.

use watchme_app::App;
use watchme_wire::DaySlotsBody;

use crate::args::StatusArgs;
use crate::output::Output;
use crate::trouble::{Ending, Trouble};
use crate::{day, output};

pub(crate) async fn run(args: &StatusArgs, app: &App, output: &Output) -> Result<Ending, Trouble> {
    let slots = app.pipeline().day(&args.device, args.date).await?;
    if output.is_json {
        output.json(&DaySlotsBody::new(&args.device, args.date, &slots));
        return Ok(Ending::Done);
    }
    let columns = if args.all { None } else { output::columns() };
    let lines =
        if args.all { day::every_slot(&slots) } else { day::with_empty_slots_joined(&slots) };
    for line in lines {
        output.line(day::shortened(&line, columns));
    }
    Ok(Ending::Done)
}
