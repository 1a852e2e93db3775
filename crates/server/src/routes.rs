//! The handlers: each parses, asks once and renders.

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
mod webhooks;

pub(crate) use async_process::async_process;
pub(crate) use audio::audio;
pub(crate) use costs::costs;
pub(crate) use days::day;
pub(crate) use devices::list_devices;
pub(crate) use docs::{docs, docs_file, openapi_json};
pub(crate) use events::run_events;
pub(crate) use export::export;
pub(crate) use feed::feed;
pub(crate) use health_history::health_history;
pub(crate) use metrics::metrics;
pub(crate) use months::month;
pub(crate) use page::{page, page_file, page_without_slash};
pub(crate) use reprocess::reprocess_failed;
pub(crate) use runs::{cancel_run, list_runs, show_run, start_run};
pub(crate) use schedule::schedule;
pub(crate) use session::{show_session, sign_in, sign_out};
pub(crate) use slots::explain_slot;
pub(crate) use status::{health, ready, service};
pub(crate) use transcribe::fetch_and_transcribe;
pub(crate) use webhooks::deliveries;

pub use docs::openapi;
