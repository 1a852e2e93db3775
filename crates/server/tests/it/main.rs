//! The service over fakes: what its clients see.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs, reason = "tests")]

mod access;
mod docs;
mod exposure;
mod forms;
mod golden;
mod headers;
mod limits;
mod metrics;
mod process;
mod sharing;
mod socket;
mod status;
mod world;
