//! The audio and the engine, from outside.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    missing_docs,
    reason = "tests"
)]

mod audio;
mod checkpoint;
mod contract;
mod engine;
mod fuzzed;
mod models;
