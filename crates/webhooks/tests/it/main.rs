//! Events as receivers get them.

#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs, reason = "tests")]

mod delivering;
mod receiver;
mod secrets;
