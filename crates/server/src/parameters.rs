//! What stands in a path, a query or a header instead of a body.

use std::str::FromStr;

use axum::extract::Query;
use axum::http::Uri;
use serde_json::Value;
use watchme_wire::ValidationIssue;

use crate::error::ApiError;
use crate::fields::issue_at;

/// A part that must parse; else the request does not fit there.
pub(crate) fn parsed<T: FromStr>(
    part: &str,
    name: &str,
    text: &str,
    expected: &str,
) -> Result<T, ApiError> {
    text.parse().map_err(|_| {
        let place = vec![part.into(), name.into()];
        let expected = format!("Value error, expected {expected}");
        ApiError::Invalid(vec![ValidationIssue {
            url: None,
            ..issue_at("value_error", place, expected, &Value::from(text))
        }])
    })
}

/// A parameter of the query, where it is there; the last of several.
pub(crate) fn query<T: FromStr>(
    uri: &Uri,
    name: &str,
    expected: &str,
) -> Result<Option<T>, ApiError> {
    let pairs = Query::<Vec<(String, String)>>::try_from_uri(uri);
    let pairs = pairs.map(|Query(pairs)| pairs).unwrap_or_default();
    let text = pairs.into_iter().rev().find(|(key, _)| key == name).map(|(_, text)| text);
    text.map(|text| parsed("query", name, &text, expected)).transpose()
}

/// Whether `?text=true` asks for what was said.
pub(crate) fn wants_text(uri: &Uri) -> Result<bool, ApiError> {
    Ok(query(uri, "text", "`true` or `false`")?.unwrap_or(false))
}
