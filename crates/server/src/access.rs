//! Who may ask, and how often: one layer before every path, so that a new one is closed as well.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use tracing::Span;
use watchme_app::keys::{ApiKeys, KeyName};

use crate::error::ApiError;
use crate::rate::Rates;

/// What everybody may ask, as often as they like: probes of proxies and containers have no key.
const OPEN: [&str; 2] = ["/", "/health"];

/// The header of callers whose `Authorization` is taken, by a proxy mostly.
const API_KEY: HeaderName = HeaderName::from_static("x-api-key");

/// The keys of the service, and what each may do.
#[derive(Debug)]
pub(crate) struct Access {
    keys: ApiKeys,
    rates: Rates,
    anonymous: KeyName,
}

impl Access {
    pub(crate) fn new(keys: ApiKeys, rates: Rates) -> Self {
        Self { keys, rates, anonymous: KeyName::anonymous() }
    }

    fn check(&self, headers: &HeaderMap) -> Result<&KeyName, ApiError> {
        // No key at all is compared like a wrong one, so that both take as long.
        let name = self.keys.name_of(sent_key(headers).unwrap_or_default());
        let name = if self.keys.is_empty() { Some(&self.anonymous) } else { name };
        let name = name.ok_or(ApiError::Unauthorized)?;
        self.rates.take(name).map_err(|wait| ApiError::TooOften { wait })?;
        Ok(name)
    }
}

/// Whether everybody may ask for a path.
pub(crate) fn is_open(path: &str) -> bool {
    OPEN.contains(&path)
}

/// Lets in what is open to everybody, and callers with a key where keys are set.
pub(crate) async fn guard(
    State(access): State<Arc<Access>>,
    mut request: Request,
    next: Next,
) -> Response {
    if !is_open(request.uri().path()) {
        match access.check(request.headers()) {
            Ok(name) => Span::current().record("caller", name.as_str()),
            Err(error) => return error.into_response(),
        };
    }
    // Whatever comes after cannot log what it does not have.
    request.headers_mut().remove(header::AUTHORIZATION);
    request.headers_mut().remove(API_KEY);
    next.run(request).await
}

/// The key as it was sent: a bearer token first, since proxies may send their own passwords in
/// the same header, which are none.
fn sent_key(headers: &HeaderMap) -> Option<&[u8]> {
    let authorization = headers.get(header::AUTHORIZATION).map(HeaderValue::as_bytes);
    let bearer = authorization.and_then(|value| {
        let (scheme, token) = value.split_at_checked(b"Bearer ".len())?;
        scheme.eq_ignore_ascii_case(b"Bearer ").then(|| token.trim_ascii())
    });
    bearer.or_else(|| headers.get(API_KEY).map(|value| value.as_bytes().trim_ascii()))
}
