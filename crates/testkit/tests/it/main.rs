//! The fakes keep the promises of the ports that they stand in for.

#![allow(clippy::expect_used, clippy::unwrap_used, missing_docs, reason = "tests")]

mod fake_queue;
mod fake_store;
mod fake_transcriber;
mod postgrest;
mod sample;
mod source;
mod transcriber;
