//! A PostgREST in memory, over HTTP: the two tables as Supabase serves them, faults on demand.
//!
//! It answers what the official clients and ours send: filters (`eq neq gt gte lt lte in is`,
//! `not`, `or`, `and`), `select`, `order`, `limit` and `offset`, `count=exact`, single objects,
//! inserts and upserts, updates and deletes, each with PostgREST's statuses, headers and error
//! bodies. Functions (`/rpc`), embedding and the `Range` header are left out.

mod error;
mod fault;
mod filter;
mod request;
mod respond;
mod server;
mod table;
mod value;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::{Value, json};

use crate::RecordingSeed;

pub use fault::Fault;
pub use request::LoggedRequest;
pub use table::{ColumnKind, Row};

use table::Table;

/// A running PostgREST stand-in. It serves until the test's runtime ends.
#[derive(Debug, Clone)]
pub struct PostgrestFake {
    database: Arc<Mutex<Database>>,
    url: String,
}

/// Treatment of a caller by row-level security.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RowSecurity {
    /// The key is trusted.
    Off,
    /// No row is visible: nothing is read and every write answers 200 and `[]`.
    HidesRows,
    /// Rows are visible and every write is refused with `42501`.
    RefusesWrites,
}

/// The state behind the server.
#[derive(Debug)]
pub(crate) struct Database {
    pub(crate) tables: Vec<Table>,
    pub(crate) row_security: RowSecurity,
    /// No answer has more rows than this, whatever `limit` says.
    pub(crate) max_rows: usize,
    pub(crate) faults: Vec<Fault>,
    pub(crate) log: Vec<LoggedRequest>,
}

impl PostgrestFake {
    /// A key that is accepted, in the shape Supabase gives out now. It is no token and may stand
    /// in `apikey` only.
    pub const SECRET_KEY: &str = "sb_secret_fake0fake0fake0fake0fa_fakefake";

    /// A key that is accepted, in the older shape: a token with the role `service_role`, valid
    /// until the year 2100. Its signature is nobody's.
    pub const SERVICE_JWT: &str = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.\
        eyJyb2xlIjoic2VydmljZV9yb2xlIiwiaXNzIjoic3VwYWJhc2UiLCJleHAiOjQxMDI0NDQ4MDB9.\
        ZmFrZS1zaWduYXR1cmUtZmFrZS1zaWduYXR1cmU";

    /// Starts a server with two empty tables, `audio_files` and `vibe_whisper`.
    pub async fn start() -> Self {
        let database = Arc::new(Mutex::new(Database {
            tables: vec![Table::audio_files(), Table::vibe_whisper()],
            row_security: RowSecurity::Off,
            // The default of a Supabase project.
            max_rows: 1000,
            faults: Vec::new(),
            log: Vec::new(),
        }));
        let url = server::serve(database.clone()).await;
        Self { database, url }
    }

    /// Returns the value for `SUPABASE_URL`: the address before `/rest/v1`.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Adds a row as an SQL `INSERT` would, with defaults for missing columns.
    ///
    /// # Panics
    /// If the table would refuse the row.
    pub fn insert(&self, table: &str, row: Value) {
        let mut database = self.lock();
        let result = match row {
            Value::Object(row) => database.table_mut(table).insert(&row),
            other => panic!("not a row: {other}"),
        };
        if let Err(error) = result {
            panic!("`{table}` refuses the row: {error:?}");
        }
    }

    /// Adds a recording. A seed with `local_date` or `time_block` needs these columns:
    /// [`PostgrestFake::add_day_columns`].
    pub fn insert_recording(&self, seed: &RecordingSeed) {
        self.insert("audio_files", seed.to_row());
    }

    /// Adds the columns `local_date` and `time_block` of later tables to `audio_files`.
    pub fn add_day_columns(&self) {
        self.add_column("audio_files", "local_date", ColumnKind::Date, Value::Null);
        self.add_column("audio_files", "time_block", ColumnKind::Text, Value::Null);
    }

    /// Puts a row in as it is, past every constraint, for rows that a sound table cannot have.
    /// Values have to be written as PostgREST prints them.
    ///
    /// # Panics
    /// If there is no such table.
    pub fn insert_unchecked(&self, table: &str, row: Row) {
        self.lock().table_mut(table).push(row);
    }

    /// Returns the rows of a table, in no particular order.
    ///
    /// # Panics
    /// If there is no such table.
    #[must_use]
    pub fn rows(&self, table: &str) -> Vec<Row> {
        self.lock().table_mut(table).rows.clone()
    }

    /// Returns the statuses of the recordings with this `file_path`, in no particular order.
    #[must_use]
    pub fn statuses(&self, file_path: &str) -> Vec<String> {
        let text =
            |row: &Row, column: &str| row.get(column).and_then(Value::as_str).map(str::to_owned);
        self.rows("audio_files")
            .iter()
            .filter(|row| text(row, "file_path").as_deref() == Some(file_path))
            .filter_map(|row| text(row, "transcriptions_status"))
            .collect()
    }

    /// Returns the saved texts, as `(device, date, time block, text)` in that order.
    #[must_use]
    pub fn transcripts(&self) -> Vec<(String, String, String, String)> {
        let text = |row: &Row, column: &str| {
            row.get(column).and_then(Value::as_str).unwrap_or_default().to_owned()
        };
        let mut saved: Vec<_> = self
            .rows("vibe_whisper")
            .iter()
            .map(|row| {
                let [device, date, block, words] =
                    ["device_id", "date", "time_block", "transcription"]
                        .map(|name| text(row, name));
                (device, date, block, words)
            })
            .collect();
        saved.sort();
        saved
    }

    /// Adds a column that may be null; rows get `default`.
    ///
    /// # Panics
    /// If there is no such table.
    pub fn add_column(&self, table: &str, name: &str, kind: ColumnKind, default: Value) {
        self.lock().table_mut(table).add_column(name, kind, default);
    }

    /// Drops a column.
    ///
    /// # Panics
    /// If there is no such table.
    pub fn drop_column(&self, table: &str, name: &str) {
        self.lock().table_mut(table).drop_column(name);
    }

    /// Drops a table.
    pub fn drop_table(&self, name: &str) {
        self.lock().tables.retain(|table| table.name != name);
    }

    /// Cuts every answer to this many rows, silently, as `max-rows` does.
    pub fn set_max_rows(&self, rows: usize) {
        self.lock().max_rows = rows;
    }

    /// Switches row-level security for every caller.
    pub fn set_row_security(&self, row_security: RowSecurity) {
        self.lock().row_security = row_security;
    }

    /// Adds a fault, beginning with the next matching request. Faults are used
    /// up in the order they came.
    pub fn inject(&self, fault: Fault) {
        self.lock().faults.push(fault);
    }

    /// Removes all faults.
    pub fn clear_faults(&self) {
        self.lock().faults.clear();
    }

    /// Returns every request so far, faulty ones included.
    #[must_use]
    pub fn requests(&self) -> Vec<LoggedRequest> {
        self.lock().log.clone()
    }

    /// Forgets the requests so far.
    pub fn clear_requests(&self) {
        self.lock().log.clear();
    }

    fn lock(&self) -> MutexGuard<'_, Database> {
        lock(&self.database)
    }
}

impl Database {
    /// Returns the table, for callers in the test itself.
    fn table_mut(&mut self, name: &str) -> &mut Table {
        match self.tables.iter_mut().find(|table| table.name == name) {
            Some(table) => table,
            None => panic!("no table `{name}`"),
        }
    }
}

/// Ignores poisoning, which only means that a test failed elsewhere.
pub(crate) fn lock(database: &Mutex<Database>) -> MutexGuard<'_, Database> {
    database.lock().unwrap_or_else(PoisonError::into_inner)
}

impl RecordingSeed {
    /// Returns the row as JSON, with `local_date` and `time_block` if it has them.
    #[must_use]
    pub fn to_row(&self) -> Value {
        let mut row = json!({
            "device_id": self.device,
            "recorded_at": self.recorded_at,
            "file_path": self.object_key,
            "transcriptions_status": self.status,
        });
        for (name, text) in [("local_date", &self.local_date), ("time_block", &self.time_block)] {
            if let Some(text) = text {
                row[name] = Value::from(text.as_str());
            }
        }
        row
    }
}
