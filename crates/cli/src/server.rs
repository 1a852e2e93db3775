//! A service that runs already, asked over HTTP.

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
use crate::trouble::Trouble;

/// How long a connection may take.
const CONNECT: Duration = Duration::from_secs(5);

/// How long an answer may take; none of those asked for here waits for a recording.
const ANSWER: Duration = Duration::from_secs(30);

/// A stream that is silent for this long is lost: four of its signs of life are missing.
const SILENCE: Duration = Duration::from_mins(1);

/// A service, and the key that it lets in.
#[derive(Debug, Clone)]
pub(crate) struct Server {
    http: reqwest::Client,
    url: Url,
}

/// Why a service did not answer with what it was asked for.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ServerError {
    /// It cannot be reached, or the connection was lost.
    #[error("the service at {url} cannot be reached")]
    Unreachable {
        /// Where it was looked for.
        url: String,
        /// What happened.
        source: reqwest::Error,
    },
    /// It says no.
    #[error("the service answers {status}: {message}")]
    Refused {
        /// The status of its answer.
        status: StatusCode,
        /// What it says.
        message: String,
    },
    /// It answers what no version of the service does.
    #[error("what answers at {url} is not this service")]
    Odd {
        /// Where.
        url: String,
    },
}

impl ServerError {
    /// Whether the same request may be answered a little later.
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

impl Server {
    /// The service of the arguments or of the settings.
    pub(crate) fn new(args: &ServerArgs, environment: &Environment) -> Result<Self, Trouble> {
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
            // A redirect would take the key to somebody else.
            .redirect(redirect::Policy::none())
            .connect_timeout(CONNECT)
            .read_timeout(SILENCE);
        if url.scheme() == "http" {
            // Without this the machine's certificates are demanded even where none are used.
            builder = builder.tls_certs_only([]);
        }
        let http = builder.build();
        let http = http.map_err(|error| Trouble::caused("HTTP cannot be spoken here", &error))?;
        Ok(Self { http, url })
    }

    /// Where it is.
    pub(crate) fn url(&self) -> &Url {
        &self.url
    }

    pub(crate) async fn get<T: DeserializeOwned>(
        &self,
        path: &[&str],
        query: Option<&str>,
    ) -> Result<T, ServerError> {
        self.body(self.request(Method::GET, path, query)).await
    }

    pub(crate) async fn post<T: DeserializeOwned>(
        &self,
        path: &[&str],
        body: &(impl Serialize + Sync),
    ) -> Result<T, ServerError> {
        self.body(self.request(Method::POST, path, None).json(body)).await
    }

    pub(crate) async fn delete<T: DeserializeOwned>(
        &self,
        path: &[&str],
    ) -> Result<T, ServerError> {
        self.body(self.request(Method::DELETE, path, None)).await
    }

    /// A stream of events from the one after `last` on; `None` where none follows.
    pub(crate) async fn events(
        &self,
        path: &[&str],
        last: Option<&str>,
    ) -> Result<Option<Response>, ServerError> {
        let mut request = self.request(Method::GET, path, None);
        if let Some(last) = last {
            request = request.header("last-event-id", last);
        }
        let response = self.answer(request).await?;
        Ok((response.status() != StatusCode::NO_CONTENT).then_some(response))
    }

    /// What a connection that was lost is called.
    pub(crate) fn lost(&self, source: reqwest::Error) -> ServerError {
        // The address is told once, and by us.
        ServerError::Unreachable { url: self.url.to_string(), source: source.without_url() }
    }

    /// What it is called that answers so.
    pub(crate) fn odd(&self) -> ServerError {
        ServerError::Odd { url: self.url.to_string() }
    }

    fn request(&self, method: Method, path: &[&str], query: Option<&str>) -> RequestBuilder {
        let mut url = self.url.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().extend(path);
        }
        url.set_query(query);
        self.http.request(method, url)
    }

    async fn body<T: DeserializeOwned>(&self, request: RequestBuilder) -> Result<T, ServerError> {
        let response = self.answer(request.timeout(ANSWER)).await?;
        let bytes = response.bytes().await.map_err(|error| self.lost(error))?;
        serde_json::from_slice(&bytes).map_err(|_| self.odd())
    }

    async fn answer(&self, request: RequestBuilder) -> Result<Response, ServerError> {
        let response = request.send().await.map_err(|error| self.lost(error))?;
        let status = response.status();
        if status.is_success() {
            return Ok(response);
        }
        let body = response.json::<ErrorBody>().await.ok();
        let message = body.map_or_else(|| "no reason is given".to_owned(), |body| body.message);
        Err(ServerError::Refused { status, message })
    }
}
