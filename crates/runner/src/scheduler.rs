//! Transcribes what is pending at set times, on any number of machines.

mod firing;
mod listener;

use std::sync::Arc;
use std::time::Duration;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use tokio::task::{JoinError, JoinSet};
use tokio::time::{sleep, timeout};
use tracing::{Instrument, error, info, info_span, warn};
use watchme_core::rules::{Due, Period, SkipHours, due};
use watchme_core::{
    ErrorChain, FailureKind, Observer, Report, Selection, StoreError, TranscribeOptions,
};

use self::listener::Listener;
use crate::LeasedPipeline;

pub use listener::{FiringError, ScheduleEvent, ScheduleListener};

/// Configuration of a [`Scheduler`].
#[derive(Debug, Clone)]
pub struct SchedulerConfig {
    /// Age limit of recordings: a firing leaves older ones to other requests.
    pub look_back: Duration,
    /// Hours of the day whose recordings are left out.
    pub skip: SkipHours,
    /// Time zone of logged times.
    pub zone: TimeZone,
    /// Model and language.
    pub options: TranscribeOptions,
}

/// Transcribes what is pending at set times. Cheap to clone.
///
/// Each recording is claimed first, so that any number of machines may have the same schedule. A
/// store without claims supports one machine only.
#[derive(Debug, Clone)]
pub struct Scheduler {
    pipeline: LeasedPipeline,
    config: Arc<SchedulerConfig>,
    listener: Listener,
}

/// Result of one firing.
#[derive(Debug, Clone, PartialEq)]
pub struct Firing {
    /// Recordings that were due.
    pub due: Due,
    /// Outcome of each.
    pub report: Report,
}

/// Counts of firings and recordings until the scheduler was stopped.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Fired {
    /// Firings that finished.
    pub firings: usize,
    /// Firings skipped because the previous one was still running.
    pub skipped: usize,
    /// Firings that could not read the pending rows, were cancelled, or panicked.
    pub broken_off: usize,
    /// Recordings completed.
    pub completed: usize,
    /// Recordings that failed, including missing ones.
    pub failed: usize,
    /// Recordings left to other machines or to a later attempt.
    pub left: usize,
}

impl Scheduler {
    /// Creates a scheduler over `pipeline`.
    #[must_use]
    pub fn new(pipeline: LeasedPipeline, config: SchedulerConfig) -> Self {
        Self { pipeline, config: Arc::new(config), listener: Listener(Arc::new(())) }
    }

    /// Sets a listener to its events.
    #[must_use]
    pub fn heard_by(self, listener: Arc<dyn ScheduleListener>) -> Self {
        Self { listener: Listener(listener), ..self }
    }

    /// Finds the recordings that a firing at `now` would transcribe.
    pub async fn due(&self, now: Timestamp) -> Result<Due, StoreError> {
        let period = self.config.period(now);
        let pending = self.pipeline.pipeline().plan(&Selection::Pending).await?;
        Ok(due(pending, period, &self.config.skip))
    }

    /// Fires once. Failed recordings are data in the report; `Err` means that the pending rows could
    /// not be read.
    ///
    /// Dropping the future cancels the work. Saved texts stay; other recordings become pending again
    /// once their claims are given back by [`Self::release`] or expire.
    pub async fn fire(
        &self,
        now: Timestamp,
        observer: Arc<dyn Observer>,
    ) -> Result<Firing, StoreError> {
        firing::log_start(&self.config, now);
        let due = self.due(now).await?;
        firing::log_due(&due);
        self.send(ScheduleEvent::Found(&due));
        let pipeline = self.pipeline.pipeline();
        let report = pipeline.carry_out(&due.plan, &self.config.options, observer).await;
        let firing = Firing { due, report };
        firing::log_end(&firing);
        Ok(firing)
    }

    /// Gives back the claims of a firing that was dropped.
    pub async fn release(&self) {
        self.pipeline.release().await;
    }

    /// Fires at the times that `next` returns, each time given the previous one, until `stop` or
    /// until `next` returns `None` and the last firing is done. After `stop` the current firing may
    /// finish within `grace` and is cancelled after it.
    ///
    /// A firing that is due while the previous one is still running is skipped. Its recordings stay
    /// pending for the next.
    pub async fn run(
        self,
        next: impl Fn(Timestamp) -> Option<Timestamp> + Send,
        observer: Arc<dyn Observer>,
        stop: impl Future<Output = ()> + Send,
        grace: Duration,
    ) -> Fired {
        let mut fired = Fired::default();
        let mut working = JoinSet::new();
        let mut planned = next(Timestamp::now());
        self.send(ScheduleEvent::Planned(planned));
        tokio::pin!(stop);
        while planned.is_some() || !working.is_empty() {
            tokio::select! {
                biased;
                () = &mut stop => break,
                Some(ended) = working.join_next() => self.count(&mut fired, ended),
                time = wait_until(planned) => {
                    if working.is_empty() {
                        self.send(ScheduleEvent::Began(time));
                        working.spawn(self.clone().fire_on(time, observer.clone()));
                    } else {
                        fired.skipped += 1;
                        warn!("firing skipped: the previous one is still running");
                    }
                    // After a clock is set back the same time must not fire twice, and after
                    // it is set forward the times in between must not all fire.
                    planned = next(time.max(Timestamp::now()));
                    self.send(ScheduleEvent::Planned(planned));
                }
            }
        }
        let finishing = async {
            while let Some(ended) = working.join_next().await {
                self.count(&mut fired, ended);
            }
        };
        if timeout(grace, finishing).await.is_err() {
            info!("the grace period is over; unfinished recordings are given back");
            fired.broken_off += 1;
            working.shutdown().await;
            self.send(ScheduleEvent::Ended(Err(FiringError::Cancelled)));
        }
        self.release().await;
        fired
    }

    fn send(&self, event: ScheduleEvent<'_>) {
        self.listener.0.heard(event);
    }

    /// Counts a firing that ended and sends the event.
    fn count(&self, fired: &mut Fired, ended: Result<Result<Firing, StoreError>, JoinError>) {
        self.send(ScheduleEvent::Ended(match &ended {
            Ok(Ok(firing)) => Ok(firing),
            Ok(Err(error)) => Err(FiringError::Store(error)),
            Err(_) => Err(FiringError::Fault),
        }));
        fired.count(ended);
    }

    /// Fires as a task of its own, so that a panic does not end the schedule.
    async fn fire_on(
        self,
        time: Timestamp,
        observer: Arc<dyn Observer>,
    ) -> Result<Firing, StoreError> {
        self.fire(time, observer).instrument(info_span!("schedule")).await
    }
}

impl SchedulerConfig {
    /// Period of recordings that a firing at `now` considers.
    #[must_use]
    pub fn period(&self, now: Timestamp) -> Period {
        let look_back = SignedDuration::try_from(self.look_back);
        Period::until(now, look_back.unwrap_or(SignedDuration::MAX))
    }
}

impl Firing {
    /// Number of recordings left to other machines or to a later attempt.
    #[must_use]
    pub fn left(&self) -> usize {
        let is_left = |kind| kind == FailureKind::ClaimedElsewhere;
        let refused = self.report.failed().filter(|(_, failure)| is_left(failure.kind)).count();
        refused + self.report.already_completed
    }

    /// Number of recordings that failed, including missing ones.
    #[must_use]
    pub fn failed(&self) -> usize {
        let is_left = |kind| kind == FailureKind::ClaimedElsewhere;
        self.report.failed().filter(|(_, failure)| !is_left(failure.kind)).count()
    }
}

impl Fired {
    fn count(&mut self, ended: Result<Result<Firing, StoreError>, JoinError>) {
        match ended {
            Ok(Ok(firing)) => {
                self.firings += 1;
                self.completed += firing.report.completed().count();
                self.failed += firing.failed();
                self.left += firing.left();
            }
            Ok(Err(error)) => {
                self.broken_off += 1;
                error!(error = %ErrorChain(&error), "the firing could not read its rows");
            }
            Err(fault) => {
                self.broken_off += 1;
                error!(reason = %fault, "a firing panicked");
            }
        }
    }
}

/// Waits until this time, or for ever if there is none.
async fn wait_until(planned: Option<Timestamp>) -> Timestamp {
    let Some(time) = planned else { return std::future::pending().await };
    let wait = time.duration_since(Timestamp::now());
    sleep(Duration::try_from(wait).unwrap_or(Duration::ZERO)).await;
    time
}
