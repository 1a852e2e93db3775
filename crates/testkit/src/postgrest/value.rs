//! Column values, read, printed and compared as in PostgreSQL.

use std::cmp::Ordering;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde_json::Value;

use super::error::Refusal;
use super::table::ColumnKind;

/// Reads a value into the form the column prints.
pub(crate) fn stored(kind: ColumnKind, value: &Value) -> Result<Value, Refusal> {
    match (kind, value) {
        (_, Value::Null) => Ok(Value::Null),
        (ColumnKind::Text, Value::String(text)) if text.contains('\0') => {
            let message = "unsupported Unicode escape sequence";
            let details = "\\u0000 cannot be converted to text.";
            Err(Refusal::new(400, "22P05", message).with_details(details))
        }
        (ColumnKind::Text, Value::String(_)) => Ok(value.clone()),
        (ColumnKind::Text, other) => Ok(Value::from(other.to_string())),
        (_, Value::String(text)) => stored_text(kind, text).map(Value::from),
        (_, other) => stored_text(kind, &other.to_string()).map(Value::from),
    }
}

/// Reads a text into the form the column prints.
pub(crate) fn stored_text(kind: ColumnKind, text: &str) -> Result<String, Refusal> {
    match kind {
        ColumnKind::Text => Ok(text.to_owned()),
        ColumnKind::Date => {
            text.parse::<Date>().map(|date| date.to_string()).map_err(|_| bad_syntax("date", text))
        }
        ColumnKind::Timestamp => {
            let naive = || TimeZone::UTC.to_timestamp(text.parse().ok()?).ok();
            let instant = text.parse().ok().or_else(naive);
            instant.map(printed).ok_or_else(|| bad_syntax("timestamp with time zone", text))
        }
    }
}

/// Compares two values in their printed form; `None` if one is null. All of these forms sort by
/// their meaning: times are in UTC, and `+` comes before `.` and the digits.
pub(crate) fn compared(left: &Value, right: &Value) -> Option<Ordering> {
    Some(left.as_str()?.cmp(right.as_str()?))
}

/// Prints `2025-07-18T12:00:00+00:00`, with the fraction there is, to the microsecond.
fn printed(instant: Timestamp) -> String {
    let micros = instant.as_microsecond();
    let seconds = instant.strftime("%Y-%m-%dT%H:%M:%S");
    let fraction = format!("{:06}", micros.rem_euclid(1_000_000));
    match fraction.trim_end_matches('0') {
        "" => format!("{seconds}+00:00"),
        digits => format!("{seconds}.{digits}+00:00"),
    }
}

fn bad_syntax(of: &str, text: &str) -> Refusal {
    Refusal::new(400, "22007", format!("invalid input syntax for type {of}: \"{text}\""))
}
