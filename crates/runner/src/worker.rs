//! A worker: claims and transcribes whatever is pending or announced, until it is stopped.

use std::num::NonZeroUsize;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use tracing::{Instrument, info, info_span, warn};
use watchme_core::{
    AnnouncementQueue, Claim, ClaimError, ClaimOrder, ClaimRequest, ClaimScope, CompletionSink,
    ErrorChain, FailureKind, Observer, Outcome, Report, TranscribeOptions,
};

use crate::announcements::{AnnouncementHandler, ObserverHandle};
use crate::claimed_work::ClaimedWork;
use crate::{Consumer, ConsumerConfig, LeasedPipeline};

/// The longest pause after an error of the store or the source.
const LONGEST_PAUSE: Duration = Duration::from_mins(1);

/// Interval at which a worker with a queue looks for recordings that were not announced. S3 loses
/// almost no events.
const SWEEP: Duration = Duration::from_mins(5);

/// Time limit for making unfinished messages visible again.
const GIVING_BACK: Duration = Duration::from_secs(2);

/// Configuration of a [`Worker`].
#[derive(Debug, Clone)]
pub struct WorkerConfig {
    /// Recordings that it may claim.
    pub scope: ClaimScope,
    /// Order in which it claims them.
    pub order: ClaimOrder,
    /// Number of recordings claimed at once. One is transcribed while the others are fetched.
    pub lanes: NonZeroUsize,
    /// Wait when nothing is pending, shortened at random by up to a quarter so that many workers
    /// do not poll at once.
    pub poll: Duration,
    /// True if it ends instead of waiting when nothing is pending.
    pub once: bool,
    /// Model and language.
    pub options: TranscribeOptions,
}

/// Counts of recordings, by what became of them, whether they were claimed or announced.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct WorkerReport {
    /// Recordings whose text was saved.
    pub completed: usize,
    /// Failed attempts, including missing recordings.
    pub failed: usize,
    /// Recordings taken over by another worker.
    pub lost: usize,
}

/// Claims and transcribes whatever is pending.
#[derive(Debug, Clone)]
pub struct Worker {
    work: ClaimedWork,
    config: Arc<WorkerConfig>,
    queue: Option<Arc<dyn AnnouncementQueue>>,
}

impl Worker {
    /// Creates a worker over `pipeline`.
    #[must_use]
    pub fn new(pipeline: LeasedPipeline, config: WorkerConfig) -> Self {
        let options = config.options.clone();
        let work = ClaimedWork { pipeline, options, completions: None, counts: Arc::default() };
        Self { work, config: Arc::new(config), queue: None }
    }

    /// Makes it handle what `queue` announces. Other pending recordings are claimed every few
    /// minutes, since announcements are best effort.
    #[must_use]
    pub fn announced_by(self, queue: Arc<dyn AnnouncementQueue>) -> Self {
        Self { queue: Some(queue), ..self }
    }

    /// Makes it report every recording that is completed or given up to `completions`.
    #[must_use]
    pub fn reporting_to(mut self, completions: Arc<dyn CompletionSink>) -> Self {
        self.work.completions = Some(completions);
        self
    }

    /// Works until `stop`, or with [`WorkerConfig::once`] until nothing is pending. Then claims
    /// nothing more, finishes what it has within `grace` and gives back the rest.
    ///
    /// Outages of the store and the source are waited out. [`ClaimError::NotInstalled`] is the only
    /// error: without claims two workers would do the same work.
    pub async fn run(
        self,
        observer: Arc<dyn Observer>,
        stop: impl Future<Output = ()> + Send,
        grace: Duration,
    ) -> Result<WorkerReport, ClaimError> {
        let (stopping, stopped) = watch::channel(false);
        let mut lanes = JoinSet::new();
        let lanes_to_poll = if self.queue.is_some() { 1 } else { self.config.lanes.get() };
        for lane in 0..lanes_to_poll {
            let lane =
                Lane { worker: self.clone(), observer: observer.clone(), stopped: stopped.clone() }
                    .work()
                    .instrument(info_span!("lane", lane));
            lanes.spawn(lane);
        }
        // Unfinished messages are made visible again after the grace period.
        let giving_back = if self.queue.is_some() { GIVING_BACK } else { Duration::ZERO };
        let consuming = self.consume(observer, stopped.clone(), grace);
        let ended = {
            let finish = async {
                let ended = finish(&mut lanes).await;
                stopping.send_replace(true);
                ended
            };
            let mut finishing = pin!(future::join(finish, consuming));
            tokio::select! {
                (ended, ()) = &mut finishing => Ok(ended),
                () = stop => {
                    stopping.send_replace(true);
                    timeout(grace + giving_back, &mut finishing).await.map(|(ended, ())| ended)
                }
            }
        };
        lanes.shutdown().await;
        self.work.pipeline.release().await;
        match ended {
            Ok(ended) => ended?,
            Err(_elapsed) => {
                info!("the grace period is over; unfinished recordings are given back");
            }
        }
        Ok(self.work.report())
    }
}

impl Worker {
    /// Handles what the queue announces, if there is one, until `stopped`.
    async fn consume(
        &self,
        observer: Arc<dyn Observer>,
        mut stopped: watch::Receiver<bool>,
        grace: Duration,
    ) {
        let Some(queue) = self.queue.clone() else { return };
        let handler =
            AnnouncementHandler { work: self.work.clone(), observer: ObserverHandle(observer) };
        // If this process dies, the message comes again when the recording's lease has expired.
        let visibility = self.work.pipeline.claiming().lease;
        let capacity = self.config.lanes;
        let config = ConsumerConfig { capacity, visibility, ..ConsumerConfig::new(grace) };
        let stopped = async {
            // The sender lives as long as this.
            let _ = stopped.wait_for(|stopped| *stopped).await;
        };
        Consumer::new(queue, Arc::new(handler), config).run(stopped).await;
    }
}

impl WorkerReport {
    /// Adds the recordings of a report.
    pub(crate) fn add(&mut self, report: &Report) {
        for item in &report.recordings {
            *match &item.outcome {
                Outcome::Transcribed(_) => &mut self.completed,
                Outcome::Failed(failure) if failure.kind == FailureKind::ClaimLost => {
                    &mut self.lost
                }
                Outcome::Failed(_) => &mut self.failed,
            } += 1;
        }
    }
}

/// Waits for the lanes to end. The first error ends it.
async fn finish(lanes: &mut JoinSet<Result<(), ClaimError>>) -> Result<(), ClaimError> {
    while let Some(lane) = lanes.join_next().await {
        match lane {
            Ok(ended) => ended?,
            Err(fault) => warn!(reason = %fault, "a lane panicked"),
        }
    }
    Ok(())
}

/// Claims and transcribes one recording at a time.
struct Lane {
    worker: Worker,
    observer: Arc<dyn Observer>,
    stopped: watch::Receiver<bool>,
}

impl Lane {
    async fn work(mut self) -> Result<(), ClaimError> {
        let config = self.worker.config.clone();
        let mut pause = config.poll.min(LONGEST_PAUSE);
        let is_sweeping = self.worker.queue.is_some();
        let poll = if is_sweeping { SWEEP } else { config.poll };
        if is_sweeping {
            self.wait(poll).await;
        }
        while !*self.stopped.borrow() {
            let is_well = match self.claim().await {
                Ok(Some(claim)) => self.transcribe(&claim).await,
                Ok(None) if config.once => break,
                Ok(None) => {
                    self.wait(poll).await;
                    true
                }
                Err(error @ ClaimError::NotInstalled { .. }) => return Err(error),
                Err(error) => {
                    warn!(reason = %ErrorChain(&error), ?pause, "could not claim; retrying");
                    false
                }
            };
            if is_well {
                pause = config.poll.min(LONGEST_PAUSE);
            } else {
                self.wait(pause).await;
                pause = (pause * 2).min(LONGEST_PAUSE);
            }
        }
        Ok(())
    }

    async fn claim(&self) -> Result<Option<Claim>, ClaimError> {
        let (claiming, config) = (self.worker.work.pipeline.claiming(), &self.worker.config);
        let request = ClaimRequest {
            owner: claiming.owner.clone(),
            lease: claiming.lease,
            limit: 1,
            scope: config.scope.clone(),
            order: config.order,
            quarantine: claiming.quarantine.clone(),
        };
        Ok(claiming.store.claim(&request).await?.pop())
    }

    /// Transcribes a claimed recording. Returns false if a pause should follow.
    async fn transcribe(&self, claim: &Claim) -> bool {
        match self.worker.work.work(claim, self.observer.clone()).await {
            Ok(report) => !report.failed().any(|(_, failure)| failure.kind.halts_run()),
            Err(error) => {
                warn!(reason = %ErrorChain(&error), "could not read the rows of a claim");
                false
            }
        }
    }

    /// Waits for about `pause`, or until the worker is stopped.
    async fn wait(&mut self, pause: Duration) {
        let pause = pause.mul_f64(1.0 - fastrand::f64() / 4.0);
        tokio::select! {
            () = sleep(pause) => {}
            _ = self.stopped.wait_for(|stopped| *stopped) => {}
        }
    }
}
