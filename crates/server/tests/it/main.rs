//! The service over fakes: what its clients see.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs, reason = "tests")]

mod access;
mod days;
mod devices;
mod docs;
mod doors;
mod early;
mod events;
mod exposure;
mod followers;
mod forms;
mod fuzzed;
mod golden;
mod headers;
mod limits;
mod metrics;
mod openai;
mod process;
mod runs;
mod sharing;
mod slots;
mod socket;
mod status;
mod webhooks;
mod world;
