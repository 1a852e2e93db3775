//! One run at a time, each detached from whoever asked for it.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::{AbortHandle, JoinError, JoinHandle};
use tokio::time::{Instant, timeout};
use tracing::{Instrument, error, info, info_span};
use watchme_core::{ErrorChain, Observer, Pipeline, Report};

use crate::{Refused, Request, RunError, RunHandle, RunResult};

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
struct Shared {
    pipeline: Pipeline,
    watcher: Watcher,
    max_waiting: usize,
    /// A plain lock: it is never held across an await.
    state: Mutex<State>,
    /// Whether no run is under way.
    idle: watch::Sender<bool>,
}

#[derive(Debug, Default)]
struct State {
    running: Option<Running>,
    /// In the order of their arrival. Empty unless a run is under way.
    waiting: VecDeque<Job>,
    draining: bool,
}

#[derive(Debug)]
struct Running {
    job: Job,
    abort: AbortHandle,
}

/// Who is told what happens in every run.
#[derive(Clone)]
struct Watcher(Arc<dyn Observer>);

/// A request and where its result goes.
#[derive(Debug)]
struct Job {
    request: Arc<Request>,
    result: watch::Sender<Option<RunResult>>,
}

impl Runner {
    /// A runner over `pipeline` that lets at most `max_waiting` runs wait for the one under way.
    #[must_use]
    pub fn new(pipeline: Pipeline, max_waiting: usize) -> Self {
        Self::watched(pipeline, max_waiting, Arc::new(()))
    }

    /// The same, and `watcher` is told what happens in every run.
    #[must_use]
    pub fn watched(pipeline: Pipeline, max_waiting: usize, watcher: Arc<dyn Observer>) -> Self {
        let state = Mutex::new(State::default());
        let idle = watch::Sender::new(true);
        let watcher = Watcher(watcher);
        Self { shared: Arc::new(Shared { pipeline, watcher, max_waiting, state, idle }) }
    }

    /// Takes a request: joins the run of an equal one that is waiting or under way, or else
    /// starts one, or queues it behind the others. A run that ended is never joined.
    ///
    /// Rows that arrive after a run has read its selection are not in its report, also not in
    /// that of a caller who joined it later; the next run finds them.
    ///
    /// # Panics
    /// Outside a Tokio runtime, which is what carries the run on.
    pub fn run(&self, request: Request) -> Result<RunHandle, Refused> {
        let mut state = self.shared.state();
        if state.draining {
            return Err(Refused::Draining);
        }
        if let Some(job) = state.find(&request) {
            return Ok(RunHandle::new(job.result.subscribe(), true));
        }
        let (result, receiver) = watch::channel(None);
        let job = Job { request: Arc::new(request), result };
        if state.running.is_none() {
            self.shared.start(&mut state, job);
        } else if state.waiting.len() < self.shared.max_waiting {
            state.waiting.push_back(job);
        } else {
            return Err(Refused::Full { waiting: state.waiting.len() });
        }
        Ok(RunHandle::new(receiver, false))
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
        let waiting = {
            let mut state = self.shared.state();
            state.draining = true;
            std::mem::take(&mut state.waiting)
        };
        for job in waiting {
            job.finish(Err(Arc::new(RunError::Cancelled)));
        }
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
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn start(self: &Arc<Self>, state: &mut State, job: Job) {
        let request = job.request.clone();
        let span = info_span!("run", run.request = %request);
        let run = execute(self.pipeline.clone(), request, self.watcher.clone());
        let run = run.instrument(span.clone());
        // A task of its own, so that a panic in it is an answer and not the end of the runner.
        let task = tokio::spawn(run);
        state.running = Some(Running { job, abort: task.abort_handle() });
        self.idle.send_replace(false);
        tokio::spawn(self.clone().supervise(task).instrument(span));
    }

    /// Waits for a run to end, publishes its result and starts the next.
    async fn supervise(self: Arc<Self>, task: JoinHandle<RunResult>) {
        let result = task.await.unwrap_or_else(|error| Err(Arc::new(broken_off(&error))));
        let mut state = self.state();
        // In one step: whoever sees the result can no longer join this run.
        if let Some(running) = state.running.take() {
            running.job.finish(result);
        }
        match state.waiting.pop_front() {
            Some(next) => self.start(&mut state, next),
            None => {
                self.idle.send_replace(true);
            }
        }
    }
}

impl State {
    fn find(&self, request: &Request) -> Option<&Job> {
        let running = self.running.as_ref().map(|running| &running.job);
        running.into_iter().chain(&self.waiting).find(|job| *job.request == *request)
    }
}

impl fmt::Debug for Watcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Watcher")
    }
}

impl Job {
    fn finish(self, result: RunResult) {
        self.result.send_replace(Some(result));
    }
}

async fn execute(pipeline: Pipeline, request: Arc<Request>, watcher: Watcher) -> RunResult {
    let started = Instant::now();
    info!("run started");
    let run = pipeline.run(&request.selection, &request.options, watcher.0);
    match run.await {
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

fn broken_off(error: &JoinError) -> RunError {
    if error.is_panic() {
        error!("the run panicked");
        RunError::Panicked
    } else {
        info!("the run was cancelled");
        RunError::Cancelled
    }
}
