//! The costs of a month.

use super::Ledger;
use crate::domain::Month;
use crate::ports::LedgerError;
use crate::rules::{Costs, Tally};

impl Ledger {
    /// Adds up the effort of a local month's recordings, of all devices. They are read page by
    /// page, and only numbers of each are held.
    pub async fn costs(&self, month: Month) -> Result<Costs, LedgerError> {
        let (days, mut after, mut tally) = (month.span(), None, Tally::default());
        loop {
            let page = self.store.measured(&days, after.as_ref()).await?;
            let Some(last) = page.last() else { return Ok(tally.finish()) };
            after = Some(last.object_key.clone());
            for measured in &page {
                tally.add(measured);
            }
        }
    }
}
