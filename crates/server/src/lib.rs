//! The HTTP service: the original's endpoint, documented and observable.
//!
//! [`router`] is the service without a socket, for tests and for embedding; [`serve`] gives it
//! one, and ends it in an orderly way. Transcriptions run detached from their connection.

mod access;
mod body;
mod cors;
mod early;
mod echo;
mod error;
mod fields;
mod firings;
mod json;
mod language;
mod linger;
mod listen;
mod metrics;
mod origin;
mod page;
mod parameters;
mod playback;
mod prefer;
mod rate;
mod readiness;
mod render;
mod request;
mod router;
mod routes;
mod service;
mod sessions;
mod trace;
mod turns;
mod webhooks;

pub use listen::serve;
pub use router::router;
pub use routes::openapi;
pub use service::{Limits, Schedule, Service, Settings};
