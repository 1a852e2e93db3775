//! Settings by table, the composition on real backends, and the reference.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs, reason = "tests")]

mod env_table;
mod environment;
mod keys;
mod reference;
mod schedule;
mod settings;
