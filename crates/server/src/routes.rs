//! Handlers: each parses a request, asks once and renders the answer. [`all`] is the only list of
//! routes: router and OpenAPI document are both made from it.

mod async_process;
mod audio;
mod costs;
mod days;
mod devices;
mod docs;
mod events;
mod export;
mod feed;
mod health_history;
mod metrics;
mod months;
pub(crate) mod openai;
mod page;
mod reprocess;
mod runs;
mod schedule;
mod session;
mod slots;
mod status;
mod transcribe;
mod unknown;
mod webhooks;

use axum::routing::get;
use utoipa::openapi::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::Service;

/// Returns the OpenAPI document of the service.
#[must_use]
pub fn openapi() -> OpenApi {
    docs::describe(all().into_openapi())
}

/// Every route, each described unless it serves a file or a page.
pub(crate) fn all() -> OpenApiRouter<Service> {
    OpenApiRouter::new()
        .routes(routes!(status::service))
        .routes(routes!(transcribe::fetch_and_transcribe))
        .routes(routes!(async_process::async_process))
        .routes(routes!(reprocess::reprocess_failed))
        .routes(routes!(runs::list_runs, runs::start_run))
        .routes(routes!(runs::show_run, runs::cancel_run))
        .routes(routes!(events::run_events))
        .routes(routes!(feed::feed))
        .routes(routes!(devices::list_devices))
        .routes(routes!(days::day))
        .routes(routes!(export::export))
        .routes(routes!(slots::explain_slot))
        .routes(routes!(audio::audio))
        .routes(routes!(months::month))
        .routes(routes!(costs::costs))
        .routes(routes!(health_history::health_history))
        .routes(routes!(schedule::schedule))
        .routes(routes!(webhooks::deliveries))
        .routes(routes!(session::show_session, session::sign_in, session::sign_out))
        .routes(routes!(openai::transcribe))
        .routes(routes!(openai::models::list_models))
        .routes(routes!(openai::models::show_model))
        .routes(routes!(status::health))
        .routes(routes!(status::ready))
        .routes(routes!(metrics::metrics))
        .route("/ui", get(page::page))
        .route("/ui/", get(page::page_without_slash))
        .route("/ui/{*file}", get(page::page_file))
        .route("/docs", get(docs::docs))
        .route("/docs/{file}", get(docs::docs_file))
        .route("/openapi.json", get(docs::openapi_json))
}
