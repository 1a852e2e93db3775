//! Runs that go on without their caller.
//!
//! A caller hands a [`Request`] to a [`Runner`] and waits for the report, or leaves: the work
//! goes on either way. Equal requests share one run and its report. Different runs go one after
//! the other: their selections may overlap, and two runs at once would then transcribe the same
//! recording. The service that this one replaces did one request at a time as well, and its
//! callers repeat their requests freely because of it.

mod request;
mod runner;

pub use request::{Refused, Request, RunError, RunHandle, RunResult};
pub use runner::{Drained, Load, Runner};
