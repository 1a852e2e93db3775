//! The handlers: each parses, asks once and renders.

mod async_process;
mod days;
mod devices;
mod docs;
mod events;
mod metrics;
pub(crate) mod openai;
mod reprocess;
mod runs;
mod slots;
mod status;
mod transcribe;
mod webhooks;

pub(crate) use async_process::async_process;
pub(crate) use days::day;
pub(crate) use devices::list_devices;
pub(crate) use docs::{docs, docs_file, openapi_json};
pub(crate) use events::run_events;
pub(crate) use metrics::metrics;
pub(crate) use reprocess::reprocess_failed;
pub(crate) use runs::{cancel_run, list_runs, show_run, start_run};
pub(crate) use slots::explain_slot;
pub(crate) use status::{health, ready, service};
pub(crate) use transcribe::fetch_and_transcribe;
pub(crate) use webhooks::deliveries;

pub use docs::openapi;
