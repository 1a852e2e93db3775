//! Parsers of single values. Their errors say what is expected.

use std::net::SocketAddr;
use std::num::{NonZeroU32, NonZeroU64, NonZeroUsize};
use std::time::Duration;

use jiff::tz::TimeZone;
use tracing_subscriber::EnvFilter;
use url::Url;
use watchme_core::Language;
use watchme_core::rules::language_code;

use super::LogFormat;
use crate::keys::{ApiKeys, ParseKeysError};
use crate::models::Precision;

/// Parses a positive whole number of MiB and returns bytes.
pub(super) fn mebibytes(text: &str) -> Result<NonZeroU64, String> {
    let bytes = text.parse::<u64>().ok().and_then(|number| number.checked_mul(1 << 20));
    let expected = || "write a whole number of MiB above zero".to_owned();
    bytes.and_then(NonZeroU64::new).ok_or_else(expected)
}

pub(super) fn count(text: &str) -> Result<NonZeroUsize, String> {
    text.parse().map_err(|_| "write a whole number above zero".to_owned())
}

/// Parses a whole number. Zero means none.
pub(super) fn count_or_none(text: &str) -> Result<Option<NonZeroU32>, String> {
    let count = text.parse().map_err(|_| "write a whole number, or 0 for no limit".to_owned())?;
    Ok(NonZeroU32::new(count))
}

pub(super) fn api_keys(text: &str) -> Result<ApiKeys, String> {
    text.parse().map_err(|error: ParseKeysError| error.to_string())
}

pub(super) fn seconds(text: &str) -> Result<Duration, String> {
    // An hour is longer than any recording takes. More is a mistake, such as milliseconds.
    let seconds = text.parse().ok().filter(|seconds| *seconds <= 3600);
    let seconds = seconds.ok_or_else(|| "write a number of seconds from 0 to 3600".to_owned())?;
    Ok(Duration::from_secs(seconds))
}

/// Parses a positive number of seconds: with zero there would be no pause between two requests.
pub(super) fn waiting_seconds(text: &str) -> Result<Duration, String> {
    let some = seconds(text).ok().filter(|time| !time.is_zero());
    some.ok_or_else(|| "write a number of seconds from 1 to 3600".to_owned())
}

/// Parses a number of seconds up to a day, or `off`.
pub(super) fn idle_seconds(text: &str) -> Result<Option<Duration>, String> {
    if text == "off" {
        return Ok(None);
    }
    let seconds = text.parse().ok().filter(|seconds| *seconds <= 86_400);
    let seconds = seconds.ok_or("write a number of seconds from 0 to 86400, or `off`")?;
    Ok(Some(Duration::from_secs(seconds)))
}

/// Parses a whole number of hours. The limit of a century is longer than any recording waits.
pub(super) fn hours(text: &str) -> Result<Duration, String> {
    let hours = text.parse().ok().filter(|hours| (1..=876_000).contains(hours));
    let hours = hours.ok_or_else(|| "write a number of hours from 1 to 876000".to_owned())?;
    Ok(Duration::from_hours(hours))
}

pub(super) fn attempts(text: &str) -> Result<NonZeroU32, String> {
    text.parse().map_err(|_| "write a whole number above zero".to_owned())
}

pub(super) fn address(text: &str) -> Result<SocketAddr, String> {
    text.parse().map_err(|_| "write an address and a port, such as `127.0.0.1:8001`".to_owned())
}

/// Parses host names separated by commas, without ports.
pub(super) fn hosts(text: &str) -> Result<Vec<String>, String> {
    let is_host = |name: &str| {
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._[:]".contains(&byte);
        let has_port = !name.starts_with('[') && name.contains(':');
        !name.is_empty() && !has_port && name.bytes().all(is_plain)
    };
    let names: Vec<&str> = text.split(',').map(str::trim).collect();
    if names.iter().all(|name| is_host(name)) {
        return Ok(names.into_iter().map(str::to_ascii_lowercase).collect());
    }
    Err("write host names without ports, separated by commas, as `api.example.com`".to_owned())
}

pub(super) fn switch(text: &str) -> Result<bool, String> {
    match text {
        "on" | "true" | "1" => Ok(true),
        "off" | "false" | "0" => Ok(false),
        _ => Err("write `on` or `off`".to_owned()),
    }
}

pub(super) fn word(text: &str) -> Result<String, String> {
    if text.contains(char::is_whitespace) {
        return Err("write it without blanks".to_owned());
    }
    Ok(text.to_owned())
}

/// Parses a language that Whisper knows, by code or English name. The error says what is expected.
pub fn language(text: &str) -> Result<Language, String> {
    if text.eq_ignore_ascii_case("auto") {
        return Ok(Language::Auto);
    }
    let code = language_code(text).map(|code| Language::Code(code.to_owned()));
    code.ok_or_else(|| "write `auto` or an ISO 639-1 code, as `ja`".to_owned())
}

pub(super) fn zone(text: &str) -> Result<TimeZone, String> {
    TimeZone::get(text).map_err(|_| "write an IANA name, such as `Asia/Tokyo`".to_owned())
}

pub(super) fn log_filter(text: &str) -> Result<String, String> {
    let expected = |_| "write levels by module, such as `warn,watchme=debug`".to_owned();
    EnvFilter::try_new(text).map(|_| text.to_owned()).map_err(expected)
}

pub(super) fn precision(text: &str) -> Result<Precision, String> {
    match text {
        "fast" => Ok(Precision::Fast),
        "exact" => Ok(Precision::Exact),
        _ => Err("write `fast` or `exact`".to_owned()),
    }
}

pub(super) fn log_format(text: &str) -> Result<LogFormat, String> {
    match text {
        "text" => Ok(LogFormat::Text),
        "json" => Ok(LogFormat::Json),
        _ => Err("write `text` or `json`".to_owned()),
    }
}

pub(super) fn web_url(text: &str) -> Result<Url, String> {
    let url = Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
    url.filter(Url::has_host).ok_or_else(|| "write a URL that begins with `https://`".to_owned())
}

/// Parses the URL of a service, without credentials: these have settings of their own.
pub(super) fn service_url(text: &str) -> Result<Url, String> {
    let url = web_url(text)?;
    if url.username().is_empty() && url.password().is_none() && url.query().is_none() {
        return Ok(url);
    }
    Err("write the URL without user, password and query".to_owned())
}
