//! Runs: detached, shared, in order, bounded, followed, cancelled, drained. Queues: consumed and
//! drained. Schedules: kept. Workers.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs, reason = "tests")]

mod cancelling;
mod chatty;
mod consuming;
mod draining;
mod following;
mod following_all;
mod history;
mod running;
mod scheduling;
mod watching;
mod working;
mod world;
