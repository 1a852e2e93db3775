//! The router: all routes, and the layers around them.

use std::sync::Arc;

use axum::Router;
use axum::extract::Request;
use axum::http::uri::Authority;
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use tower_http::catch_panic::CatchPanicLayer;

use crate::middleware::host::Hosts;
use crate::middleware::{access, cors, host, origin, trace};
use crate::response::ApiError;
use crate::{Service, metrics, routes};

/// Paths that are redirected from their form with a trailing slash.
const PATHS: [&str; 9] = [
    "/fetch-and-transcribe",
    "/async-process",
    "/reprocess-failed",
    "/v1/runs",
    "/v1/devices",
    "/docs",
    "/openapi.json",
    "/health",
    "/ready",
];

/// Paths that are answered even if there are too many connections.
const PROBES: [&str; 4] = ["/", "/health", "/ready", "/metrics"];

/// Builds the service without a socket.
pub fn router(service: Service) -> Router {
    let cors = service.settings.cors;
    let hosts = Arc::new(Hosts::new(service.settings.allowed_hosts.as_deref()));
    let (access, metrics) = (service.access.clone(), service.metrics.clone());
    let (handlers, _) = routes::all().split_for_parts();
    let handlers = handlers
        .method_not_allowed_fallback(async || ApiError::MethodNotAllowed)
        .fallback(redirect_slash)
        .with_state(service)
        .layer(CatchPanicLayer::custom(trace::answer_panic))
        .layer(from_fn(metrics::note_route));
    // A router around the routes, since layers of a route add headers that an answer given in its
    // place must not have.
    let router =
        Router::new().fallback_service(handlers).layer(from_fn_with_state(access, access::guard));
    let router = if cors { router.layer(from_fn(cors::allow_every_origin)) } else { router };
    router
        .layer(from_fn(origin::guard))
        .layer(from_fn_with_state(hosts, host::guard))
        .layer(from_fn(routes::openai::shape_errors))
        .layer(from_fn_with_state(metrics, metrics::measure))
        .layer(from_fn(trace::observe))
}

/// Wraps the router for connections beyond their limit: answers probes and refuses the rest.
pub(crate) fn probes_only(router: Router) -> Router {
    Router::new().fallback_service(router).layer(from_fn(refuse_unless_probe))
}

async fn refuse_unless_probe(request: Request, next: Next) -> Response {
    if PROBES.contains(&request.uri().path()) {
        return next.run(request).await;
    }
    ApiError::TooManyConnections.into_response()
}

/// Redirects a known path with a trailing slash to the path without it; 404 for anything else.
async fn redirect_slash(request: Request) -> Response {
    match without_slash(request.uri(), request.headers()) {
        Some(location) => {
            (StatusCode::TEMPORARY_REDIRECT, [(header::LOCATION, location)]).into_response()
        }
        None => ApiError::NotFound.into_response(),
    }
}

/// Returns the URL without the slash, with the host as the client named it.
fn without_slash(uri: &Uri, headers: &HeaderMap) -> Option<String> {
    let path = uri.path().strip_suffix('/')?;
    let path = PATHS.into_iter().find(|known| *known == path)?;
    let query = uri.query().map(|query| format!("?{query}")).unwrap_or_default();
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let host = text(header::HOST).filter(|host| host.parse::<Authority>().is_ok());
    let Some(host) = host else { return Some(format!("{path}{query}")) };
    let scheme = if origin::is_https(headers) { "https" } else { "http" };
    Some(format!("{scheme}://{host}{path}{query}"))
}
