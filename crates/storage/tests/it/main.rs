//! The sources against real files, a real S3 server, and servers that misbehave.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::exit,
    clippy::print_stdout,
    missing_docs,
    reason = "tests"
)]

mod chain;
mod faults;
mod folder;
mod made;
mod region;
mod replay;
mod s3;
mod scripted;
mod uploads;
