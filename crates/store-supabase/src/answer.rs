//! Reads answers of PostgREST, or of the gateway before it.

use std::time::Duration;

use jiff::fmt::rfc2822;
use reqwest::StatusCode;
use reqwest::header::{DATE, HeaderMap, HeaderValue, RETRY_AFTER};
use serde::Deserialize;
use serde_json::{Map, Value};

/// A row of an answer.
pub(crate) type Row = Map<String, Value>;

/// An answer with rows.
#[derive(Debug, PartialEq)]
pub(crate) struct Answer {
    pub(crate) rows: Vec<Row>,
    /// Number of rows in all, if the server counted them.
    pub(crate) total: Option<usize>,
}

/// An answer without rows, and what to do about it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) class: Class,
    pub(crate) status: StatusCode,
    /// An SQLSTATE or a code of PostgREST's own; the gateway has none.
    pub(crate) code: Option<String>,
    /// The server's message, without anything it may have quoted from a row.
    pub(crate) message: Option<String>,
}

/// Class of an answer without rows, by what to do about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Class {
    /// Try again after a while of our choice.
    Retry,
    /// Try again after this long.
    RetryAfter(Duration),
    /// Every request of this kind will fail: wake a human.
    Fatal,
    /// This row is refused; others may pass.
    Row,
    /// There are no more pages.
    EndOfPages,
}

/// Reads an answer.
pub(crate) fn read(
    status: StatusCode,
    headers: &HeaderMap,
    body: &[u8],
) -> Result<Answer, Refusal> {
    if status.is_success() {
        if let Ok(rows) = serde_json::from_slice(body) {
            return Ok(Answer { rows, total: total(headers) });
        }
        // Somebody else's page, such as a login form.
        return Err(Refusal { class: Class::Fatal, status, code: None, message: None });
    }
    let said: Said = serde_json::from_slice(body).unwrap_or_default();
    let code = said.code.filter(|code| is_code(code));
    let class = class_of(status, code.as_deref(), retry_after(headers));
    let message = said.message.and_then(|message| repeatable(code.as_deref(), &message));
    Err(Refusal { class, status, code, message })
}

/// Body of an error. `details` and `hint` are left out: the first may hold the whole row.
#[derive(Debug, Default, Deserialize)]
struct Said {
    code: Option<String>,
    message: Option<String>,
}

/// Classifies an error. Statuses of PostgREST: <https://docs.postgrest.org/en/stable/references/errors.html>; 52x come
/// from the proxy before Supabase when it cannot reach the project.
fn class_of(status: StatusCode, code: Option<&str>, wait: Option<Duration>) -> Class {
    let is_retryable = match (code, status.as_u16()) {
        (Some(code), _) if is_transient(code) => true,
        (Some(_), 500) => false,
        (_, 408 | 425 | 429 | 500 | 502..=504 | 520..=527 | 530) => true,
        _ => false,
    };
    match (code, status.as_u16()) {
        (Some("PGRST103"), _) | (_, 416) => Class::EndOfPages,
        _ if is_retryable => wait.map_or(Class::Retry, Class::RetryAfter),
        (_, 413) => Class::Row,
        (Some(code), _) if is_of(code, &["22", "23"]) => Class::Row,
        _ => Class::Fatal,
    }
}

/// Returns true for errors that may pass: no connection (08, 53, `PGRST00x`), a transaction undone
/// by a conflict (40, 55P03) or by a timeout or shutdown (57), trouble below the database (58, XX).
fn is_transient(code: &str) -> bool {
    is_of(code, &["08", "40", "53", "57", "58", "XX"])
        || matches!(code, "55P03" | "PGRST000" | "PGRST001" | "PGRST002" | "PGRST003")
}

fn is_of(code: &str, classes: &[&str]) -> bool {
    classes.iter().any(|class| is_sqlstate(code, class))
}

fn is_sqlstate(code: &str, class: &str) -> bool {
    code.len() == 5 && code.starts_with(class)
}

fn is_code(code: &str) -> bool {
    (1..=12).contains(&code.len()) && code.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

/// Reads `Retry-After`: seconds, or a time, which is compared with the server's own clock.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = |value: &HeaderValue| value.to_str().ok().map(str::trim).map(str::to_owned);
    let value = headers.get(RETRY_AFTER).and_then(text)?;
    if let Ok(seconds) = value.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let instant = |text: &str| rfc2822::parse(text).ok().map(|time| time.timestamp());
    let now = instant(&headers.get(DATE).and_then(text)?)?;
    Duration::try_from(instant(&value)?.duration_since(now)).ok()
}

/// Returns the number after the slash of `0-47/48`.
fn total(headers: &HeaderMap) -> Option<usize> {
    headers.get("content-range")?.to_str().ok()?.rsplit_once('/')?.1.parse().ok()
}

/// Returns the part of a message that may be repeated. PostgreSQL quotes bad data after a colon,
/// and a message of one of the database's own functions may hold anything.
fn repeatable(code: Option<&str>, message: &str) -> Option<String> {
    /// Longest message of PostgREST or PostgreSQL, in characters.
    const LONGEST: usize = 200;
    let is_known = match code {
        None => true,
        Some(code) => {
            code.starts_with("PGRST")
                || is_of(
                    code,
                    &["08", "22", "23", "25", "28", "40", "42", "53", "55", "57", "58", "XX"],
                )
        }
    };
    let is_bad_data = code.is_some_and(|code| is_sqlstate(code, "22"));
    let message = match message.split_once(':') {
        Some((start, _value)) if is_bad_data => start,
        _ => message,
    };
    let plain = |c: char| if c.is_control() { ' ' } else { c };
    is_known.then(|| message.chars().take(LONGEST).map(plain).collect())
}
