//! Carries out one run at a time, detached from its callers.

mod builder;

use std::cmp::Reverse;
use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::{AbortHandle, JoinError, JoinHandle};
use tokio::time::{Instant, timeout};
use tracing::{Instrument, error, info, info_span};
use watchme_core::{Claiming, ErrorChain, Event, Observer, Pipeline, Report};

use crate::changes::Changes;
use crate::history::History;
use crate::run::Run;
use crate::{
    Bounds, Follower, LeasedPipeline, NotCancelled, Refused, Request, RunError, RunHandle, RunId,
    RunListener, RunResult, RunSnapshot, RunsFollower,
};

pub use builder::RunnerBuilder;

/// Carries out requests, detached from their callers. Cheap to clone; clones share everything.
#[derive(Debug, Clone)]
pub struct Runner {
    shared: Arc<Shared>,
}

/// Result of [`Runner::drain`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Drained {
    /// The current run finished, or there was none.
    Finished,
    /// The current run took longer than the grace period and was cancelled.
    Cancelled,
}

/// Number of runs that have not ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Load {
    /// Current runs: 0 or 1.
    pub running: usize,
    /// Waiting runs.
    pub waiting: usize,
}

#[derive(Debug)]
pub(crate) struct Shared {
    pipeline: Pipeline,
    claiming: Option<(Claiming, Duration)>,
    watcher: Watcher,
    listener: Listener,
    bounds: Bounds,
    /// A std mutex: it is never held across an await.
    state: Mutex<State>,
    /// True while no run is in progress.
    idle: watch::Sender<bool>,
    changes: Changes,
}

#[derive(Debug)]
struct State {
    running: Option<Running>,
    /// In the order of arrival. Empty unless a run is in progress.
    waiting: VecDeque<Arc<Run>>,
    ended: History,
    draining: bool,
}

#[derive(Debug)]
struct Running {
    run: Arc<Run>,
    abort: AbortHandle,
}

/// Observer of the pipeline events of every run.
#[derive(Clone)]
struct Watcher(Arc<dyn Observer>);

/// Listener to the logged events of every run, including its end.
#[derive(Clone)]
struct Listener(Arc<dyn RunListener>);

impl Runner {
    /// Creates a runner over `pipeline`, without claims.
    #[must_use]
    pub fn new(pipeline: Pipeline, bounds: Bounds) -> Self {
        Self::builder(pipeline).bounds(bounds).build()
    }

    /// Starts to build a runner over `pipeline`.
    #[must_use]
    pub fn builder(pipeline: Pipeline) -> RunnerBuilder {
        RunnerBuilder::new(pipeline)
    }

    /// Accepts a request: joins the waiting or current run of an equal one, or starts a run, or
    /// queues one behind the others. A run that has ended or is about to be cancelled is never
    /// joined.
    ///
    /// Rows that are added after a run has read its selection are not in its report, not even for
    /// a caller who joined it later. The next run finds them.
    ///
    /// # Panics
    /// Outside a Tokio runtime, on which the run is spawned.
    pub fn run(&self, request: Request) -> Result<RunHandle, Refused> {
        let bounds = self.shared.bounds;
        let mut state = self.shared.state();
        if state.draining {
            return Err(Refused::Draining);
        }
        if let Some(run) = state.find_equal(&request) {
            return Ok(RunHandle::new(run, true));
        }
        if state.running.is_some() && state.waiting.len() >= bounds.waiting_runs {
            return Err(Refused::Full { waiting: state.waiting.len() });
        }
        let run = Arc::new(self.shared.new_run(request));
        if state.running.is_none() {
            self.shared.start(&mut state, run.clone());
        } else {
            state.waiting.push_back(run.clone());
        }
        Ok(RunHandle::new(&run, false))
    }

    /// Lists waiting, current and kept ended runs: at most `limit`, newest first.
    #[must_use]
    pub fn list(&self, limit: usize) -> Vec<RunSnapshot> {
        let mut runs: Vec<Arc<Run>> = self.shared.state().every_run().cloned().collect();
        runs.sort_by_key(|run| Reverse(run.id));
        runs.iter().take(limit).map(|run| run.snapshot()).collect()
    }

    /// Returns the run with this id, if it exists and is still kept.
    #[must_use]
    pub fn get(&self, id: RunId) -> Option<RunSnapshot> {
        self.shared.find(id).map(|run| run.snapshot())
    }

    /// Follows a run from the event after number `after`; 0 for all of it.
    #[must_use]
    pub fn follow(&self, id: RunId, after: u64) -> Option<Follower> {
        self.shared.find(id).map(|run| Follower::new(run, after))
    }

    /// Follows all runs, each whenever it changes. Starts with the runs that have not ended and the
    /// `recent` ones that ended last.
    #[must_use]
    pub fn follow_all(&self, recent: usize) -> RunsFollower {
        RunsFollower::new(self.shared.clone(), recent)
    }

    /// Cancels a run for all its callers. A waiting run is cancelled at once. For the current run
    /// the pipeline is dropped: it starts nothing more, and the engine stops after its current
    /// step, before any other run is transcribed. Saved texts stay, and a write already in flight
    /// may still arrive. A run that finishes at that moment stays finished.
    pub fn cancel(&self, id: RunId) -> Result<RunSnapshot, NotCancelled> {
        let mut state = self.shared.state();
        if let Some(running) = state.running.as_ref().filter(|running| running.run.id == id) {
            running.run.withdraw();
            running.abort.abort();
            return Ok(running.run.snapshot());
        }
        let waiting = state.waiting.iter().position(|run| run.id == id);
        if let Some(run) = waiting.and_then(|at| state.waiting.remove(at)) {
            info!(run.id = %id, "the run was cancelled while it waited");
            state.end(&run, Err(Arc::new(RunError::Withdrawn)));
            return Ok(run.snapshot());
        }
        let ended = state.ended.get(id).ok_or(NotCancelled::Unknown)?;
        Err(NotCancelled::Ended { state: ended.snapshot().state })
    }

    /// Counts the runs that have not ended.
    #[must_use]
    pub fn load(&self) -> Load {
        let state = self.shared.state();
        Load { running: usize::from(state.running.is_some()), waiting: state.waiting.len() }
    }

    /// True if a shutdown has begun.
    #[must_use]
    pub fn is_draining(&self) -> bool {
        self.shared.state().draining
    }

    /// Shuts down: refuses new requests and cancels waiting runs, whose rows stay pending. The
    /// current run may finish within `grace` and is cancelled after it.
    pub async fn drain(&self, grace: Duration) -> Drained {
        self.shared.state().refuse_and_cancel_waiting();
        // Even if no run changes, followers must learn that no more changes will come.
        self.shared.changes.note(|_| {});
        let mut idle = self.shared.idle.subscribe();
        // The sender lives as long as `self`, so waiting cannot fail.
        if timeout(grace, idle.wait_for(|idle| *idle)).await.is_ok() {
            return Drained::Finished;
        }
        if let Some(running) = &self.shared.state().running {
            running.abort.abort();
        }
        let _ = idle.wait_for(|idle| *idle).await;
        Drained::Cancelled
    }
}

impl Shared {
    /// The pipeline of one run, if runs claim. Each run has leases of its own, so that it gives back
    /// only its own.
    fn leased_pipeline(&self) -> Option<LeasedPipeline> {
        let (claiming, patience) = self.claiming.clone()?;
        Some(LeasedPipeline::new(self.pipeline.clone(), claiming, patience))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Creates a waiting run. Called with the state locked, so that a woken follower finds the run
    /// there.
    fn new_run(&self, request: Request) -> Run {
        let (listener, changes) = (self.listener.0.clone(), self.changes.clone());
        Run::new(request, self.bounds.kept_events, listener, changes)
    }

    /// Subscribes to the number of the latest change of any run.
    pub(crate) fn changes(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }

    /// Waiting, current and kept ended runs, and true if there will never be another.
    pub(crate) fn every_run(&self) -> (Vec<Arc<Run>>, bool) {
        let state = self.state();
        let is_over = state.draining && state.running.is_none() && state.waiting.is_empty();
        (state.every_run().cloned().collect(), is_over)
    }

    fn find(&self, id: RunId) -> Option<Arc<Run>> {
        self.state().every_run().find(|run| run.id == id).cloned()
    }

    fn start(self: &Arc<Self>, state: &mut State, run: Arc<Run>) {
        let span = info_span!("run", run.id = %run.id, run.request = %run.request);
        run.start();
        let leased = self.leased_pipeline();
        let pipeline = leased.as_ref().map_or(&self.pipeline, LeasedPipeline::pipeline).clone();
        let watchers = Watchers(run.clone(), self.watcher.clone());
        let work = execute(pipeline, run.request.clone(), watchers).instrument(span.clone());
        // A task of its own, so that a panic becomes a result and does not end the runner.
        let task = tokio::spawn(work);
        state.running = Some(Running { run: run.clone(), abort: task.abort_handle() });
        self.idle.send_replace(false);
        tokio::spawn(self.clone().supervise(run, task, leased).instrument(span));
    }

    /// Waits for a run to end, publishes its result and starts the next.
    async fn supervise(
        self: Arc<Self>,
        run: Arc<Run>,
        task: JoinHandle<RunResult>,
        leased: Option<LeasedPipeline>,
    ) {
        let result = task.await.unwrap_or_else(|error| Err(Arc::new(broken_off(&run, &error))));
        if let Some(leased) = leased {
            leased.release().await;
        }
        let mut state = self.state();
        // Under one lock: a caller who sees the result can no longer join this run.
        state.running = None;
        state.end(&run, result);
        match state.waiting.pop_front() {
            Some(next) => self.start(&mut state, next),
            None => {
                self.idle.send_replace(true);
            }
        }
    }
}

impl State {
    fn every_run(&self) -> impl Iterator<Item = &Arc<Run>> {
        let running = self.running.as_ref().map(|running| &running.run);
        running.into_iter().chain(&self.waiting).chain(self.ended.iter())
    }

    /// The run of an equal request that a caller can join.
    fn find_equal(&self, request: &Request) -> Option<&Run> {
        let running = self.running.as_ref().map(|running| &running.run);
        let running = running.filter(|run| !run.is_withdrawn());
        let mut open = running.into_iter().chain(&self.waiting);
        open.find(|run| *run.request == *request).map(|run| &**run)
    }

    fn end(&mut self, run: &Arc<Run>, result: RunResult) {
        run.end(result);
        self.ended.push(run.clone());
    }

    fn refuse_and_cancel_waiting(&mut self) {
        self.draining = true;
        for run in std::mem::take(&mut self.waiting) {
            self.end(&run, Err(Arc::new(RunError::Cancelled)));
        }
    }
}

/// The run itself, and the observer of all runs.
struct Watchers(Arc<Run>, Watcher);

impl Observer for Watchers {
    fn observe(&self, event: Event<'_>) {
        self.0.observe(event.clone());
        self.1.0.observe(event);
    }
}

impl fmt::Debug for Watcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Watcher")
    }
}

impl fmt::Debug for Listener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Listener")
    }
}

async fn execute(pipeline: Pipeline, request: Arc<Request>, watchers: Watchers) -> RunResult {
    let started = Instant::now();
    info!("run started");
    let work = pipeline.run(&request.selection, &request.options, Arc::new(watchers));
    match work.await {
        Ok(report) => {
            log_end(&report, started.elapsed());
            Ok(Arc::new(report))
        }
        Err(error) => {
            error!(error = %ErrorChain(&error), "the run could not read its rows");
            Err(Arc::new(RunError::Store(error)))
        }
    }
}

fn log_end(report: &Report, took: Duration) {
    let (completed, failed) = (report.completed().count(), report.failed().count());
    info!(
        total = report.total,
        already_completed = report.already_completed,
        completed,
        failed,
        seconds = took.as_secs_f64(),
        "run finished: {completed} of {} recordings completed",
        report.recordings.len()
    );
}

fn broken_off(run: &Run, error: &JoinError) -> RunError {
    if error.is_panic() {
        error!("the run panicked");
        RunError::Panicked
    } else if run.is_withdrawn() {
        info!("the run was cancelled by request");
        RunError::Withdrawn
    } else {
        info!("the run was cancelled");
        RunError::Cancelled
    }
}
