//! `watchme devices`: every device of the store, with its backlog.

use jiff::Timestamp;
use watchme_app::App;
use watchme_wire::DevicesBody;

use crate::devices;
use crate::output::Output;
use crate::trouble::{Ending, Trouble};

pub(crate) async fn run(app: &App, output: &Output) -> Result<Ending, Trouble> {
    let found = app.claims().devices().await?;
    if output.is_json {
        output.json(&DevicesBody::new(&found));
        return Ok(Ending::Done);
    }
    for line in devices::table(&found, Timestamp::now()) {
        output.line(line);
    }
    Ok(Ending::Done)
}
