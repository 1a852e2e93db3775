//! What the recordings of a month took.

use crate::rules::{Costs, Tally};
use crate::{Ledger, LedgerError, Month};

impl Ledger {
    /// What the recordings of a local month took, of all devices. They are read page by page, and
    /// of each only numbers are held.
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
