//! `watchme cost`: what the recordings of a month took, and what that cost.

use watchme_app::App;
use watchme_wire::CostsBody;

use crate::args::CostArgs;
use crate::bill;
use crate::output::Output;
use crate::trouble::{Ending, Trouble};

pub(crate) async fn run(args: &CostArgs, app: &App, output: &Output) -> Result<Ending, Trouble> {
    let costs = app.ledger().costs(args.month).await?;
    let price = &app.settings().costs;
    let body = CostsBody::new(args.month, &costs, price.hourly_price, &price.currency);
    if output.is_json {
        output.json(&body);
        return Ok(Ending::Done);
    }
    for line in bill::of_month(&body) {
        output.line(line);
    }
    Ok(Ending::Done)
}
