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
//!
//! A run has an id by which anybody can look at it, follow its events from any of them on, or
//! cancel it, also after it ended and until newer ones take its place. All runs can be followed at
//! once as well, each as it is whenever it changes.

mod announced;
mod bounds;
mod changes;
mod claimed;
mod consumer;
mod event;
mod follower;
mod history;
mod id;
mod leases;
mod log;
mod request;
mod run;
mod runner;
mod runs_follower;
mod scheduler;
mod signals;
mod snapshot;
mod worker;

pub use bounds::Bounds;
pub use consumer::{Consumed, Consumer, ConsumerConfig, Handled, Handler};
pub use event::{LoggedEvent, RecordingProgress, RunEvent, RunListener};
pub use follower::{Followed, Follower};
pub use id::{ParseRunIdError, RunId};
pub use leases::KeptLeases;
pub use request::{NotCancelled, Refused, Request, RunError, RunHandle, RunResult};
pub use runner::{Drained, Load, Runner, RunnerBuilder};
pub use runs_follower::RunsFollower;
pub use scheduler::{
    Fired, Firing, FiringError, ScheduleEvent, ScheduleListener, Scheduler, SchedulerConfig,
};
pub use signals::stop_signals;
pub use snapshot::{RunProgress, RunSnapshot, RunState};
pub use worker::{Worker, WorkerConfig, WorkerReport};
