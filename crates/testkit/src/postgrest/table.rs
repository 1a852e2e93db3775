//! A table: its columns, its key, its constraints and its rows.

use std::collections::HashSet;

use serde_json::{Map, Value};

use super::error::Refusal;
use super::value::stored;

/// A row as it is printed.
pub type Row = Map<String, Value>;

/// The type of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColumnKind {
    /// `text`.
    Text,
    /// `timestamp with time zone`.
    Timestamp,
    /// `date`.
    Date,
}

#[derive(Debug)]
pub(crate) struct Table {
    pub(crate) name: &'static str,
    pub(crate) rows: Vec<Row>,
    columns: Vec<Column>,
    key: &'static [&'static str],
    /// Every key there has been, so that a new one is found without looking at each row.
    known_keys: HashSet<Vec<Value>>,
}

#[derive(Debug)]
struct Column {
    name: String,
    kind: ColumnKind,
    is_nullable: bool,
    default: Value,
}

/// Treatment of a row that is there already, in an upsert.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum OnConflict {
    Refuse,
    Ignore,
    Merge,
}

/// Result of an insert.
#[derive(Debug)]
pub(crate) enum Inserted {
    New(Row),
    Merged(Row),
    Ignored,
}

impl Table {
    /// Makes `audio_files` as the recorder fills it.
    pub(crate) fn audio_files() -> Self {
        let status = Value::from("pending");
        let created_at = Value::from("2025-07-18T12:31:02.123456+00:00");
        Self {
            name: "audio_files",
            rows: Vec::new(),
            columns: vec![
                Column::required("device_id", ColumnKind::Text),
                Column::required("recorded_at", ColumnKind::Timestamp),
                Column::required("file_path", ColumnKind::Text),
                Column::with_default("transcriptions_status", ColumnKind::Text, status),
                Column::with_default("created_at", ColumnKind::Timestamp, created_at),
            ],
            key: &["device_id", "recorded_at"],
            known_keys: HashSet::new(),
        }
    }

    /// Makes `vibe_whisper` as its readers know it.
    pub(crate) fn vibe_whisper() -> Self {
        Self {
            name: "vibe_whisper",
            rows: Vec::new(),
            columns: vec![
                Column::required("device_id", ColumnKind::Text),
                Column::required("date", ColumnKind::Date),
                Column::required("time_block", ColumnKind::Text),
                Column::nullable("transcription", ColumnKind::Text),
            ],
            key: &["device_id", "date", "time_block"],
            known_keys: HashSet::new(),
        }
    }

    pub(crate) fn add_column(&mut self, name: &str, kind: ColumnKind, default: Value) {
        for row in &mut self.rows {
            row.insert(name.to_owned(), default.clone());
        }
        self.columns.push(Column::with_default(name, kind, default));
    }

    pub(crate) fn drop_column(&mut self, name: &str) {
        self.columns.retain(|column| column.name != name);
        for row in &mut self.rows {
            row.shift_remove(name);
        }
    }

    pub(crate) fn kind_of(&self, column: &str) -> Result<ColumnKind, Refusal> {
        self.column(column)
            .map(|column| column.kind)
            .ok_or_else(|| Refusal::no_column(self.name, column))
    }

    /// True if these columns are the key, the only unique constraint there is.
    pub(crate) fn is_key(&self, columns: &[&str]) -> bool {
        columns.len() == self.key.len() && self.key.iter().all(|name| columns.contains(name))
    }

    pub(crate) fn insert(&mut self, row: &Row) -> Result<(), Refusal> {
        self.upsert(row, OnConflict::Refuse).map(|_| ())
    }

    pub(crate) fn upsert(&mut self, given: &Row, mode: OnConflict) -> Result<Inserted, Refusal> {
        self.check_columns(given)?;
        let mut row = Row::new();
        for column in &self.columns {
            let value = given.get(&column.name).unwrap_or(&column.default);
            row.insert(column.name.clone(), stored(column.kind, value)?);
        }
        self.check_constraints(&row)?;
        let is_new = !self.known_keys.contains(&self.key_of(&row));
        let same = || self.rows.iter().position(|other| self.key_of(other) == self.key_of(&row));
        let Some(index) = (if is_new { None } else { same() }) else {
            self.push(row.clone());
            return Ok(Inserted::New(row));
        };
        match mode {
            OnConflict::Ignore => Ok(Inserted::Ignored),
            OnConflict::Merge => self.update(index, given).map(Inserted::Merged),
            OnConflict::Refuse => Err(self.duplicate(&row)),
        }
    }

    /// Changes the given columns of a row. As in PostgreSQL, a changed row moves to the end, so
    /// that nobody can rely on an order they did not ask for.
    pub(crate) fn update(&mut self, index: usize, given: &Row) -> Result<Row, Refusal> {
        self.check_columns(given)?;
        let mut row = self.rows[index].clone();
        for (name, value) in given {
            row.insert(name.clone(), stored(self.kind_of(name)?, value)?);
        }
        self.check_constraints(&row)?;
        self.rows.remove(index);
        self.push(row.clone());
        Ok(row)
    }

    pub(crate) fn check_columns(&self, given: &Row) -> Result<(), Refusal> {
        match given.keys().find(|name| self.column(name).is_none()) {
            None => Ok(()),
            Some(name) => {
                let table = self.name;
                let message =
                    format!("Could not find the '{name}' column of '{table}' in the schema cache");
                Err(Refusal::new(400, "PGRST204", message))
            }
        }
    }

    fn check_constraints(&self, row: &Row) -> Result<(), Refusal> {
        let table = self.name;
        let is_missing = |column: &&Column| {
            !column.is_nullable && row.get(&column.name).is_none_or(Value::is_null)
        };
        if let Some(column) = self.columns.iter().find(is_missing) {
            let column = &column.name;
            let message = format!(
                "null value in column \"{column}\" of relation \"{table}\" violates not-null constraint"
            );
            return Err(Refusal::new(400, "23502", message).with_details(failing(row)));
        }
        let block = row.get("time_block").and_then(Value::as_str);
        if table == "vibe_whisper" && !block.is_some_and(is_time_block) {
            let message = "new row for relation \"vibe_whisper\" violates check constraint \
                           \"vibe_whisper_time_block_check\"";
            return Err(Refusal::new(400, "23514", message).with_details(failing(row)));
        }
        Ok(())
    }

    /// Adds a row as it is.
    pub(crate) fn push(&mut self, row: Row) {
        self.known_keys.insert(self.key_of(&row));
        self.rows.push(row);
    }

    /// Returns the key of a row. Values have one form, so equal keys are equal texts.
    fn key_of(&self, row: &Row) -> Vec<Value> {
        self.key.iter().map(|name| row.get(*name).cloned().unwrap_or_default()).collect()
    }

    fn duplicate(&self, row: &Row) -> Refusal {
        let table = self.name;
        let values: Vec<_> = self.key.iter().filter_map(|name| row.get(*name)?.as_str()).collect();
        let message = format!("duplicate key value violates unique constraint \"{table}_pkey\"");
        let details =
            format!("Key ({})=({}) already exists.", self.key.join(", "), values.join(", "));
        Refusal::new(409, "23505", message).with_details(details)
    }

    fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.name == name)
    }
}

impl Column {
    fn required(name: &str, kind: ColumnKind) -> Self {
        Self { name: name.to_owned(), kind, is_nullable: false, default: Value::Null }
    }

    fn nullable(name: &str, kind: ColumnKind) -> Self {
        Self::with_default(name, kind, Value::Null)
    }

    fn with_default(name: &str, kind: ColumnKind, default: Value) -> Self {
        Self { name: name.to_owned(), kind, is_nullable: true, default }
    }
}

/// True if a text matches `^[0-2][0-9]-[0-5][0-9]$`.
fn is_time_block(text: &str) -> bool {
    matches!(text.as_bytes(), [b'0'..=b'2', b'0'..=b'9', b'-', b'0'..=b'5', b'0'..=b'9'])
}

/// Prints a refused row as PostgreSQL does: all of it.
fn failing(row: &Row) -> String {
    let values: Vec<_> =
        row.values().map(|value| value.as_str().unwrap_or("null").to_owned()).collect();
    format!("Failing row contains ({}).", values.join(", "))
}
