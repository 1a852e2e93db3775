//! Parameters from the path, the query and headers.

use std::str::FromStr;

use axum::extract::{FromRequestParts, Path, Query};
use axum::http::Uri;
use axum::http::request::Parts;
use serde::de::DeserializeOwned;
use serde_json::Value;
use watchme_core::{DeviceId, LocalDate, Month, Slot};
use watchme_runner::RunId;
use watchme_wire::ValidationIssue;

use super::fields::issue_at;
use crate::response::ApiError;

const DEVICE_ID: (&str, &str) = ("id", "1 to 255 bytes of text");
const DATE: (&str, &str) = ("date", "`YYYY-MM-DD`");
const TIME_BLOCK: (&str, &str) = ("time_block", "`HH-MM`");
const MONTH: (&str, &str) = ("month", "`YYYY-MM`");

/// `/v1/devices/{id}/days/{date}`.
pub(crate) struct DayPath {
    pub(crate) device: DeviceId,
    pub(crate) date: LocalDate,
}

/// `/v1/devices/{id}/days/{date}/{time_block}`.
pub(crate) struct SlotPath(pub(crate) Slot);

/// `/v1/devices/{id}/months/{month}`.
pub(crate) struct DeviceMonthPath {
    pub(crate) device: DeviceId,
    pub(crate) month: Month,
}

/// `/v1/costs/{month}`.
pub(crate) struct MonthPath(pub(crate) Month);

/// `/v1/runs/{id}`. Text that is no id belongs to no run.
pub(crate) struct RunPath(pub(crate) RunId);

impl<S: Send + Sync> FromRequestParts<S> for DayPath {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let (device, date): (String, String) = segments(parts, state).await?;
        Ok(Self { device: segment(DEVICE_ID, &device)?, date: segment(DATE, &date)? })
    }
}

impl<S: Send + Sync> FromRequestParts<S> for SlotPath {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let (device, date, block): (String, String, String) = segments(parts, state).await?;
        Ok(Self(Slot {
            device: segment(DEVICE_ID, &device)?,
            date: segment(DATE, &date)?,
            block: segment(TIME_BLOCK, &block)?,
        }))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for DeviceMonthPath {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let (device, month): (String, String) = segments(parts, state).await?;
        Ok(Self { device: segment(DEVICE_ID, &device)?, month: segment(MONTH, &month)? })
    }
}

impl<S: Send + Sync> FromRequestParts<S> for MonthPath {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let month: String = segments(parts, state).await?;
        segment(MONTH, &month).map(Self)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for RunPath {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let id: String = segments(parts, state).await?;
        id.parse().map(Self).map_err(|_| ApiError::NoSuchRun)
    }
}

/// Returns the decoded segments of the path. Segments that are not UTF-8 are at no path of ours.
async fn segments<T, S>(parts: &mut Parts, state: &S) -> Result<T, ApiError>
where
    T: DeserializeOwned + Send,
    S: Send + Sync,
{
    let path = Path::from_request_parts(parts, state).await;
    path.map(|Path(segments)| segments).map_err(|_| ApiError::NotFound)
}

fn segment<T: FromStr>((name, expected): (&str, &str), text: &str) -> Result<T, ApiError> {
    parsed("path", name, text, expected)
}

/// Parses a part of the request. The error says what is expected.
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

/// Parses a parameter of the query, if it is there; the last of several counts.
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

/// True if `?text=true` asks for the texts.
pub(crate) fn wants_text(uri: &Uri) -> Result<bool, ApiError> {
    Ok(query(uri, "text", "`true` or `false`")?.unwrap_or(false))
}
