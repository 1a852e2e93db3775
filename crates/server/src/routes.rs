//! The handlers: each parses, asks once and renders.

mod docs;
mod metrics;
mod status;
mod transcribe;

pub(crate) use docs::{docs, docs_file, openapi_json};
pub(crate) use metrics::metrics;
pub(crate) use status::{health, ready, service};
pub(crate) use transcribe::fetch_and_transcribe;

pub use docs::openapi;
