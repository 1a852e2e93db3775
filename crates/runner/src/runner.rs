//! One run at a time, each detached from whoever asked for it.

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
    Bounds, Follower, KeptLeases, NotCancelled, Refused, Request, RunError, RunHandle, RunId,
    RunListener, RunResult, RunSnapshot, RunsFollower,
};

pub use builder::RunnerBuilder;

/// Runs requests, detached from their callers. Cheap to clone; clones share everything.
#[derive(Debug, Clone)]
pub struct Runner {
    shared: Arc<Shared>,
}

/// How a [`Runner::drain`] ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Drained {
    /// The run under way ended by itself, or there was none.
    Finished,
    /// It took longer than the grace and was cancelled.
    Cancelled,
}

/// How much there is to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Load {
    /// Runs under way.
    pub running: usize,
    /// Runs that wait for them.
    pub waiting: usize,
}

#[derive(Debug)]
pub(crate) struct Shared {
    pipeline: Pipeline,
    claiming: Option<(Claiming, Duration)>,
    watcher: Watcher,
    listener: Listener,
    bounds: Bounds,
    /// A plain lock: it is never held across an await.
    state: Mutex<State>,
    /// Whether no run is under way.
    idle: watch::Sender<bool>,
    changes: Changes,
}

#[derive(Debug)]
struct State {
    running: Option<Running>,
    /// In the order of their arrival. Empty unless a run is under way.
    waiting: VecDeque<Arc<Run>>,
    ended: History,
    draining: bool,
}

#[derive(Debug)]
struct Running {
    run: Arc<Run>,
    abort: AbortHandle,
}

/// Who is told what happens in every run.
#[derive(Clone)]
struct Watcher(Arc<dyn Observer>);

/// Who is told the events of every run, its end too.
#[derive(Clone)]
struct Listener(Arc<dyn RunListener>);

impl Runner {
    /// A runner over `pipeline`.
    #[must_use]
    pub fn new(pipeline: Pipeline, bounds: Bounds) -> Self {
        Self::builder(pipeline).bounds(bounds).build()
    }

    /// A runner over `pipeline`, with more to say about it.
    #[must_use]
    pub fn builder(pipeline: Pipeline) -> RunnerBuilder {
        RunnerBuilder::new(pipeline)
    }

    /// Takes a request: joins the run of an equal one that is waiting or under way, or else
    /// starts one, or queues it behind the others. A run that ended or is about to be cancelled
    /// is never joined.
    ///
    /// Rows that arrive after a run has read its selection are not in its report, also not in
    /// that of a caller who joined it later; the next run finds them.
    ///
    /// # Panics
    /// Outside a Tokio runtime, which is what carries the run on.
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

    /// The runs that wait, go on, or ended and are kept: at most `limit`, the newest first.
    #[must_use]
    pub fn list(&self, limit: usize) -> Vec<RunSnapshot> {
        let mut runs: Vec<Arc<Run>> = self.shared.state().every_run().cloned().collect();
        runs.sort_by_key(|run| Reverse(run.id));
        runs.iter().take(limit).map(|run| run.snapshot()).collect()
    }

    /// The run with this id, where there is one or it is still kept.
    #[must_use]
    pub fn get(&self, id: RunId) -> Option<RunSnapshot> {
        self.shared.find(id).map(|run| run.snapshot())
    }

    /// Follows a run from after the event with the number `after` on; 0 for all of it.
    #[must_use]
    pub fn follow(&self, id: RunId, after: u64) -> Option<Follower> {
        self.shared.find(id).map(|run| Follower::new(run, after))
    }

    /// Follows all runs, each whenever it changes: first those that have not ended and the
    /// `recent` that ended last.
    #[must_use]
    pub fn follow_all(&self, recent: usize) -> RunsFollower {
        RunsFollower::new(self.shared.clone(), recent)
    }

    /// Cancels a run for all its callers. One that waits is cancelled at once. Of one under way
    /// the pipeline is dropped: it begins nothing more, and the engine stops within one step of
    /// its own, before which no other run is transcribed. What was saved stays, and a write that
    /// is already on its way may still arrive. A run that ends by itself in that moment stays
    /// finished.
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

    /// How much there is to do now.
    #[must_use]
    pub fn load(&self) -> Load {
        let state = self.shared.state();
        Load { running: usize::from(state.running.is_some()), waiting: state.waiting.len() }
    }

    /// Whether a shutdown has begun.
    #[must_use]
    pub fn is_draining(&self) -> bool {
        self.shared.state().draining
    }

    /// For shutdown: refuses new requests and cancels those that wait, whose rows stay pending.
    /// The run under way may end within `grace`, and is cancelled after it.
    pub async fn drain(&self, grace: Duration) -> Drained {
        self.shared.state().refuse_and_cancel_waiting();
        // There may be nothing that changes, and yet an end to those who follow.
        self.shared.changes.note(|_| {});
        let mut idle = self.shared.idle.subscribe();
        // The sender lives as long as `self`, so waiting for it cannot fail.
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
    /// The pipeline of one run, and what it claims.
    fn claiming_pipeline(&self) -> (Pipeline, Option<KeptLeases>) {
        let pipeline = self.pipeline.clone();
        let Some((claiming, patience)) = self.claiming.clone() else { return (pipeline, None) };
        let leases = KeptLeases::new(claiming.store, patience);
        let claiming = Claiming { store: Arc::new(leases.clone()), ..claiming };
        (pipeline.claiming(claiming), Some(leases))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A run that waits. Made while the state is held: who wakes up for it finds it there.
    fn new_run(&self, request: Request) -> Run {
        let (listener, changes) = (self.listener.0.clone(), self.changes.clone());
        Run::new(request, self.bounds.kept_events, listener, changes)
    }

    /// The number of the latest change of any run.
    pub(crate) fn changes(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }

    /// The runs that wait, go on, or ended and are kept, and whether no other will ever come.
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
        let (pipeline, leases) = self.claiming_pipeline();
        let watchers = Watchers(run.clone(), self.watcher.clone());
        let work = execute(pipeline, run.request.clone(), watchers).instrument(span.clone());
        // A task of its own, so that a panic in it is an answer and not the end of the runner.
        let task = tokio::spawn(work);
        state.running = Some(Running { run: run.clone(), abort: task.abort_handle() });
        self.idle.send_replace(false);
        tokio::spawn(self.clone().supervise(run, task, leases).instrument(span));
    }

    /// Waits for a run to end, publishes its result and starts the next.
    async fn supervise(
        self: Arc<Self>,
        run: Arc<Run>,
        task: JoinHandle<RunResult>,
        leases: Option<KeptLeases>,
    ) {
        let result = task.await.unwrap_or_else(|error| Err(Arc::new(broken_off(&run, &error))));
        if let Some(leases) = leases {
            leases.release_all().await;
        }
        let mut state = self.state();
        // In one step: whoever sees the result can no longer join this run.
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

    /// The run of an equal request that a caller can share.
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

/// The run itself, and who watches every run.
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
            error!(error = %ErrorChain(&error), "the run read no rows");
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
