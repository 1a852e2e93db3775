//! A request, read from its parameters and headers.

use std::collections::BTreeMap;

use axum::http::HeaderMap;
use serde_json::Value;

use super::error::Refusal;
use super::filter::Filter;
use super::table::{OnConflict, Row, Table};

/// A request as it came.
#[derive(Debug, Clone, PartialEq)]
pub struct LoggedRequest {
    /// Its method.
    pub method: String,
    /// Its path, with `/rest/v1`.
    pub path: String,
    /// Its query as it was written, percent signs and all.
    pub raw_query: String,
    /// Its query, decoded, in order.
    pub query: Vec<(String, String)>,
    /// Its headers, names in lower case.
    pub headers: BTreeMap<String, String>,
    /// Its body where that is JSON.
    pub body: Option<Value>,
}

/// Rows and columns that a request reads or writes.
#[derive(Debug, Default)]
pub(crate) struct Wish {
    pub(crate) filters: Vec<Filter>,
    /// `None` for every column.
    pub(crate) columns: Option<Vec<String>>,
    pub(crate) order: Vec<Order>,
    pub(crate) limit: Option<usize>,
    pub(crate) offset: usize,
    /// The `columns` of a bulk insert: others of the body are left out.
    pub(crate) body_columns: Option<Vec<String>>,
    pub(crate) on_conflict: Option<String>,
}

#[derive(Debug)]
pub(crate) struct Order {
    pub(crate) column: String,
    pub(crate) is_descending: bool,
    pub(crate) nulls_first: bool,
}

/// The `Prefer` header.
#[derive(Debug, Default)]
pub(crate) struct Preferences {
    pub(crate) resolution: Option<String>,
    pub(crate) result: Option<String>,
    pub(crate) counts: bool,
}

impl LoggedRequest {
    pub(crate) fn new(method: &str, path: &str, raw_query: &str, headers: &HeaderMap) -> Self {
        let headers = headers
            .iter()
            .map(|(name, value)| {
                (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned())
            })
            .collect();
        let query = decoded(raw_query);
        let (method, path) = (method.to_owned(), path.to_owned());
        Self { method, path, raw_query: raw_query.to_owned(), query, headers, body: None }
    }

    /// Returns the value of a parameter, if it is given once.
    #[must_use]
    pub fn parameter(&self, name: &str) -> Option<&str> {
        let mut found = self.query.iter().filter(|(key, _)| key == name);
        let (_, value) = found.next()?;
        found.next().is_none().then_some(value.as_str())
    }
}

impl Wish {
    pub(crate) fn parse(table: &Table, query: &[(String, String)]) -> Result<Self, Refusal> {
        let mut wish = Self::default();
        for (name, value) in query {
            match name.as_str() {
                "select" => wish.columns = selected(table, value)?,
                "order" => wish.order = ordered(table, value)?,
                "limit" => wish.limit = Some(number("limit", value)?),
                "offset" => wish.offset = number("offset", value)?,
                "columns" => wish.body_columns = Some(names(value)),
                "on_conflict" => wish.on_conflict = Some(value.clone()),
                name => wish.filters.push(Filter::parse(table, name, value)?),
            }
        }
        Ok(wish)
    }

    pub(crate) fn accepts(&self, row: &Row) -> bool {
        self.filters.iter().all(|filter| filter.accepts(row))
    }

    /// Returns the selected columns of a row.
    pub(crate) fn cut(&self, row: &Row) -> Row {
        match &self.columns {
            None => row.clone(),
            Some(columns) => {
                let value = |name: &String| row.get(name).cloned().unwrap_or(Value::Null);
                columns.iter().map(|name| (name.clone(), value(name))).collect()
            }
        }
    }
}

impl Preferences {
    pub(crate) fn parse(headers: &HeaderMap) -> Self {
        let mut preferences = Self::default();
        let values = headers.get_all("prefer").into_iter().filter_map(|value| value.to_str().ok());
        for token in values.flat_map(|value| value.split(',')) {
            match token.trim().split_once('=') {
                Some(("resolution", value)) => preferences.resolution = Some(value.to_owned()),
                Some(("return", value)) => preferences.result = Some(value.to_owned()),
                Some(("count", "exact")) => preferences.counts = true,
                _ => {}
            }
        }
        preferences
    }

    pub(crate) fn wants_rows(&self) -> bool {
        self.result.as_deref() == Some("representation")
    }

    pub(crate) fn on_conflict(&self) -> OnConflict {
        match self.resolution.as_deref() {
            Some("merge-duplicates") => OnConflict::Merge,
            Some("ignore-duplicates") => OnConflict::Ignore,
            _ => OnConflict::Refuse,
        }
    }

    /// Returns the `preference-applied` header.
    pub(crate) fn applied(&self) -> Option<String> {
        let named =
            |name, value: &Option<String>| value.as_ref().map(|value| format!("{name}={value}"));
        let count = self.counts.then(|| "count=exact".to_owned());
        let applied: Vec<_> =
            [named("resolution", &self.resolution), named("return", &self.result), count]
                .into_iter()
                .flatten()
                .collect();
        (!applied.is_empty()).then(|| applied.join(", "))
    }
}

fn selected(table: &Table, text: &str) -> Result<Option<Vec<String>>, Refusal> {
    if text == "*" || text.is_empty() {
        return Ok(None);
    }
    let columns = names(text);
    for column in &columns {
        table.kind_of(column)?;
    }
    Ok(Some(columns))
}

fn ordered(table: &Table, text: &str) -> Result<Vec<Order>, Refusal> {
    let term = |term: &str| {
        let mut parts = term.split('.');
        let column = parts.next().unwrap_or_default().to_owned();
        table.kind_of(&column)?;
        let (mut is_descending, mut nulls_first) = (false, None);
        for part in parts {
            match part {
                "asc" => is_descending = false,
                "desc" => is_descending = true,
                "nullsfirst" => nulls_first = Some(true),
                "nullslast" => nulls_first = Some(false),
                _ => return Err(Refusal::unparsable("order", text)),
            }
        }
        // PostgreSQL sorts null as the greatest value.
        let nulls_first = nulls_first.unwrap_or(is_descending);
        Ok(Order { column, is_descending, nulls_first })
    };
    text.split(',').map(term).collect()
}

fn number(name: &str, text: &str) -> Result<usize, Refusal> {
    text.parse().map_err(|_| Refusal::unparsable(name, text))
}

/// Parses `a,"b",c`.
fn names(text: &str) -> Vec<String> {
    text.split(',').map(|name| name.trim_matches('"').to_owned()).collect()
}

/// Decodes a query string like a form: `+` is a blank.
fn decoded(query: &str) -> Vec<(String, String)> {
    url::form_urlencoded::parse(query.as_bytes()).into_owned().collect()
}
