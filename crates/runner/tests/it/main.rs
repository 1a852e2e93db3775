//! Runs: detached, shared, in order, bounded, drained. Queues: consumed and drained. Schedules: kept.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs, reason = "tests")]

mod consuming;
mod draining;
mod running;
mod scheduling;
mod watching;
mod working;
mod world;
