//! The store: each method of the port as requests to PostgREST.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::ops::RangeInclusive;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use async_trait::async_trait;
use jiff::Timestamp;
use reqwest::Method;
use secrecy::ExposeSecret;
use serde_json::json;
use url::form_urlencoded;
use watchme_core::{
    Check, DeviceId, LocalDate, ObjectKey, RecordingId, RecordingQuery, RecordingRow,
    RecordingStatus, SavedSlot, SavedTranscript, Slot, StoreError, TranscriptStore,
};

use crate::client::{Client, Request};
use crate::error::{BACKEND, NOTHING_WRITTEN};
use crate::key::Key;
use crate::listing::Listing;
use crate::rows::{self, RECORDINGS, TRANSCRIPTS};
use crate::{Config, ConfigError, check};

/// Length of the value of one filter in the address, in bytes, unless a single key needs more:
/// servers on the way refuse addresses beyond 8 kB.
const LONGEST_LIST_BYTES: usize = 3000;

/// Store in the tables `audio_files` and `vibe_whisper` of a Supabase project. Cheap to clone;
/// clones share their connections.
#[derive(Clone)]
pub struct SupabaseStore {
    client: Arc<Client>,
    key: Arc<Key>,
    page_rows: usize,
    /// Host of the project, for findings and for `Debug`.
    host: String,
    /// True once a warning has said that the project keeps no ledger.
    has_warned: Arc<AtomicBool>,
}

impl SupabaseStore {
    /// Makes a store in a project. Sends nothing yet.
    pub fn new(config: &Config) -> Result<Self, ConfigError> {
        Ok(Self {
            client: Arc::new(Client::new(config)?),
            key: Arc::new(Key::read(config.key.expose_secret())),
            page_rows: config.page_rows.max(1),
            host: config.url.host_str().unwrap_or_default().to_owned(),
            has_warned: Arc::default(),
        })
    }

    pub(crate) fn has_warned(&self) -> &AtomicBool {
        &self.has_warned
    }

    pub(crate) fn client(&self) -> &Client {
        &self.client
    }

    pub(crate) fn page_rows(&self) -> usize {
        self.page_rows
    }

    async fn list_in(&self, status: &RecordingStatus) -> Result<Vec<RecordingRow>, StoreError> {
        self.list(vec![("transcriptions_status", format!("eq.{status}"))]).await
    }

    async fn list(
        &self,
        filters: Vec<(&'static str, String)>,
    ) -> Result<Vec<RecordingRow>, StoreError> {
        let order = &["recorded_at", "device_id"];
        let listing = Listing { table: RECORDINGS, columns: "*", filters, order };
        let rows = listing.read(&self.client, self.page_rows).await?;
        rows.iter().map(rows::recording).collect()
    }
}

#[async_trait]
impl TranscriptStore for SupabaseStore {
    async fn recordings(&self, query: &RecordingQuery) -> Result<Vec<RecordingRow>, StoreError> {
        match query {
            RecordingQuery::Window { device, from, until } => {
                let filters = vec![
                    ("device_id", format!("eq.{device}")),
                    ("recorded_at", format!("gte.{}", time(*from))),
                    ("recorded_at", format!("lt.{}", time(*until))),
                ];
                self.list(filters).await
            }
            RecordingQuery::Pending => self.list_in(&RecordingStatus::Pending).await,
            RecordingQuery::Failed => self.list_in(&RecordingStatus::Failed).await,
            RecordingQuery::Objects(keys) => {
                let mut rows = Vec::new();
                for list in filter_lists(keys) {
                    rows.extend(self.list(vec![("file_path", list)]).await?);
                }
                // Each list came in order, not all of them together. Rows without a time go last.
                rows.sort_by_cached_key(|row| {
                    let recorded_at = recorded_at_of(row);
                    (recorded_at.is_none(), recorded_at)
                });
                Ok(rows)
            }
        }
    }

    async fn save(&self, slot: &Slot, text: &str) -> Result<(), StoreError> {
        let request = Request {
            method: Method::POST,
            table: TRANSCRIPTS,
            query: vec![("on_conflict", "device_id,date,time_block".to_owned())],
            prefer: "resolution=merge-duplicates,return=representation",
            body: Some(rows::transcript_body(slot, text)),
        };
        let answer = self.client.send(&request).await?;
        if answer.rows.iter().any(|row| rows::is_of_slot(row, slot)) {
            return Ok(());
        }
        let reason = if answer.rows.is_empty() {
            NOTHING_WRITTEN
        } else {
            "another row came back than was sent; look for a trigger or a rule on the table"
        };
        Err(StoreError::NotWritten { backend: BACKEND, table: TRANSCRIPTS, reason })
    }

    async fn mark(&self, id: &RecordingId, status: &RecordingStatus) -> Result<(), StoreError> {
        let request = Request {
            method: Method::PATCH,
            table: RECORDINGS,
            query: vec![
                ("device_id", format!("eq.{}", id.device)),
                ("recorded_at", format!("eq.{}", id.recorded_at)),
            ],
            prefer: "return=representation",
            body: Some(json!({ "transcriptions_status": status.as_str() })),
        };
        let answer = self.client.send(&request).await?;
        if answer.rows.is_empty() {
            let (table, reason) = (RECORDINGS, NOTHING_WRITTEN);
            return Err(StoreError::NotWritten { backend: BACKEND, table, reason });
        }
        Ok(())
    }

    async fn transcripts(
        &self,
        device: &DeviceId,
        date: LocalDate,
    ) -> Result<Vec<SavedTranscript>, StoreError> {
        let listing = Listing {
            table: TRANSCRIPTS,
            columns: "time_block,transcription",
            filters: vec![("device_id", format!("eq.{device}")), ("date", format!("eq.{date}"))],
            order: &["time_block"],
        };
        let rows = listing.read(&self.client, self.page_rows).await?;
        let texts = rows.iter().filter_map(|row| rows::transcript(device, date, row));
        let mut texts: Vec<_> = texts.collect();
        texts.sort_by_key(|saved| saved.slot.block);
        Ok(texts)
    }

    async fn saved_slots(
        &self,
        device: &DeviceId,
        days: &RangeInclusive<LocalDate>,
        silence_text: &str,
    ) -> Result<Vec<SavedSlot>, StoreError> {
        // The list that a row is in says what its text would say.
        let silence = format!("in.({},{})", quote(""), quote(silence_text));
        let mut saved = BTreeMap::new();
        for (is_silent, texts) in [(true, silence.clone()), (false, format!("not.{silence}"))] {
            let listing = Listing {
                table: TRANSCRIPTS,
                columns: "date,time_block",
                filters: vec![
                    ("device_id", format!("eq.{device}")),
                    ("date", format!("gte.{}", days.start())),
                    ("date", format!("lte.{}", days.end())),
                    ("transcription", texts),
                ],
                order: &["date", "time_block"],
            };
            for row in listing.read(&self.client, self.page_rows).await? {
                let slot = rows::saved_slot(&row, is_silent);
                saved.extend(slot.map(|slot| ((slot.date, slot.block), slot)));
            }
        }
        Ok(saved.into_values().collect())
    }

    async fn check(&self) -> Vec<Check> {
        check::run(&self.client, &self.key, &self.host, Timestamp::now()).await
    }
}

impl fmt::Debug for SupabaseStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SupabaseStore").field("host", &self.host).finish_non_exhaustive()
    }
}

fn recorded_at_of(row: &RecordingRow) -> Option<watchme_core::RecordedAt> {
    match row {
        RecordingRow::Readable(recording) => Some(recording.id.recorded_at.clone()),
        RecordingRow::Unreadable(row) => row.recorded_at.clone(),
    }
}

/// Writes an instant for a filter. PostgreSQL writes years before the first in another way, but
/// nothing was recorded in them.
fn time(instant: Timestamp) -> String {
    /// `0001-01-01T00:00:00Z`.
    const YEAR_ONE: i64 = -62_135_596_800;
    let earliest = Timestamp::from_second(YEAR_ONE).unwrap_or(Timestamp::UNIX_EPOCH);
    instant.max(earliest).to_string()
}

/// Quotes a text for the list of a filter.
fn quote(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

/// Makes filters `in.("…","…")` of all keys, each short enough for an address.
pub(crate) fn filter_lists(keys: &BTreeSet<ObjectKey>) -> Vec<String> {
    let mut lists: Vec<(usize, Vec<String>)> = Vec::new();
    for key in keys {
        let quoted = quote(key.as_str());
        let encoded: usize = form_urlencoded::byte_serialize(quoted.as_bytes()).map(str::len).sum();
        let bytes = encoded + "%2C".len();
        match lists.last_mut() {
            Some((length, list)) if *length + bytes <= LONGEST_LIST_BYTES => {
                *length += bytes;
                list.push(quoted);
            }
            _ => lists.push((bytes, vec![quoted])),
        }
    }
    lists.into_iter().map(|(_, list)| format!("in.({})", list.join(","))).collect()
}
