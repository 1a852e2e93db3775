//! Runs: detached, shared, in order, bounded, drained.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs, reason = "tests")]

mod draining;
mod running;
mod watching;
mod world;
