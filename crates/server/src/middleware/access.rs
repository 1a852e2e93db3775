//! Authentication and rate limits: one layer before every path, so that a new path is closed too.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use tracing::Span;
use watchme_app::keys::{ApiKeys, KeyName};

use super::origin;
use super::rate::Rates;
use super::sessions::{self, IdHash, Sessions};
use crate::response::ApiError;

/// Paths that are open to everybody without a limit: probes of proxies and containers have no key,
/// the page holds no data, and a browser has to sign in somewhere.
const OPEN: [&str; 4] = ["/", "/health", "/ui", SESSION];

/// Folder whose files are open too.
const OPEN_FOLDER: &str = "/ui/";

/// Path where browsers sign in and out. Its handler gets the [`Caller`].
const SESSION: &str = "/v1/session";

/// Header for callers whose `Authorization` is used by something else, usually a proxy.
const API_KEY: HeaderName = HeaderName::from_static("x-api-key");

/// Keys of the service, with their rate limits and sessions.
#[derive(Debug)]
pub(crate) struct Access {
    keys: ApiKeys,
    rates: Rates,
    sessions: Sessions,
    /// All callers without a valid key. They share one rate limit.
    anonymous: KeyName,
}

/// The caller, as far as it is known.
#[derive(Debug, Clone)]
pub(crate) struct Caller {
    /// Name of the caller's key.
    pub(crate) name: Option<KeyName>,
    /// Session ids that the browser sent, valid or not.
    sessions: Vec<IdHash>,
}

impl Access {
    pub(crate) fn new(keys: ApiKeys, rates: Rates) -> Self {
        let (sessions, anonymous) = (Sessions::default(), KeyName::anonymous());
        Self { keys, rates, sessions, anonymous }
    }

    /// True if callers need a key.
    pub(crate) fn needs_key(&self) -> bool {
        !self.keys.is_empty()
    }

    /// Begins a session for a key and returns its id, or `None` if no key is needed.
    pub(crate) fn sign_in(&self, key: &str) -> Result<Option<String>, ApiError> {
        let name = self.keys.name_of(key.trim().as_bytes());
        let name = if self.needs_key() { name } else { Some(&self.anonymous) };
        self.take(name.unwrap_or(&self.anonymous))?;
        let name = name.ok_or(ApiError::WrongKey)?;
        if !self.needs_key() {
            return Ok(None);
        }
        self.sessions.begin(name).map(Some).ok_or(ApiError::Fault)
    }

    /// Ends the caller's sessions.
    pub(crate) fn sign_out(&self, caller: &Caller) {
        self.sessions.end(&caller.sessions);
    }

    fn check(&self, request: &Request) -> Result<KeyName, ApiError> {
        let name = self.caller(request).name;
        self.take(name.as_ref().unwrap_or(&self.anonymous))?;
        name.ok_or(ApiError::Unauthorized)
    }

    fn caller(&self, request: &Request) -> Caller {
        let headers = request.headers();
        let sent = sent_key(headers);
        // A page of another origin may belong to the same site, so that the browser sends the
        // cookie. It must not count.
        let is_foreign = origin::is_foreign(headers, request.uri());
        let sessions = if is_foreign { Vec::new() } else { sessions::sent_ids(headers) };
        // A missing key is compared like a wrong one, so that both take equally long.
        let name = self.keys.name_of(sent.unwrap_or_default()).cloned();
        // A session does not excuse a wrong key: programs must learn about it.
        let by_session = || self.sessions.name_of(&sessions).filter(|_| sent.is_none());
        let name =
            if self.needs_key() { name.or_else(by_session) } else { Some(self.anonymous.clone()) };
        Caller { name, sessions }
    }

    fn take(&self, name: &KeyName) -> Result<(), ApiError> {
        self.rates.take(name).map_err(|wait| ApiError::TooOften { wait })
    }
}

/// True if a path is open to everybody.
pub(crate) fn is_open(path: &str) -> bool {
    OPEN.contains(&path) || path.starts_with(OPEN_FOLDER)
}

/// Admits requests for open paths, and callers with a key if keys are set.
pub(crate) async fn guard(
    State(access): State<Arc<Access>>,
    mut request: Request,
    next: Next,
) -> Response {
    let path = request.uri().path();
    if path == SESSION {
        let caller = access.caller(&request);
        request.extensions_mut().insert(caller);
    } else if !is_open(path) {
        match access.check(&request) {
            Ok(name) => {
                Span::current().record("caller", name.as_str());
                request.extensions_mut().insert(name);
            }
            Err(error) => return error.into_response(),
        }
    }
    // Nothing behind this layer can log what it does not have.
    for secret in [header::AUTHORIZATION, API_KEY, header::COOKIE] {
        request.headers_mut().remove(secret);
    }
    next.run(request).await
}

/// Returns the key that was sent: a bearer token first. Other schemes in `Authorization` may be
/// passwords for a proxy.
fn sent_key(headers: &HeaderMap) -> Option<&[u8]> {
    let authorization = headers.get(header::AUTHORIZATION).map(HeaderValue::as_bytes);
    let bearer = authorization.and_then(|value| {
        let (scheme, token) = value.split_at_checked(b"Bearer ".len())?;
        scheme.eq_ignore_ascii_case(b"Bearer ").then(|| token.trim_ascii())
    });
    bearer.or_else(|| headers.get(API_KEY).map(|value| value.as_bytes().trim_ascii()))
}
