//! The ledger: each method of the port as a call or a read of what `supabase/migrations` make.

use std::sync::atomic::Ordering;

use async_trait::async_trait;
use serde_json::{Value, json};
use tracing::warn;
use watchme_core::{LedgerEntry, LedgerError, LedgerRecord, LedgerStore, Revision, Slot};

use crate::answer::Row;
use crate::claims::{INSTALL, is_not_installed, odd};
use crate::error::{BACKEND, RequestError};
use crate::ledger_rows::{self, COLUMNS};
use crate::listing::Listing;
use crate::rows;
use crate::store::SupabaseStore;

/// The table of the ledger.
pub(crate) const LEDGER: &str = "transcription_ledger";

const KEEP: &str = "rpc/keep_transcription";
const REVISE: &str = "rpc/revise_transcription";

#[async_trait]
impl LedgerStore for SupabaseStore {
    async fn keep(&self, entry: &LedgerEntry) -> Result<(), LedgerError> {
        match self.change(KEEP, ledger_rows::body(entry)).await {
            Ok(outcome) if outcome == "recorded" => Ok(()),
            Ok(_) => Err(odd(KEEP).into()),
            Err(error) => {
                if matches!(error, LedgerError::NotInstalled { .. }) {
                    self.warn_of_no_ledger();
                }
                Err(error)
            }
        }
    }

    async fn kept(&self, slot: &Slot) -> Result<Vec<LedgerRecord>, LedgerError> {
        let filters = vec![
            ("device_id", format!("eq.{}", slot.device)),
            ("date", format!("eq.{}", slot.date)),
            ("time_block", format!("eq.{}", slot.block)),
        ];
        let order = &["object_key"];
        let listing = Listing { table: LEDGER, columns: COLUMNS, filters, order };
        let rows = listing.read(self.client(), self.page_rows()).await.map_err(refused)?;
        let record = |row: &Row| ledger_rows::record(row, slot).ok_or_else(|| odd(LEDGER).into());
        let mut records =
            rows.iter().map(record).collect::<Result<Vec<LedgerRecord>, LedgerError>>()?;
        records.sort_by(|a, b| a.entry.object_key.cmp(&b.entry.object_key));
        Ok(records)
    }

    async fn revise(&self, revision: &Revision) -> Result<(), LedgerError> {
        let Revision { slot, text, previous, records } = revision;
        let entry = |record: &LedgerRecord| {
            json!({
                "object_key": record.entry.object_key.as_str(),
                "transcribed_at": record.at.to_string(),
                "segments": ledger_rows::segments(&record.entry.transcript),
            })
        };
        let mut asked = rows::transcript_body(slot, text);
        asked["previous"] = json!(previous);
        asked["entries"] = records.iter().map(entry).collect();
        match self.change(REVISE, asked).await?.as_str() {
            "done" => Ok(()),
            "changed" => Err(LedgerError::Changed),
            _ => Err(odd(REVISE).into()),
        }
    }
}

impl SupabaseStore {
    /// Says once in a process that what is heard is not kept.
    pub(crate) fn warn_of_no_ledger(&self) {
        if !self.has_warned().swap(true, Ordering::Relaxed) {
            warn!("the project has no table `{LEDGER}`: what is heard is not kept; {INSTALL}");
        }
    }

    /// Calls a function that changes the ledger, and reads its outcome.
    async fn change(&self, function: &'static str, asked: Value) -> Result<String, LedgerError> {
        let rows = self.ask(function, asked).await.map_err(refused)?;
        let outcome = rows.first().and_then(|row| row.get("outcome")).and_then(Value::as_str);
        Ok(outcome.ok_or_else(|| odd(function))?.to_owned())
    }
}

fn refused(error: RequestError) -> LedgerError {
    if is_not_installed(&error) {
        return LedgerError::NotInstalled { backend: BACKEND, mend: INSTALL };
    }
    watchme_core::StoreError::from(error).into()
}
