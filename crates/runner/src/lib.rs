//! Runs that go on without their caller, and workers that need none.
//!
//! A caller hands a [`Request`] to a [`Runner`] and waits for the report, or leaves: the work
//! goes on either way. Equal requests share one run and its report. Different runs go one after
//! the other: their selections may overlap, and two runs at once would then transcribe the same
//! recording. The service that this one replaces did one request at a time as well, and its
//! callers repeat their requests freely because of it.
//!
//! A [`Worker`] claims whatever is pending for as long as the process lives. Where a queue announces
//! the work, a [`Consumer`] receives from it, and hands each message to a [`Handler`]. A
//! [`Scheduler`] takes up what is pending at set times.

mod consumer;
mod leases;
mod request;
mod runner;
mod scheduler;
mod signals;
mod worker;

pub use consumer::{Consumed, Consumer, ConsumerConfig, Handled, Handler};
pub use leases::KeptLeases;
pub use request::{Refused, Request, RunError, RunHandle, RunResult};
pub use runner::{Drained, Load, Runner};
pub use scheduler::{Fired, Firing, Scheduler, SchedulerConfig};
pub use signals::stop_signals;
pub use worker::{Worker, WorkerConfig, WorkerReport};
