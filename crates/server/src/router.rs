//! Paths, and what surrounds every one of them.

use axum::Router;
use axum::extract::Request;
use axum::http::uri::Authority;
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::middleware;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use tower_http::catch_panic::CatchPanicLayer;

use crate::error::ApiError;
use crate::{Service, access, cors, metrics, origin, routes, trace};

/// Paths that are also asked for with a slash too many.
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

/// The service without a socket.
pub fn router(service: Service) -> Router {
    let cors = service.settings.cors;
    let (access, metrics) = (service.access.clone(), service.metrics.clone());
    let router = Router::new()
        .route("/", get(routes::service))
        .route("/fetch-and-transcribe", post(routes::fetch_and_transcribe))
        .route("/async-process", post(routes::async_process))
        .route("/reprocess-failed", post(routes::reprocess_failed))
        .route("/v1/runs", get(routes::list_runs).post(routes::start_run))
        .route("/v1/runs/{id}", get(routes::show_run).delete(routes::cancel_run))
        .route("/v1/runs/{id}/events", get(routes::run_events))
        .route("/v1/events", get(routes::feed))
        .route("/v1/devices", get(routes::list_devices))
        .route("/v1/devices/{id}/days/{date}", get(routes::day))
        .route("/v1/devices/{id}/days/{date}/export", get(routes::export))
        .route("/v1/devices/{id}/days/{date}/{time_block}", get(routes::explain_slot))
        .route("/v1/devices/{id}/days/{date}/{time_block}/audio", get(routes::audio))
        .route("/v1/devices/{id}/months/{month}", get(routes::month))
        .route("/v1/costs/{month}", get(routes::costs))
        .route("/v1/health/history", get(routes::health_history))
        .route("/v1/schedule", get(routes::schedule))
        .route("/v1/webhooks/deliveries", get(routes::deliveries))
        .route(
            "/v1/session",
            get(routes::show_session).post(routes::sign_in).delete(routes::sign_out),
        )
        .route("/ui", get(routes::page))
        .route("/ui/", get(routes::page_without_slash))
        .route("/ui/{*file}", get(routes::page_file))
        .route("/v1/audio/transcriptions", post(routes::openai::transcribe))
        .route("/v1/models", get(routes::openai::list_models))
        .route("/v1/models/{id}", get(routes::openai::show_model))
        .route("/health", get(routes::health))
        .route("/ready", get(routes::ready))
        .route("/metrics", get(routes::metrics))
        .route("/docs", get(routes::docs))
        .route("/docs/{file}", get(routes::docs_file))
        .route("/openapi.json", get(routes::openapi_json))
        .method_not_allowed_fallback(async || ApiError::MethodNotAllowed)
        .fallback(elsewhere)
        .with_state(service)
        .layer(CatchPanicLayer::custom(trace::answer_panic))
        .layer(middleware::from_fn(metrics::note_route));
    // Around the routes and not inside each: what answers in their place must not get the
    // headers that a route adds.
    let router = Router::new()
        .fallback_service(router)
        .layer(middleware::from_fn_with_state(access, access::guard));
    let router =
        if cors { router.layer(middleware::from_fn(cors::allow_every_origin)) } else { router };
    router
        .layer(middleware::from_fn(origin::guard))
        .layer(middleware::from_fn(routes::openai::in_its_shape))
        .layer(middleware::from_fn_with_state(metrics, metrics::measure))
        .layer(middleware::from_fn(trace::observe))
}

/// Sends clients that append a slash to the path without it, and says no to the others.
async fn elsewhere(request: Request) -> Response {
    match location(request.uri(), request.headers()) {
        Some(location) => {
            (StatusCode::TEMPORARY_REDIRECT, [(header::LOCATION, location)]).into_response()
        }
        None => ApiError::NotFound.into_response(),
    }
}

/// The address without the slash, as the client reached it where its headers tell.
fn location(uri: &Uri, headers: &HeaderMap) -> Option<String> {
    let path = uri.path().strip_suffix('/')?;
    let path = PATHS.into_iter().find(|known| *known == path)?;
    let query = uri.query().map(|query| format!("?{query}")).unwrap_or_default();
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let host = text(header::HOST).filter(|host| host.parse::<Authority>().is_ok());
    let Some(host) = host else { return Some(format!("{path}{query}")) };
    let scheme = if origin::is_https(headers) { "https" } else { "http" };
    Some(format!("{scheme}://{host}{path}{query}"))
}
