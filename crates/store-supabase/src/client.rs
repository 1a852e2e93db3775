//! Client of PostgREST: headers, timeouts, bounds and repetition.

use std::time::{Duration, Instant};

use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderName, HeaderValue};
use reqwest::{Method, Response, redirect};
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use tracing::debug;
use url::Url;

use crate::answer::{self, Answer, Row};
use crate::error::RequestError;
use crate::key::Key;
use crate::retry::Patience;
use crate::{Config, ConfigError};

/// Size of the largest answer that is read: ten times a page of 1000 rows with a dozen columns.
const LARGEST_ANSWER_BYTES: usize = 16 << 20;

/// Name of this program. Supabase refuses secret keys from browsers, so that we say who we are.
const USER_AGENT: &str = concat!("watchme-transcriber/", env!("CARGO_PKG_VERSION"));

/// Time after which an impatient client repeats no request: one repetition fits, which passes over
/// a connection that broke.
const SHORT_PATIENCE: Duration = Duration::from_secs(1);

/// Time limit of an impatient client's requests: less than `/ready` waits, so that it can say that
/// there was no answer.
const SHORT_TIMEOUT: Duration = Duration::from_secs(4);

/// Client of a project's tables.
#[derive(Debug, Clone)]
pub(crate) struct Client {
    http: reqwest::Client,
    tables: Url,
    patience: Patience,
    request_timeout: Duration,
}

/// Request to a table. It may be repeated without harm.
#[derive(Debug)]
pub(crate) struct Request {
    pub(crate) method: Method,
    pub(crate) table: &'static str,
    pub(crate) query: Vec<(&'static str, String)>,
    pub(crate) prefer: &'static str,
    pub(crate) body: Option<Value>,
}

impl Client {
    pub(crate) fn new(config: &Config) -> Result<Self, ConfigError> {
        let tables = config.tables_url()?;
        let mut builder = reqwest::Client::builder()
            .user_agent(USER_AGENT)
            .default_headers(headers(config.key.expose_secret())?)
            // A redirect would take the key to somebody else.
            .redirect(redirect::Policy::none())
            .connect_timeout(config.connect_timeout);
        if tables.scheme() == "http" {
            // Without this the machine's certificates are demanded even where none are used.
            builder = builder.tls_certs_only([]);
        }
        let http = builder.build().map_err(|error| ConfigError::Tls { source: error.into() })?;
        let patience = Patience {
            attempts: config.attempts,
            backoff: config.backoff,
            give_up_after: config.give_up_after,
        };
        Ok(Self { http, tables, patience, request_timeout: config.request_timeout })
    }

    /// Time limit of one attempt.
    pub(crate) fn request_timeout(&self) -> Duration {
        self.request_timeout
    }

    /// Returns a client that hardly repeats a request and does not wait long, for answers that are of no
    /// use later.
    pub(crate) fn impatient(&self) -> Self {
        let give_up_after = SHORT_PATIENCE.min(self.patience.give_up_after);
        Self {
            patience: Patience { give_up_after, ..self.patience },
            request_timeout: SHORT_TIMEOUT.min(self.request_timeout),
            ..self.clone()
        }
    }

    /// Sends a request until it is answered or repeating it is pointless.
    pub(crate) async fn send(&self, request: &Request) -> Result<Answer, RequestError> {
        let started = Instant::now();
        let mut attempt = 1;
        loop {
            let error = match self.attempt(request).await {
                Ok(answer) => return Ok(answer),
                Err(error) => error,
            };
            let (class, elapsed) = (error.class(), started.elapsed());
            let Some(wait) = self.patience.wait(class, attempt, elapsed, fastrand::f64()) else {
                return Err(error);
            };
            debug!(table = request.table, attempt, %error, ?wait, "request will be repeated");
            tokio::time::sleep(wait).await;
            attempt += 1;
        }
    }

    /// Calls a function of the migrations, which take one object.
    pub(crate) async fn call(
        &self,
        function: &'static str,
        asked: Value,
    ) -> Result<Vec<Row>, RequestError> {
        let request = Request {
            method: Method::POST,
            table: function,
            query: Vec::new(),
            prefer: "",
            body: Some(json!({ "request": asked })),
        };
        Ok(self.send(&request).await?.rows)
    }

    async fn attempt(&self, request: &Request) -> Result<Answer, RequestError> {
        let mut url = self.tables.clone();
        url.set_path(&format!("{}{}", url.path(), request.table));
        url.query_pairs_mut().extend_pairs(&request.query);
        // A blank is written as a plus, which not every server reads as one; a plus is `%2B`.
        let query = url.query().map(|query| query.replace('+', "%20"));
        url.set_query(query.as_deref());
        let mut builder = self.http.request(request.method.clone(), url);
        builder = builder.timeout(self.request_timeout);
        if !request.prefer.is_empty() {
            builder = builder.header("prefer", request.prefer);
        }
        if let Some(body) = &request.body {
            builder = builder.json(body);
        }
        // The address holds device ids, which do not belong in a message.
        let transport = |error: reqwest::Error| RequestError::Transport(error.without_url());
        let mut response = builder.send().await.map_err(transport)?;
        let body = read_body(&mut response).await?;
        answer::read(response.status(), response.headers(), &body).map_err(RequestError::Refused)
    }
}

async fn read_body(response: &mut Response) -> Result<Vec<u8>, RequestError> {
    let mut body = Vec::new();
    loop {
        let chunk =
            response.chunk().await.map_err(|error| RequestError::Transport(error.without_url()))?;
        let Some(chunk) = chunk else { return Ok(body) };
        if body.len() + chunk.len() > LARGEST_ANSWER_BYTES {
            return Err(RequestError::TooLarge { limit_bytes: LARGEST_ANSWER_BYTES });
        }
        body.extend_from_slice(&chunk);
    }
}

/// Makes the headers of every request. Supabase accepts only tokens as `Authorization`.
fn headers(key: &str) -> Result<HeaderMap, ConfigError> {
    if key.is_empty() {
        return Err(ConfigError::Key { reason: "it is empty" });
    }
    let secret = |text: &str| {
        let mut value = HeaderValue::from_str(text).ok().filter(|_| text.is_ascii()).ok_or(
            ConfigError::Key { reason: "it holds a line break or another sign no key has" },
        )?;
        value.set_sensitive(true);
        Ok(value)
    };
    let public = HeaderValue::from_static("public");
    let mut headers = HeaderMap::new();
    headers.insert(HeaderName::from_static("accept-profile"), public.clone());
    headers.insert(HeaderName::from_static("content-profile"), public);
    headers.insert(HeaderName::from_static("apikey"), secret(key)?);
    if Key::read(key).is_token() {
        headers.insert(AUTHORIZATION, secret(&format!("Bearer {key}"))?);
    }
    Ok(headers)
}
