//! Runs: detached, shared, in order, bounded, followed, cancelled, drained.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs, reason = "tests")]

mod cancelling;
mod chatty;
mod draining;
mod following;
mod history;
mod running;
mod world;
