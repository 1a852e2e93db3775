//! The `Prefer` header: RFC 7240.

use axum::http::{HeaderMap, HeaderName, HeaderValue};

/// Preference for an immediate answer, with the work done afterwards.
pub(crate) const RESPOND_ASYNC: HeaderValue = HeaderValue::from_static("respond-async");

/// Header that confirms a preference.
pub(crate) const PREFERENCE_APPLIED: HeaderName = HeaderName::from_static("preference-applied");

/// True if the client prefers following the work over waiting for it.
pub(crate) fn prefers_async(headers: &HeaderMap) -> bool {
    let lines = headers.get_all("prefer").iter().filter_map(|line| line.to_str().ok());
    let preferences = lines.flat_map(|line| line.split(','));
    let names = preferences.map(|text| text.split([';', '=']).next().unwrap_or_default().trim());
    names.into_iter().any(|name| name.eq_ignore_ascii_case("respond-async"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_preference_is_found_among_others() {
        let prefers = |lines: &[&'static str]| {
            let headers = lines
                .iter()
                .map(|line| (HeaderName::from_static("prefer"), HeaderValue::from_static(line)));
            prefers_async(&headers.collect())
        };
        assert!(prefers(&["respond-async"]));
        assert!(prefers(&["wait=10, Respond-Async"]));
        assert!(prefers(&["return=minimal", "respond-async; foo=bar"]));
        assert!(!prefers(&[]));
        assert!(!prefers(&["return=minimal, x=respond-async", "respond-asynchronously"]));
    }
}
