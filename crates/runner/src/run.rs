//! One run: its request, its progress and its events.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::watch;
use watchme_core::{Event, Observer};

use crate::changes::Changes;
use crate::event_log::{EventLog, Next};
use crate::{
    RecordingProgress, Request, RunEvent, RunId, RunListener, RunProgress, RunResult, RunSnapshot,
    RunState,
};

/// Smallest progress that is logged, so that no engine can flood the log and its followers. On a
/// half-hour recording nobody notices a second.
const LEAST_PROGRESS: Duration = Duration::from_secs(1);

/// A run, shared by the runner, its pipeline and everyone who follows it.
pub(crate) struct Run {
    pub(crate) id: RunId,
    pub(crate) request: Arc<Request>,
    accepted_at: Timestamp,
    /// A std mutex: it is held briefly and never across an await.
    live: Mutex<Live>,
    /// Number of the latest event.
    latest: watch::Sender<u64>,
    result: watch::Sender<Option<RunResult>>,
    listener: Arc<dyn RunListener>,
    changes: Changes,
    /// Number of its latest change, counted over all runs. Written while `live` is locked.
    change: AtomicU64,
}

#[derive(Debug)]
struct Live {
    state: RunState,
    is_withdrawn: bool,
    started_at: Option<Timestamp>,
    ended_at: Option<Timestamp>,
    progress: RunProgress,
    log: EventLog,
}

impl Run {
    /// Creates a waiting run.
    pub(crate) fn new(
        request: Request,
        max_events: usize,
        listener: Arc<dyn RunListener>,
        changes: Changes,
    ) -> Self {
        let live = Live {
            state: RunState::Waiting,
            is_withdrawn: false,
            started_at: None,
            ended_at: None,
            progress: RunProgress::default(),
            log: EventLog::new(max_events),
        };
        let run = Self {
            id: RunId::new(),
            request: Arc::new(request),
            accepted_at: Timestamp::now(),
            live: Mutex::new(live),
            latest: watch::Sender::new(0),
            result: watch::Sender::new(None),
            listener,
            changes,
            change: AtomicU64::new(0),
        };
        run.note_change();
        run
    }

    pub(crate) fn start(&self) {
        let now = Timestamp::now();
        let mut live = self.live();
        live.state = RunState::Running;
        live.started_at = Some(now);
        self.log(&mut live, now, RunEvent::Started);
    }

    pub(crate) fn end(&self, result: RunResult) {
        let now = Timestamp::now();
        let state = RunState::from(&result);
        let mut live = self.live();
        live.state = state;
        live.ended_at = Some(now);
        live.progress.current = None;
        self.result.send_replace(Some(result.clone()));
        self.log(&mut live, now, RunEvent::Ended { state, result });
    }

    /// Records that the run is about to be cancelled by request.
    pub(crate) fn withdraw(&self) {
        self.live().is_withdrawn = true;
    }

    pub(crate) fn is_withdrawn(&self) -> bool {
        self.live().is_withdrawn
    }

    pub(crate) fn result(&self) -> watch::Receiver<Option<RunResult>> {
        self.result.subscribe()
    }

    pub(crate) fn latest_event(&self) -> watch::Receiver<u64> {
        self.latest.subscribe()
    }

    pub(crate) fn event_after(&self, after: u64) -> Next {
        self.live().log.next(after)
    }

    pub(crate) fn state(&self) -> RunState {
        self.live().state
    }

    /// Number of its latest change, counted over all runs.
    pub(crate) fn change(&self) -> u64 {
        self.change.load(Ordering::Acquire)
    }

    pub(crate) fn snapshot(&self) -> RunSnapshot {
        self.snapshot_and_change().0
    }

    /// The current state of the run, with the number of its latest change.
    pub(crate) fn snapshot_and_change(&self) -> (RunSnapshot, u64) {
        let live = self.live();
        let snapshot = RunSnapshot {
            id: self.id,
            request: self.request.clone(),
            state: live.state,
            accepted_at: self.accepted_at,
            started_at: live.started_at,
            ended_at: live.ended_at,
            progress: live.progress.clone(),
            last_event: live.log.last(),
            result: self.result.borrow().clone(),
        };
        (snapshot, self.change())
    }

    /// Approximate memory taken by the texts of its events, in bytes.
    pub(crate) fn weight(&self) -> usize {
        self.live().log.weight()
    }

    fn live(&self) -> MutexGuard<'_, Live> {
        self.live.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Appends an event and wakes the followers, which read it at their own pace.
    fn log(&self, live: &mut Live, at: Timestamp, event: RunEvent) {
        self.listener.heard(self.id, &event);
        let id = live.log.push(at, event);
        self.latest.send_replace(id);
        self.note_change();
    }

    fn note_change(&self) {
        self.changes.note(|number| self.change.store(number, Ordering::Release));
    }
}

impl Observer for Run {
    fn observe(&self, event: Event<'_>) {
        let mut live = self.live();
        // The engine of a cancelled run may still finish a step after the run has ended.
        if live.state.is_ended() {
            return;
        }
        if let Some(event) = live.progress.update(&event) {
            self.log(&mut live, Timestamp::now(), event);
        }
    }
}

impl fmt::Debug for Run {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Run")
            .field("id", &self.id)
            .field("live", &self.live)
            .finish_non_exhaustive()
    }
}

impl RunProgress {
    /// Updates the progress with an event of the pipeline. Returns the event to log, if any.
    fn update(&mut self, event: &Event<'_>) -> Option<RunEvent> {
        match event {
            Event::Planned { objects } => {
                self.objects = Some(*objects);
                Some(RunEvent::Planned { objects: *objects })
            }
            Event::Claimed { key, attempt } => {
                Some(RunEvent::Claimed { key: (*key).clone(), attempt: *attempt })
            }
            Event::Fetched { key, size_bytes } => {
                Some(RunEvent::Fetched { key: (*key).clone(), size_bytes: *size_bytes })
            }
            Event::Progress { key, done, total } => {
                let key = (*key).clone();
                let progress = RecordingProgress { key, done: *done, total: *total };
                let is_news = self.current.as_ref().is_none_or(|logged| progress.is_news(logged));
                is_news.then(|| {
                    self.current = Some(progress.clone());
                    RunEvent::Progress(progress)
                })
            }
            Event::Quarantined { key, slot } => {
                Some(RunEvent::Quarantined { key: (*key).clone(), slot: (*slot).clone() })
            }
            Event::Finished { report } => {
                let is_completed = report.outcome.is_completed();
                *(if is_completed { &mut self.completed } else { &mut self.failed }) += 1;
                self.current.take_if(|current| current.key.as_str() == report.label);
                Some(RunEvent::Finished((*report).clone()))
            }
            // Other events of the core are logged only if they are named above.
            _ => None,
        }
    }
}

impl RecordingProgress {
    fn is_news(&self, logged: &Self) -> bool {
        let is_done = self.total == Some(self.done) && self.done != logged.done;
        self.key != logged.key || is_done || self.done >= logged.done + LEAST_PROGRESS
    }
}

#[cfg(test)]
mod tests {
    use watchme_core::{Selection, TranscribeOptions};

    use super::*;
    use crate::RunError;

    /// Filters these positions in a recording of one minute, in milliseconds, to those that are logged.
    fn logged(steps: impl IntoIterator<Item = u64>) -> Vec<u64> {
        let key = "a".parse().unwrap();
        let total = Some(Duration::from_mins(1));
        let mut progress = RunProgress::default();
        let steps = steps.into_iter().filter(|step| {
            let done = Duration::from_millis(*step);
            progress.update(&Event::Progress { key: &key, done, total }).is_some()
        });
        steps.collect()
    }

    #[test]
    fn progress_after_the_end_is_not_logged() {
        let options = TranscribeOptions {
            model: "base".parse().unwrap(),
            language: watchme_core::Language::Auto,
        };
        let run = Run::new(
            Request { selection: Selection::Pending, options },
            9,
            Arc::new(()),
            Changes::default(),
        );
        run.start();
        run.end(Err(Arc::new(RunError::Withdrawn)));
        let key = "a".parse().unwrap();
        run.observe(Event::Progress { key: &key, done: Duration::ZERO, total: None });
        assert_eq!(run.snapshot().last_event, 2);
        assert_eq!(run.snapshot().progress, RunProgress::default());
        assert!(matches!(run.event_after(2), Next::Closed));
    }

    #[test]
    fn progress_is_logged_by_seconds_of_audio_and_at_the_end() {
        assert_eq!(
            logged([0, 999, 1000, 1999, 2500, 59_900, 60_000]),
            [0, 1000, 2500, 59_900, 60_000]
        );
        assert_eq!(logged([0, 60_000, 60_000]), [0, 60_000]);
        assert_eq!(logged(0..=60_000).len(), 61);
    }
}
