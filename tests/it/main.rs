//! The real binaries against real servers, and the shape of the workspace itself.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs, reason = "tests")]

mod architecture;
mod binaries;
mod draining;
mod faults;
mod imports;
mod language;
mod ledger;
mod looping;
mod operating;
mod schedule;
mod scripts;
mod seed_cases;
mod starting;
mod station;
mod telemetry;
mod world;
