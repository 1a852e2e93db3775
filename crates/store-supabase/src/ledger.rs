//! The ledger: each method of the port as a call of a function, or as a listing of a table, of
//! `supabase/migrations`.

use std::ops::RangeInclusive;
use std::sync::atomic::Ordering;

use async_trait::async_trait;
use reqwest::Method;
use serde_json::{Value, json};
use tracing::warn;
use watchme_core::{
    DeviceId, LedgerEntry, LedgerError, LedgerRecord, LedgerStore, LocalDate, Measured, ObjectKey,
    Revision, Slot,
};

use crate::answer::Row;
use crate::check::is_missing_column;
use crate::claims::{INSTALL, is_not_installed, odd};
use crate::client::Request;
use crate::error::{BACKEND, RequestError};
use crate::ledger_rows;
use crate::listing::Listing;
use crate::rows;
use crate::store::SupabaseStore;

/// Table of the ledger.
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
        self.records(filters).await
    }

    async fn kept_on(
        &self,
        device: &DeviceId,
        date: LocalDate,
    ) -> Result<Vec<LedgerRecord>, LedgerError> {
        let filters = vec![("device_id", format!("eq.{device}")), ("date", format!("eq.{date}"))];
        self.records(filters).await
    }

    async fn measured(
        &self,
        days: &RangeInclusive<LocalDate>,
        after: Option<&ObjectKey>,
    ) -> Result<Vec<Measured>, LedgerError> {
        let mut query = vec![
            ("select", ledger_rows::MEASURED.to_owned()),
            ("date", format!("gte.{}", days.start())),
            ("date", format!("lte.{}", days.end())),
        ];
        query.extend(after.map(|key| ("object_key", format!("gt.{key}"))));
        query.push(("order", "object_key.asc".to_owned()));
        query.push(("limit", self.page_rows().to_string()));
        let request = Request { method: Method::GET, table: LEDGER, query, prefer: "", body: None };
        let answer = self.client().send(&request).await.map_err(|error| {
            // The ledger exists, but lacks the columns of a later migration.
            if is_missing_column(&error) { not_installed() } else { refused(error) }
        })?;
        let measured =
            |row: &Row| ledger_rows::read_measured(row).ok_or_else(|| odd(LEDGER).into());
        let page =
            answer.rows.iter().map(measured).collect::<Result<Vec<Measured>, LedgerError>>()?;
        if page.iter().any(|measured| Some(&measured.object_key) == after) {
            return Err(refused(RequestError::NoPages));
        }
        Ok(page)
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
    /// Lists the records that pass the filters, ordered by block and object key.
    async fn records(
        &self,
        filters: Vec<(&'static str, String)>,
    ) -> Result<Vec<LedgerRecord>, LedgerError> {
        // All columns: a project without the latest migration has fewer, which is no error here.
        let (columns, order) = ("*", &["object_key"]);
        let listing = Listing { table: LEDGER, columns, filters, order };
        let rows = listing.read(self.client(), self.page_rows()).await.map_err(refused)?;
        let record = |row: &Row| ledger_rows::read_record(row).ok_or_else(|| odd(LEDGER).into());
        let mut records =
            rows.iter().map(record).collect::<Result<Vec<LedgerRecord>, LedgerError>>()?;
        let place =
            |record: &LedgerRecord| (record.entry.slot.block, record.entry.object_key.clone());
        records.sort_by_cached_key(place);
        Ok(records)
    }

    /// Warns, once in a process, that what is heard is not kept.
    pub(crate) fn warn_of_no_ledger(&self) {
        if !self.has_warned().swap(true, Ordering::Relaxed) {
            warn!("the project has no table `{LEDGER}`: what is heard is not kept; {INSTALL}");
        }
    }

    /// Calls a function that changes the ledger, and reads its outcome.
    async fn change(&self, function: &'static str, asked: Value) -> Result<String, LedgerError> {
        let rows = self.client().call(function, asked).await.map_err(refused)?;
        let outcome = rows.first().and_then(|row| row.get("outcome")).and_then(Value::as_str);
        Ok(outcome.ok_or_else(|| odd(function))?.to_owned())
    }
}

fn not_installed() -> LedgerError {
    LedgerError::NotInstalled { backend: BACKEND, mend: INSTALL }
}

fn refused(error: RequestError) -> LedgerError {
    if is_not_installed(&error) {
        return not_installed();
    }
    watchme_core::StoreError::from(error).into()
}
