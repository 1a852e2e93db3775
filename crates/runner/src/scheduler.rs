//! A scheduler: takes up what is pending at set times, on as many machines as have the schedule.

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
    Claiming, ErrorChain, FailureKind, Observer, Pipeline, Report, Selection, StoreError,
    TranscribeOptions,
};

use self::listener::Listener;
use crate::KeptLeases;

pub use listener::{FiringError, ScheduleEvent, ScheduleListener};

/// What a scheduler takes up, and how.
#[derive(Debug, Clone)]
pub struct SchedulerConfig {
    /// How far back a firing looks: recordings made before that are left to other requests.
    pub look_back: Duration,
    /// Recordings of these hours are left out.
    pub skip: SkipHours,
    /// The zone that times are logged in.
    pub zone: TimeZone,
    /// How recordings are transcribed.
    pub options: TranscribeOptions,
}

/// Takes up what is pending at set times. Cheap to clone.
///
/// Each recording is claimed before it is touched, so that any number of machines may have the
/// same schedule. A store without claims serves one machine.
#[derive(Debug, Clone)]
pub struct Scheduler {
    pipeline: Pipeline,
    leases: KeptLeases,
    config: Arc<SchedulerConfig>,
    listener: Listener,
}

/// What one firing did.
#[derive(Debug, Clone, PartialEq)]
pub struct Firing {
    /// What there was to do.
    pub due: Due,
    /// What became of it.
    pub report: Report,
}

/// What a scheduler did until it was stopped.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Fired {
    /// Firings that came to their end.
    pub firings: usize,
    /// Firings left out, since the one before still worked.
    pub skipped: usize,
    /// Firings that could not read what is pending, were cancelled, or broke off at a fault.
    pub broken_off: usize,
    /// Recordings completed.
    pub completed: usize,
    /// Recordings that failed, missing ones included.
    pub failed: usize,
    /// Recordings left to other machines, or to a later attempt.
    pub left: usize,
}

impl Scheduler {
    /// A scheduler over `pipeline`, whose claims last as long as it works on them. A text that the
    /// store cannot take is offered again for `patience`.
    #[must_use]
    pub fn new(
        pipeline: Pipeline,
        claiming: Claiming,
        patience: Duration,
        config: SchedulerConfig,
    ) -> Self {
        let leases = KeptLeases::new(claiming.store, patience);
        let claiming = Claiming { store: Arc::new(leases.clone()), ..claiming };
        let pipeline = pipeline.claiming(claiming);
        Self { pipeline, leases, config: Arc::new(config), listener: Listener(Arc::new(())) }
    }

    /// The same scheduler, with somebody who is told what it does.
    #[must_use]
    pub fn heard_by(self, listener: Arc<dyn ScheduleListener>) -> Self {
        Self { listener: Listener(listener), ..self }
    }

    /// What a firing at `now` would do.
    pub async fn due(&self, now: Timestamp) -> Result<Due, StoreError> {
        let period = self.config.period(now);
        let pending = self.pipeline.plan(&Selection::Pending).await?;
        Ok(due(pending, period, &self.config.skip))
    }

    /// Fires once. A recording that fails is data in the report; `Err` means that what is pending
    /// could not be read.
    ///
    /// Dropping the future cancels the work: what is saved stays, what is not is as it was, once
    /// its claims are given back by [`Self::release`] or run out.
    pub async fn fire(
        &self,
        now: Timestamp,
        observer: Arc<dyn Observer>,
    ) -> Result<Firing, StoreError> {
        firing::log_start(&self.config, now);
        let due = self.due(now).await?;
        firing::log_due(&due);
        self.tell(ScheduleEvent::Found(&due));
        let report = self.pipeline.carry_out(&due.plan, &self.config.options, observer).await;
        let firing = Firing { due, report };
        firing::log_end(&firing);
        Ok(firing)
    }

    /// Gives back the claims of a firing that was dropped.
    pub async fn release(&self) {
        self.leases.release_all().await;
    }

    /// Fires whenever `next`, asked for the first time after another, says so, until `stop` or
    /// until it says none and all is done. Then the firing under way may end within `grace`, and is
    /// cancelled after it.
    ///
    /// A firing whose time comes while the last one still works is skipped. What it would have
    /// done stays pending, for the next.
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
        self.tell(ScheduleEvent::Planned(planned));
        tokio::pin!(stop);
        while planned.is_some() || !working.is_empty() {
            tokio::select! {
                biased;
                () = &mut stop => break,
                Some(ended) = working.join_next() => self.count(&mut fired, ended),
                time = come(planned) => {
                    if working.is_empty() {
                        self.tell(ScheduleEvent::Began(time));
                        working.spawn(self.clone().fire_on(time, observer.clone()));
                    } else {
                        fired.skipped += 1;
                        warn!("firing skipped: the last one still works");
                    }
                    // A clock that was set back must not fire the same time twice, nor one that
                    // was set forward all those between.
                    planned = next(time.max(Timestamp::now()));
                    self.tell(ScheduleEvent::Planned(planned));
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
            self.tell(ScheduleEvent::Ended(Err(FiringError::Cancelled)));
        }
        self.release().await;
        fired
    }

    fn tell(&self, event: ScheduleEvent<'_>) {
        self.listener.0.heard(event);
    }

    /// Counts a firing that ended, and tells how.
    fn count(&self, fired: &mut Fired, ended: Result<Result<Firing, StoreError>, JoinError>) {
        self.tell(ScheduleEvent::Ended(match &ended {
            Ok(Ok(firing)) => Ok(firing),
            Ok(Err(error)) => Err(FiringError::Store(error)),
            Err(_) => Err(FiringError::Fault),
        }));
        fired.count(ended);
    }

    /// A task of its own, so that a panic in it is not the end of the schedule.
    async fn fire_on(
        self,
        time: Timestamp,
        observer: Arc<dyn Observer>,
    ) -> Result<Firing, StoreError> {
        self.fire(time, observer).instrument(info_span!("schedule")).await
    }
}

impl SchedulerConfig {
    /// What a firing at `now` looks at.
    #[must_use]
    pub fn period(&self, now: Timestamp) -> Period {
        let look_back = SignedDuration::try_from(self.look_back);
        Period::until(now, look_back.unwrap_or(SignedDuration::MAX))
    }
}

impl Firing {
    /// Recordings left to other machines, or to a later attempt.
    #[must_use]
    pub fn left(&self) -> usize {
        let is_left = |kind| kind == FailureKind::ClaimedElsewhere;
        let refused = self.report.failed().filter(|(_, failure)| is_left(failure.kind)).count();
        refused + self.report.already_completed
    }

    /// Recordings that failed, missing ones included.
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
                error!(error = %ErrorChain(&error), "the firing read no rows");
            }
            Err(fault) => {
                self.broken_off += 1;
                error!(reason = %fault, "a firing broke off at a fault in this program");
            }
        }
    }
}

/// Waits until then; for ever, where there is no such time.
async fn come(planned: Option<Timestamp>) -> Timestamp {
    let Some(time) = planned else { return std::future::pending().await };
    let wait = time.duration_since(Timestamp::now());
    sleep(Duration::try_from(wait).unwrap_or(Duration::ZERO)).await;
    time
}
