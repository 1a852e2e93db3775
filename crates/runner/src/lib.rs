//! Runs that continue without their caller, and workers that need none.
//!
//! A caller hands a [`Request`] to a [`Runner`] and waits for the report, or leaves: the run
//! continues either way. Equal requests share one run and its report. Different runs are carried
//! out one at a time: their selections may overlap, and two runs at once would then transcribe the
//! same recording. The service that this one replaces handled one request at a time as well, and
//! its callers repeat their requests freely because of it.
//!
//! A [`Worker`] claims whatever is pending for as long as the process lives. If a queue announces
//! the work, a [`Consumer`] receives from it and hands each message to a [`Handler`]. A
//! [`Scheduler`] transcribes what is pending at set times. All of them claim through a
//! [`LeasedPipeline`].
//!
//! A run has an id by which anybody can look at it, follow its events from any point, or cancel it.
//! Ended runs are kept until newer ones take their place. All runs can be followed at once as
//! well: a follower gets a snapshot of a run whenever that run changes.

mod announcements;
mod bounds;
mod changes;
mod claimed_work;
mod consumer;
mod event;
mod event_log;
mod follower;
mod history;
mod id;
mod leased_pipeline;
mod leases;
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
pub use leased_pipeline::LeasedPipeline;
pub use request::{NotCancelled, Refused, Request, RunError, RunHandle, RunResult};
pub use runner::{Drained, Load, Runner, RunnerBuilder};
pub use runs_follower::RunsFollower;
pub use scheduler::{
    Fired, Firing, FiringError, ScheduleEvent, ScheduleListener, Scheduler, SchedulerConfig,
};
pub use signals::stop_signals;
pub use snapshot::{RunProgress, RunSnapshot, RunState};
pub use worker::{Worker, WorkerConfig, WorkerReport};
