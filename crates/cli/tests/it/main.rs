//! The real binary, in surroundings of its own.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs, reason = "tests")]

mod bench;
mod cost;
mod demo;
mod doctor;
mod import_day;
mod keys;
mod ledger;
mod models;
mod reference;
mod runs;
mod sandbox;
mod schedule;
mod store;
mod transcribe_file;
mod usage;
mod watch;
