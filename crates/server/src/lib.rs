//! HTTP service: the original's endpoint, documented and observable.
//!
//! [`router`] builds the service without a socket, for tests and for embedding. [`serve`] runs it on
//! a socket until it is told to stop. Transcriptions run detached from the connection that asked
//! for them.
//!
//! A request passes `middleware`, is parsed by `request`, handled in `routes` with what
//! `state` shares, and answered by `response`.

mod listen;
mod metrics;
mod middleware;
mod page;
mod request;
mod response;
mod router;
mod routes;
mod state;
mod webhooks;

pub use listen::{bind, serve};
pub use router::router;
pub use routes::openapi;
pub use state::{Limits, Schedule, Service, Settings};
