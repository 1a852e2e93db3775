//! HTTP client of a running service.

pub(crate) mod sse;

use std::time::Duration;

use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderValue};
use reqwest::{Method, RequestBuilder, Response, StatusCode, redirect};
use secrecy::ExposeSecret;
use serde::Serialize;
use serde::de::DeserializeOwned;
use url::Url;
use watchme_app::{ClientSettings, Environment};
use watchme_wire::ErrorBody;

use crate::args::ServerArgs;
use crate::error::CommandError;

/// Time limit for a connection.
const CONNECT: Duration = Duration::from_secs(5);

/// Time limit for an answer. None of the requests made here waits for a recording.
const ANSWER: Duration = Duration::from_secs(30);

/// Silence after which a stream counts as lost: four of its keep-alive comments are missing.
const SILENCE: Duration = Duration::from_mins(1);

/// A service and the key to use with it.
#[derive(Debug, Clone)]
pub(crate) struct Client {
    http: reqwest::Client,
    url: Url,
}

/// Reason why a request was not answered as expected.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ClientError {
    /// The service cannot be reached, or the connection was lost.
    #[error("the service at {url} cannot be reached")]
    Unreachable {
        /// URL of the service.
        url: String,
        /// Error of the connection.
        source: reqwest::Error,
    },
    /// The service refuses the request.
    #[error("the service answers {status}: {message}")]
    Refused {
        /// Status of the answer.
        status: StatusCode,
        /// Message of the answer.
        message: String,
    },
    /// The answer is none that any version of the service gives.
    #[error("what answers at {url} is not this service")]
    Odd {
        /// URL that was asked.
        url: String,
    },
}

impl ClientError {
    /// True if the same request may succeed a little later.
    pub(crate) fn is_passing(&self) -> bool {
        match self {
            Self::Unreachable { .. } => true,
            Self::Refused { status, .. } => {
                status.is_server_error() || *status == StatusCode::TOO_MANY_REQUESTS
            }
            Self::Odd { .. } => false,
        }
    }
}

impl Client {
    /// Creates a client for the service that the arguments or the settings name.
    pub(crate) fn new(args: &ServerArgs, environment: &Environment) -> Result<Self, CommandError> {
        let settings = ClientSettings::parse(environment)?;
        let mut headers = HeaderMap::new();
        let value = settings
            .api_key
            .and_then(|key| HeaderValue::try_from(format!("Bearer {}", key.expose_secret())).ok());
        if let Some(mut value) = value {
            value.set_sensitive(true);
            headers.insert(AUTHORIZATION, value);
        }
        let url = args.server.clone().unwrap_or(settings.server);
        let mut builder = reqwest::Client::builder()
            .default_headers(headers)
            // A redirect would send the key to somebody else.
            .redirect(redirect::Policy::none())
            .connect_timeout(CONNECT)
            .read_timeout(SILENCE);
        if url.scheme() == "http" {
            // Without this the system's certificates are required even though none are used.
            builder = builder.tls_certs_only([]);
        }
        let http = builder.build();
        let http = http.map_err(|error| CommandError::caused("cannot set up HTTP", &error))?;
        Ok(Self { http, url })
    }

    /// URL of the service.
    pub(crate) fn url(&self) -> &Url {
        &self.url
    }

    pub(crate) async fn get<T: DeserializeOwned>(
        &self,
        path: &[&str],
        query: Option<&str>,
    ) -> Result<T, ClientError> {
        self.body(self.request(Method::GET, path, query)).await
    }

    pub(crate) async fn post<T: DeserializeOwned>(
        &self,
        path: &[&str],
        body: &(impl Serialize + Sync),
    ) -> Result<T, ClientError> {
        self.body(self.request(Method::POST, path, None).json(body)).await
    }

    pub(crate) async fn delete<T: DeserializeOwned>(
        &self,
        path: &[&str],
    ) -> Result<T, ClientError> {
        self.body(self.request(Method::DELETE, path, None)).await
    }

    /// Opens a stream of the events after `last`. `None` if none will follow.
    pub(crate) async fn events(
        &self,
        path: &[&str],
        last: Option<&str>,
    ) -> Result<Option<Response>, ClientError> {
        let mut request = self.request(Method::GET, path, None);
        if let Some(last) = last {
            request = request.header("last-event-id", last);
        }
        let response = self.answer(request).await?;
        Ok((response.status() != StatusCode::NO_CONTENT).then_some(response))
    }

    /// The error for a lost connection.
    pub(crate) fn lost(&self, source: reqwest::Error) -> ClientError {
        // The address is already part of our own message.
        ClientError::Unreachable { url: self.url.to_string(), source: source.without_url() }
    }

    /// The error for an answer that makes no sense.
    pub(crate) fn odd(&self) -> ClientError {
        ClientError::Odd { url: self.url.to_string() }
    }

    fn request(&self, method: Method, path: &[&str], query: Option<&str>) -> RequestBuilder {
        let mut url = self.url.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().extend(path);
        }
        url.set_query(query);
        self.http.request(method, url)
    }

    async fn body<T: DeserializeOwned>(&self, request: RequestBuilder) -> Result<T, ClientError> {
        let response = self.answer(request.timeout(ANSWER)).await?;
        let bytes = response.bytes().await.map_err(|error| self.lost(error))?;
        serde_json::from_slice(&bytes).map_err(|_| self.odd())
    }

    async fn answer(&self, request: RequestBuilder) -> Result<Response, ClientError> {
        let response = request.send().await.map_err(|error| self.lost(error))?;
        let status = response.status();
        if status.is_success() {
            return Ok(response);
        }
        let body = response.json::<ErrorBody>().await.ok();
        let message = body.map_or_else(|| "no reason is given".to_owned(), |body| body.message);
        Err(ClientError::Refused { status, message })
    }
}
