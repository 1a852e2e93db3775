//! Requests to a table, answered.

use std::cmp::Ordering;

use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::Response;
use serde_json::Value;

use super::error::Refusal;
use super::request::{Order, Preferences, Wish};
use super::table::{Inserted, Row};
use super::value::compared;
use super::{Database, RowSecurity};

pub(crate) const JSON: HeaderValue = HeaderValue::from_static("application/json; charset=utf-8");
const OBJECT: &str = "application/vnd.pgrst.object+json";

/// A request to one table.
pub(crate) struct TableRequest<'a> {
    pub(crate) method: &'a Method,
    pub(crate) table: &'a str,
    pub(crate) query: &'a [(String, String)],
    pub(crate) headers: &'a HeaderMap,
    pub(crate) body: &'a [u8],
}

/// Rows of the answer.
struct Answer {
    status: StatusCode,
    rows: Vec<Row>,
    /// True if the rows themselves are sent.
    has_body: bool,
    content_range: String,
}

/// Serves a request as PostgREST does.
pub(crate) fn respond(
    database: &mut Database,
    request: &TableRequest<'_>,
) -> Result<Response, Refusal> {
    let (row_security, max_rows) = (database.row_security, database.max_rows);
    let table = database
        .tables
        .iter_mut()
        .find(|table| table.name == request.table)
        .ok_or_else(|| Refusal::no_table(request.table))?;
    let wish = Wish::parse(table, request.query)?;
    let preferences = Preferences::parse(request.headers);
    let is_hidden = row_security == RowSecurity::HidesRows;

    let is_read = matches!(*request.method, Method::GET | Method::HEAD);
    if !is_read && row_security == RowSecurity::RefusesWrites {
        let table = request.table;
        let message = format!("new row violates row-level security policy for table \"{table}\"");
        return Err(Refusal::new(403, "42501", message));
    }
    let is_wanted = |row: &Row| !is_hidden && wish.accepts(row);
    let wanted: Vec<usize> = (0..table.rows.len()).filter(|n| is_wanted(&table.rows[*n])).collect();
    // All or nothing: a statement is a transaction.
    let before = if is_read { Vec::new() } else { table.rows.clone() };
    let answer = match *request.method {
        Method::GET | Method::HEAD => {
            let rows = wanted.into_iter().map(|n| table.rows[n].clone()).collect();
            page(rows, &wish, &preferences, max_rows)?
        }
        Method::POST => {
            let mut rows = body_rows(request.body)?;
            if let Some(columns) = &wish.body_columns {
                for row in &mut rows {
                    row.retain(|name, _| columns.contains(name));
                }
            }
            let columns = wish.on_conflict.as_deref().map(|names| names.split(',').collect());
            let is_key = columns.is_none_or(|names: Vec<&str>| table.is_key(&names));
            if !is_key {
                let message = "there is no unique or exclusion constraint matching the \
                               ON CONFLICT specification";
                return Err(Refusal::new(400, "42P10", message));
            }
            if is_hidden {
                rows.clear();
            }
            let inserted = rows
                .iter()
                .map(|row| table.upsert(row, preferences.on_conflict()))
                .collect::<Result<Vec<_>, _>>()
                .inspect_err(|_| table.rows = before)?;
            written(inserted, &preferences)
        }
        Method::PATCH => {
            let change = body_rows(request.body)?.pop().unwrap_or_default();
            table.check_columns(&change)?;
            // Each change moves its row to the end, so that those after it move up by one.
            let rows = wanted
                .iter()
                .enumerate()
                .map(|(moved, n)| table.update(n - moved, &change))
                .collect::<Result<Vec<_>, _>>()
                .inspect_err(|_| table.rows = before)?;
            let content_range = match rows.len() {
                0 => "*/*".to_owned(),
                n => format!("0-{}/*", n - 1),
            };
            changed(rows, &preferences, content_range)
        }
        Method::DELETE => {
            let rows = wanted.iter().rev().map(|n| table.rows.remove(*n)).collect();
            changed(rows, &preferences, "*/*".to_owned())
        }
        _ => return Err(Refusal::new(405, "PGRST117", "Unsupported HTTP method")),
    };
    rendered(answer, &wish, &preferences, request.headers)
}

fn page(
    mut rows: Vec<Row>,
    wish: &Wish,
    preferences: &Preferences,
    max_rows: usize,
) -> Result<Answer, Refusal> {
    rows.sort_by(|left, right| in_order(&wish.order, left, right));
    let total = rows.len();
    let counted = preferences.counts.then_some(total);
    if counted.is_some_and(|total| wish.offset > total) {
        let offset = wish.offset;
        let details =
            format!("An offset of {offset} was requested, but there are only {total} rows.");
        let refusal = Refusal::new(416, "PGRST103", "Requested range not satisfiable");
        return Err(refusal.with_details(details));
    }
    let limit = wish.limit.unwrap_or(max_rows).min(max_rows);
    let rows: Vec<Row> = rows.into_iter().skip(wish.offset).take(limit).collect();
    let is_partial = counted.is_some_and(|total| rows.len() < total);
    let status = if is_partial { StatusCode::PARTIAL_CONTENT } else { StatusCode::OK };
    let range = match rows.len() {
        0 => "*".to_owned(),
        n => format!("{}-{}", wish.offset, wish.offset + n - 1),
    };
    let total = counted.map_or_else(|| "*".to_owned(), |total| total.to_string());
    Ok(Answer { status, rows, has_body: true, content_range: format!("{range}/{total}") })
}

fn written(inserted: Vec<Inserted>, preferences: &Preferences) -> Answer {
    let is_update_only = !inserted.is_empty()
        && inserted.iter().all(|inserted| matches!(inserted, Inserted::Merged(_)));
    let status = if is_update_only { StatusCode::OK } else { StatusCode::CREATED };
    let row = |inserted| match inserted {
        Inserted::New(row) | Inserted::Merged(row) => Some(row),
        Inserted::Ignored => None,
    };
    let rows = inserted.into_iter().filter_map(row).collect();
    Answer { status, rows, has_body: preferences.wants_rows(), content_range: "*/*".to_owned() }
}

fn changed(rows: Vec<Row>, preferences: &Preferences, content_range: String) -> Answer {
    let has_body = preferences.wants_rows();
    let status = if has_body { StatusCode::OK } else { StatusCode::NO_CONTENT };
    Answer { status, rows, has_body, content_range }
}

fn rendered(
    answer: Answer,
    wish: &Wish,
    preferences: &Preferences,
    headers: &HeaderMap,
) -> Result<Response, Refusal> {
    let mut rows: Vec<Value> = answer.rows.iter().map(|row| Value::Object(wish.cut(row))).collect();
    let wants_object = headers
        .get(header::ACCEPT)
        .is_some_and(|accept| accept.as_bytes().starts_with(OBJECT.as_bytes()));
    let mut response = Response::new(Body::empty());
    *response.status_mut() = answer.status;
    if answer.has_body {
        let (content_type, body) = if wants_object {
            let count = rows.len();
            let object = rows.pop().filter(|_| count == 1).ok_or_else(|| {
                let message = "Cannot coerce the result to a single JSON object";
                Refusal::new(406, "PGRST116", message)
                    .with_details(format!("The result contains {count} rows"))
            })?;
            let content_type = "application/vnd.pgrst.object+json; charset=utf-8";
            (HeaderValue::from_static(content_type), object)
        } else {
            (JSON, Value::Array(rows))
        };
        response.headers_mut().insert(header::CONTENT_TYPE, content_type);
        *response.body_mut() = Body::from(body.to_string());
    }
    let more = [
        ("preference-applied", preferences.applied()),
        ("content-range", Some(answer.content_range)),
    ];
    for (name, value) in more {
        if let Some(value) = value.and_then(|value| HeaderValue::from_str(&value).ok()) {
            response.headers_mut().insert(name, value);
        }
    }
    Ok(response)
}

fn in_order(order: &[Order], left: &Row, right: &Row) -> Ordering {
    let null = Value::Null;
    for term in order {
        let [left, right] = [left, right].map(|row| row.get(&term.column).unwrap_or(&null));
        let ordering = match (left.is_null(), right.is_null()) {
            (true, true) => Ordering::Equal,
            (true, false) if term.nulls_first => Ordering::Less,
            (true, false) => Ordering::Greater,
            (false, true) if term.nulls_first => Ordering::Greater,
            (false, true) => Ordering::Less,
            (false, false) => {
                let ordering = compared(left, right).unwrap_or(Ordering::Equal);
                if term.is_descending { ordering.reverse() } else { ordering }
            }
        };
        if ordering.is_ne() {
            return ordering;
        }
    }
    Ordering::Equal
}

/// Returns the rows of a body: an array or one object.
fn body_rows(body: &[u8]) -> Result<Vec<Row>, Refusal> {
    let refusal = || Refusal::new(400, "PGRST102", "Empty or invalid json");
    let row = |value| match value {
        Value::Object(row) => Ok(row),
        _ => Err(refusal()),
    };
    match serde_json::from_slice(body).map_err(|_| refusal())? {
        Value::Array(rows) => rows.into_iter().map(row).collect(),
        other => row(other).map(|row| vec![row]),
    }
}
