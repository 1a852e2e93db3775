//! The service over fakes: what its clients see.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs, reason = "tests")]

mod access;
mod audio;
mod background;
mod costs;
mod days;
mod devices;
mod docs;
mod events;
mod export;
mod exposure;
mod feed;
mod followers;
mod forms;
mod fuzzed;
mod golden;
mod headers;
mod health_history;
mod keep_alive;
mod limits;
mod metrics;
mod months;
mod openai;
mod origins;
mod page;
mod process;
mod runs;
mod schedule;
mod sessions;
mod sharing;
mod slots;
mod socket;
mod status;
mod webhooks;
mod world;
