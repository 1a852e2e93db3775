//! Parses the log and span settings.

use std::collections::HashMap;

use percent_encoding::percent_decode_str;
use secrecy::SecretString;
use url::Url;

use super::{LogSettings, SpanSettings, parse};
use crate::reader::{Noted, Reader};
use crate::variables as var;

/// Path added to the URL of a collector, as OpenTelemetry specifies.
const PATH_OF_SPANS: &str = "v1/traces";

pub(super) fn read(reader: &mut Reader<'_>) -> Option<LogSettings> {
    let filter = reader.value(&var::LOG, parse::log_filter);
    let format = reader.value(&var::LOG_FORMAT, parse::log_format);
    let spans = read_spans(reader);
    Some(LogSettings { filter: filter?, format: format?, spans: spans.ok()? })
}

fn read_spans(reader: &mut Reader<'_>) -> Result<Option<SpanSettings>, Noted> {
    let collector = reader.optional(&var::OTEL_EXPORTER_OTLP_ENDPOINT, parse::service_url);
    let of_spans = reader.optional(&var::OTEL_EXPORTER_OTLP_TRACES_ENDPOINT, parse::service_url);
    let headers = reader.optional(&var::OTEL_EXPORTER_OTLP_HEADERS, headers);
    let service = reader.value(&var::OTEL_SERVICE_NAME, |text| Ok(text.to_owned())).ok_or(Noted);
    let (collector, of_spans, headers) = (collector?, of_spans?, headers?.unwrap_or_default());
    let endpoint = of_spans.or_else(|| collector.map(spans_of));
    let service = service?;
    Ok(endpoint.map(|endpoint| SpanSettings { endpoint, headers, service }))
}

/// The URL at which a collector takes spans.
fn spans_of(mut collector: Url) -> Url {
    let path = format!("{}/{PATH_OF_SPANS}", collector.path().trim_end_matches('/'));
    collector.set_path(&path);
    collector
}

/// Parses `name=value` pairs, separated by commas, with percent-encoded values.
fn headers(text: &str) -> Result<HashMap<String, SecretString>, String> {
    let pairs = text.split(',').map(str::trim).filter(|pair| !pair.is_empty());
    let read = |pair: &str| {
        let (name, value) = pair.split_once('=')?;
        let value = percent_decode_str(value.trim()).decode_utf8().ok()?;
        Some((name.trim().to_owned(), SecretString::from(value.into_owned())))
    };
    let expected = || "write `name=value`, separated by commas, values percent-encoded".to_owned();
    pairs.map(|pair| read(pair).ok_or_else(expected)).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use secrecy::ExposeSecret;

    use super::*;

    #[test]
    fn spans_go_below_the_path_of_the_collector() {
        for (collector, expected) in [
            ("http://c:4318", "http://c:4318/v1/traces"),
            ("http://c:4318/", "http://c:4318/v1/traces"),
            ("https://c/otlp/", "https://c/otlp/v1/traces"),
        ] {
            assert_eq!(spans_of(collector.parse().unwrap()).as_str(), expected);
        }
    }

    #[test]
    fn headers_are_pairs_with_encoded_values() {
        let read = headers("authorization=Basic%20YQ==, x-tenant = a").unwrap();
        assert_eq!(read["authorization"].expose_secret(), "Basic YQ==");
        assert_eq!(read["x-tenant"].expose_secret(), "a");
        assert!(headers("secret").is_err());
    }
}
