//! `watchme devices`: lists the devices with their backlogs.

use jiff::Timestamp;
use watchme_app::App;
use watchme_wire::DevicesBody;

use crate::error::{CommandError, ExitStatus};
use crate::output::Output;
use crate::render::devices;

pub(crate) async fn run(app: &App, output: &Output) -> Result<ExitStatus, CommandError> {
    let found = app.claims().devices().await?;
    if output.is_json {
        output.json(&DevicesBody::new(&found));
        return Ok(ExitStatus::Done);
    }
    for line in devices::table(&found, Timestamp::now()) {
        output.line(line);
    }
    Ok(ExitStatus::Done)
}
