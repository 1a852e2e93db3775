//! Latest firings of the schedule, in memory.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use watchme_core::rules::Due;
use watchme_core::{Event, FailureKind, Observer, Outcome, RecordingReport};
use watchme_runner::{Firing, FiringError, ScheduleEvent, ScheduleListener};
use watchme_wire::{DueFoundBody, FiringBody, FiringStateName, RecordingBody};

use crate::response::render;

/// Number of firings that are kept: most of a day for an hourly schedule.
const MAX_FIRINGS: usize = 20;

/// Number of rows, days and devices that are kept of each firing. A day of one device has 48 rows.
const MAX_ITEMS: usize = 200;

/// Record of the schedule's latest firings. Listens to the schedule and observes its work.
#[derive(Debug, Default)]
pub(crate) struct Firings {
    /// A plain mutex: it is never held across an await.
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    next: Option<Timestamp>,
    /// Newest first.
    firings: VecDeque<FiringBody>,
}

impl Firings {
    /// Returns the time of the next firing, and the latest firings, newest first.
    pub(crate) fn latest(&self) -> (Option<Timestamp>, Vec<FiringBody>) {
        let state = self.state();
        (state.next, state.firings.iter().cloned().collect())
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes the running firing.
    fn change(&self, change: impl FnOnce(&mut FiringBody)) {
        let mut state = self.state();
        let newest = state.firings.front_mut();
        // Cancelled work may report its last step after the firing has ended.
        if let Some(firing) = newest.filter(|firing| firing.state == FiringStateName::Running) {
            change(firing);
        }
    }
}

impl ScheduleListener for Firings {
    fn heard(&self, event: ScheduleEvent<'_>) {
        match event {
            ScheduleEvent::Planned(next) => self.state().next = next,
            ScheduleEvent::Began(at) => {
                let mut state = self.state();
                state.firings.push_front(begun(at));
                state.firings.truncate(MAX_FIRINGS);
            }
            ScheduleEvent::Found(due) => self.change(|firing| found(firing, due)),
            ScheduleEvent::Ended(result) => self.change(|firing| ended(firing, result)),
            _ => {}
        }
    }
}

impl Observer for Firings {
    fn observe(&self, event: Event<'_>) {
        if let Event::Finished { report } = event {
            self.change(|firing| finished(firing, report));
        }
    }
}

fn begun(at: Timestamp) -> FiringBody {
    FiringBody {
        at: render::time(at),
        ended_at: None,
        state: FiringStateName::Running,
        due: None,
        found: None,
        completed: 0,
        failed: 0,
        skipped: 0,
        error: None,
        recordings: Vec::new(),
        recordings_left_out: 0,
    }
}

fn found(firing: &mut FiringBody, due: &Due) {
    firing.found = Some(due.plan.objects.len());
    firing.due = Some(DueFoundBody {
        from: render::time(due.period.from),
        until: render::time(due.period.until),
        pending: due.pending,
        outside_period: due.outside_period,
        in_skipped_hours: due.in_skipped_hours,
        dates: due.dates().into_iter().take(MAX_ITEMS).map(|date| date.to_string()).collect(),
        devices: due.devices().into_iter().take(MAX_ITEMS).map(ToString::to_string).collect(),
    });
}

fn finished(firing: &mut FiringBody, report: &RecordingReport) {
    *match &report.outcome {
        Outcome::Transcribed(_) => &mut firing.completed,
        Outcome::Failed(failure) if failure.kind == FailureKind::ClaimedElsewhere => {
            &mut firing.skipped
        }
        Outcome::Failed(_) => &mut firing.failed,
    } += 1;
    if firing.recordings.len() < MAX_ITEMS {
        firing.recordings.push(RecordingBody::new(report, false));
    } else {
        firing.recordings_left_out += 1;
    }
}

fn ended(firing: &mut FiringBody, result: Result<&Firing, FiringError<'_>>) {
    firing.ended_at = Some(render::time(Timestamp::now()));
    firing.state = match result {
        Ok(done) => {
            // No event reports the rows that others completed meanwhile.
            firing.skipped = done.left();
            FiringStateName::Finished
        }
        Err(FiringError::Cancelled) => FiringStateName::Cancelled,
        Err(_) => FiringStateName::Failed,
    };
    firing.error = result.err().map(|error| match error {
        // Without causes, which may name hosts; the schedule has logged them.
        FiringError::Store(store) => format!("{error}: {store}"),
        _ => error.to_string(),
    });
}
