//! `watchme cost`: shows the work and the cost of a month.

use watchme_app::App;
use watchme_wire::CostsBody;

use crate::args::CostArgs;
use crate::error::{CommandError, ExitStatus};
use crate::output::Output;
use crate::render::costs;

pub(crate) async fn run(
    args: &CostArgs,
    app: &App,
    output: &Output,
) -> Result<ExitStatus, CommandError> {
    let costs = app.ledger().costs(args.month).await?;
    let price = &app.settings().costs;
    let body = CostsBody::new(args.month, &costs, price.hourly_price, &price.currency);
    if output.is_json {
        output.json(&body);
        return Ok(ExitStatus::Done);
    }
    for line in costs::of_month(&body) {
        output.line(line);
    }
    Ok(ExitStatus::Done)
}
