//! Workers that share one store: killed, frozen, cut off, given work twice; every recording is
//! completed once.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    missing_docs,
    reason = "tests"
)]

mod announced;
mod farm;
mod frozen;
mod killed;
mod outage;
mod poison;
mod relay;
mod storm;
