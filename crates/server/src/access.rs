//! Who may ask, and how often: one layer before every path, so that a new one is closed as well.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use tracing::Span;
use watchme_app::keys::{ApiKeys, KeyName};

use crate::error::ApiError;
use crate::origin;
use crate::rate::Rates;
use crate::sessions::{self, IdHash, Sessions};

/// What everybody may ask, as often as they like: probes of proxies and containers have no key,
/// the page holds no data, and signing in is how a browser comes to send one.
const OPEN: [&str; 4] = ["/", "/health", "/ui", SESSION];

/// What is below is open as well.
const OPEN_FOLDER: &str = "/ui/";

/// Where browsers sign in and out. Whoever asks there is told to the handler.
const SESSION: &str = "/v1/session";

/// The header of callers whose `Authorization` is taken, by a proxy mostly.
const API_KEY: HeaderName = HeaderName::from_static("x-api-key");

/// The keys of the service, and what each may do.
#[derive(Debug)]
pub(crate) struct Access {
    keys: ApiKeys,
    rates: Rates,
    sessions: Sessions,
    anonymous: KeyName,
}

/// Who asks, as far as is known.
#[derive(Debug, Clone)]
pub(crate) struct Caller {
    /// The name of the key.
    pub(crate) name: Option<KeyName>,
    /// The sessions that the browser names, whether or not there are any.
    sessions: Vec<IdHash>,
}

impl Access {
    pub(crate) fn new(keys: ApiKeys, rates: Rates) -> Self {
        let (sessions, anonymous) = (Sessions::default(), KeyName::anonymous());
        Self { keys, rates, sessions, anonymous }
    }

    /// Whether callers need a key.
    pub(crate) fn needs_key(&self) -> bool {
        !self.keys.is_empty()
    }

    /// Begins a session of a key; the id of it, and none where no key is needed.
    pub(crate) fn sign_in(&self, key: &str) -> Result<Option<String>, ApiError> {
        let name = self.keys.name_of(key.trim().as_bytes());
        let name = if self.needs_key() { name } else { Some(&self.anonymous) };
        let name = name.ok_or(ApiError::WrongKey)?;
        self.take(name)?;
        if !self.needs_key() {
            return Ok(None);
        }
        self.sessions.begin(name).map(Some).ok_or(ApiError::Fault)
    }

    /// Ends the sessions of a caller.
    pub(crate) fn sign_out(&self, caller: &Caller) {
        self.sessions.end(&caller.sessions);
    }

    fn check(&self, request: &Request) -> Result<KeyName, ApiError> {
        let name = self.caller(request).name.ok_or(ApiError::Unauthorized)?;
        self.take(&name)?;
        Ok(name)
    }

    fn caller(&self, request: &Request) -> Caller {
        let headers = request.headers();
        let sent = sent_key(headers);
        // A page of another origin may be of the same site, and then the cookie goes with what it
        // asks. It is none of its own.
        let is_foreign = origin::is_foreign(headers, request.uri());
        let sessions = if is_foreign { Vec::new() } else { sessions::sent_ids(headers) };
        // No key at all is compared like a wrong one, so that both take as long.
        let name = self.keys.name_of(sent.unwrap_or_default()).cloned();
        // A wrong key is not made good by a session: programs are told of it.
        let by_session = || self.sessions.name_of(&sessions).filter(|_| sent.is_none());
        let name =
            if self.needs_key() { name.or_else(by_session) } else { Some(self.anonymous.clone()) };
        Caller { name, sessions }
    }

    fn take(&self, name: &KeyName) -> Result<(), ApiError> {
        self.rates.take(name).map_err(|wait| ApiError::TooOften { wait })
    }
}

/// Whether everybody may ask for a path.
pub(crate) fn is_open(path: &str) -> bool {
    OPEN.contains(&path) || path.starts_with(OPEN_FOLDER)
}

/// Lets in what is open to everybody, and callers with a key where keys are set.
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
            Ok(name) => Span::current().record("caller", name.as_str()),
            Err(error) => return error.into_response(),
        };
    }
    // Whatever comes after cannot log what it does not have.
    for secret in [header::AUTHORIZATION, API_KEY, header::COOKIE] {
        request.headers_mut().remove(secret);
    }
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
