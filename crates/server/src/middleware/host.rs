//! Checks of the `Host` header.
//!
//! A browser takes a page for one of this service if the host name of the page leads here, and anybody
//! can have a name that leads to 127.0.0.1 (DNS rebinding). So a service without keys on loopback
//! answers only requests for hosts that it knows.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::uri::Authority;
use axum::http::{HeaderValue, Version, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::response::ApiError;

/// Names and addresses of this machine.
const LOCAL: [&str; 3] = ["localhost", "127.0.0.1", "[::1]"];

/// Hosts that requests may name.
#[derive(Debug)]
pub(crate) enum Hosts {
    Any,
    /// Those of this machine, and these, in lower case and without ports.
    LocalAnd(Vec<String>),
}

impl Hosts {
    pub(crate) fn new(allowed: Option<&[String]>) -> Self {
        allowed.map_or(Self::Any, |names| Self::LocalAnd(names.to_vec()))
    }

    fn check(&self, request: &Request) -> Result<(), ApiError> {
        let header = host_header(request)?;
        let Self::LocalAnd(names) = self else { return Ok(()) };
        // The URI counts if it has a host (RFC 9112, section 3.2.2), as it always has in HTTP/2.
        let authority = match (request.uri().authority(), header) {
            (Some(authority), _) => authority.clone(),
            (None, Some(header)) => {
                Authority::try_from(header.as_bytes()).map_err(|_| ApiError::BadHost)?
            }
            // Every browser names a host. A request without one comes from an old program.
            (None, None) => return Ok(()),
        };
        let host = authority.host().to_ascii_lowercase();
        let is_allowed = LOCAL.contains(&host.as_str()) || names.contains(&host);
        is_allowed.then_some(()).ok_or(ApiError::OtherHost)
    }
}

/// Refuses requests without a proper host, or for a host that is not allowed.
pub(crate) async fn guard(
    State(hosts): State<Arc<Hosts>>,
    request: Request,
    next: Next,
) -> Response {
    match hosts.check(&request) {
        Ok(()) => next.run(request).await,
        Err(error) => error.into_response(),
    }
}

/// Returns the header that names the host. HTTP/1.1 requires exactly one (RFC 9112, section 3.2).
fn host_header(request: &Request) -> Result<Option<&HeaderValue>, ApiError> {
    let mut headers = request.headers().get_all(header::HOST).iter();
    let (first, second) = (headers.next(), headers.next());
    if second.is_some() || (first.is_none() && request.version() == Version::HTTP_11) {
        return Err(ApiError::BadHost);
    }
    Ok(first)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use axum::body::Body;
    use axum::http::StatusCode;

    use super::*;

    fn request(version: Version, uri: &str, hosts: &[&str]) -> Request {
        let mut request = Request::builder().version(version).uri(uri);
        for host in hosts {
            request = request.header(header::HOST, *host);
        }
        request.body(Body::empty()).unwrap()
    }

    #[track_caller]
    fn check(hosts: &Hosts, named: &[&str], expected: Option<StatusCode>) {
        let result = hosts.check(&request(Version::HTTP_11, "/", named));
        assert_eq!(result.err().map(|error| error.status()), expected, "{named:?}");
    }

    #[test]
    fn only_hosts_of_this_machine_and_allowed_ones_are_answered() {
        let hosts = Hosts::new(Some(&["api.hey-watch.me".to_owned()]));
        for named in [
            "localhost",
            "LOCALHOST:8001",
            "127.0.0.1:8001",
            "[::1]:8001",
            "api.hey-watch.me",
            "Api.Hey-Watch.me:443",
        ] {
            check(&hosts, &[named], None);
            check(&Hosts::Any, &[named], None);
        }
        for named in ["evil.example", "localhost.evil.example", "127.0.0.1.evil.example:8001"] {
            check(&hosts, &[named], Some(StatusCode::MISDIRECTED_REQUEST));
            check(&Hosts::Any, &[named], None);
        }
    }

    #[test]
    fn a_request_names_one_host() {
        let hosts = Hosts::new(Some(&[]));
        for named in [&[][..], &["a", "a"], &["a", "b"]] {
            check(&Hosts::Any, named, Some(StatusCode::BAD_REQUEST));
            check(&hosts, named, Some(StatusCode::BAD_REQUEST));
        }
        for odd in ["a b", "http://a/", ""] {
            check(&Hosts::Any, &[odd], None);
            check(&hosts, &[odd], Some(StatusCode::BAD_REQUEST));
        }
        let old = request(Version::HTTP_10, "/", &[]);
        assert!(Hosts::Any.check(&old).is_ok() && hosts.check(&old).is_ok());
        assert!(hosts.check(&request(Version::HTTP_2, "http://localhost:8001/", &[])).is_ok());
        assert!(hosts.check(&request(Version::HTTP_2, "http://evil.example/", &[])).is_err());
        let absolute = request(Version::HTTP_11, "http://evil.example/", &["localhost"]);
        assert!(hosts.check(&absolute).is_err());
    }
}
