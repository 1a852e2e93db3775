//! A worker: claims whatever is pending or announced, until it is told to stop.

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
    AnnouncementQueue, Claim, ClaimError, ClaimOrder, ClaimRequest, ClaimScope, Claiming,
    CompletionSink, ErrorChain, FailureKind, Observer, Outcome, Pipeline, Report,
    TranscribeOptions,
};

use crate::announced::{Announced, ObserverHandle};
use crate::claimed::ClaimedWork;
use crate::{Consumer, ConsumerConfig, KeptLeases};

/// The longest pause after trouble that is not a recording's own.
const LONGEST_PAUSE: Duration = Duration::from_mins(1);

/// How often a worker that is told of recordings by a queue looks for those that it was not told
/// of. S3 loses next to no event.
const SWEEP: Duration = Duration::from_mins(5);

/// How long a queue may take to be given back what is not done.
const GIVING_BACK: Duration = Duration::from_secs(2);

/// How a worker works.
#[derive(Debug, Clone)]
pub struct WorkerConfig {
    /// Among which recordings it claims.
    pub scope: ClaimScope,
    /// Which come first.
    pub order: ClaimOrder,
    /// How many recordings it holds at once. One is transcribed; the others are fetched meanwhile.
    pub lanes: NonZeroUsize,
    /// How long it waits when nothing is pending. A random quarter at most is left out, so that
    /// many workers do not ask at once.
    pub poll: Duration,
    /// Whether it ends when nothing is pending, instead of waiting.
    pub once: bool,
    /// How recordings are transcribed.
    pub options: TranscribeOptions,
}

/// What a worker did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct WorkerReport {
    /// Recordings whose text it saved.
    pub completed: usize,
    /// Attempts that failed, missing recordings included.
    pub failed: usize,
    /// Recordings that another worker took over.
    pub lost: usize,
}

/// Claims whatever is pending.
#[derive(Debug, Clone)]
pub struct Worker {
    work: ClaimedWork,
    leases: KeptLeases,
    config: Arc<WorkerConfig>,
    queue: Option<Arc<dyn AnnouncementQueue>>,
}

impl Worker {
    /// A worker over `pipeline`, whose claims last as long as it works on them. A text that the
    /// store cannot take is offered again for `patience`.
    #[must_use]
    pub fn new(
        pipeline: Pipeline,
        claiming: Claiming,
        patience: Duration,
        config: WorkerConfig,
    ) -> Self {
        let leases = KeptLeases::new(claiming.store, patience);
        let claiming = Claiming { store: Arc::new(leases.clone()), ..claiming };
        let pipeline = pipeline.claiming(claiming.clone());
        let options = config.options.clone();
        let work = ClaimedWork { pipeline, claiming, options, completions: None };
        Self { work, leases, config: Arc::new(config), queue: None }
    }

    /// The same worker, which does what `queue` announces, as it comes. What is pending otherwise
    /// is claimed every few minutes: announcements are best effort.
    #[must_use]
    pub fn announced_by(self, queue: Arc<dyn AnnouncementQueue>) -> Self {
        Self { queue: Some(queue), ..self }
    }

    /// The same worker, which tells `completions` of every recording that is completed or given
    /// up.
    #[must_use]
    pub fn telling(mut self, completions: Arc<dyn CompletionSink>) -> Self {
        self.work.completions = Some(completions);
        self
    }

    /// Works until `stop`, or until nothing is pending where that was asked for. Then claims
    /// nothing more, finishes what it has within `grace` and gives back the rest.
    ///
    /// Trouble with the store or the source is waited out. [`ClaimError::NotInstalled`] is the
    /// only error: without claims two workers would do the same work.
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
            let lane = Lane {
                worker: self.clone(),
                observer: observer.clone(),
                stopped: stopped.clone(),
                report: WorkerReport::default(),
            }
            .work()
            .instrument(info_span!("lane", lane));
            lanes.spawn(lane);
        }
        // Messages that are not done are made visible again at the end of the grace.
        let giving_back = if self.queue.is_some() { GIVING_BACK } else { Duration::ZERO };
        let consuming = self.consume(observer, stopped.clone(), grace);
        let mut report = WorkerReport::default();
        let ended = {
            let finish = async {
                let ended = finish(&mut lanes, &mut report).await;
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
        self.leases.release_all().await;
        match ended {
            Ok(ended) => ended.map(|()| report),
            Err(_elapsed) => {
                info!("the grace period is over; unfinished recordings are given back");
                Ok(report)
            }
        }
    }
}

impl Worker {
    /// Does what the queue announces, if there is one, until `stopped`.
    async fn consume(
        &self,
        observer: Arc<dyn Observer>,
        mut stopped: watch::Receiver<bool>,
        grace: Duration,
    ) {
        let Some(queue) = self.queue.clone() else { return };
        let handler = Announced { work: self.work.clone(), observer: ObserverHandle(observer) };
        // A message comes again when the lease of its recording has run out.
        let visibility = self.work.claiming.lease;
        let capacity = self.config.lanes;
        let config = ConsumerConfig { capacity, visibility, ..ConsumerConfig::new(grace) };
        let stopped = async {
            // The sender lives as long as this.
            let _ = stopped.wait_for(|stopped| *stopped).await;
        };
        Consumer::new(queue, Arc::new(handler), config).run(stopped).await;
    }
}

/// Adds up what the lanes did. The first that cannot go on ends it.
async fn finish(
    lanes: &mut JoinSet<Result<WorkerReport, ClaimError>>,
    report: &mut WorkerReport,
) -> Result<(), ClaimError> {
    while let Some(lane) = lanes.join_next().await {
        match lane {
            Ok(ended) => {
                let ended = ended?;
                report.completed += ended.completed;
                report.failed += ended.failed;
                report.lost += ended.lost;
            }
            Err(fault) => warn!(reason = %fault, "a lane broke off at a fault in this program"),
        }
    }
    Ok(())
}

/// One recording at a time.
struct Lane {
    worker: Worker,
    observer: Arc<dyn Observer>,
    stopped: watch::Receiver<bool>,
    report: WorkerReport,
}

impl Lane {
    async fn work(mut self) -> Result<WorkerReport, ClaimError> {
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
                    warn!(reason = %ErrorChain(&error), ?pause, "nothing could be claimed");
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
        Ok(self.report)
    }

    async fn claim(&self) -> Result<Option<Claim>, ClaimError> {
        let Worker { work: ClaimedWork { claiming, .. }, config, .. } = &self.worker;
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

    /// Answers whether there is any use in going on at once.
    async fn transcribe(&mut self, claim: &Claim) -> bool {
        match self.worker.work.work(claim, self.observer.clone()).await {
            Ok(report) => self.count(&report),
            Err(error) => {
                warn!(reason = %ErrorChain(&error), "the rows of a claim could not be read");
                false
            }
        }
    }

    fn count(&mut self, report: &Report) -> bool {
        let mut is_well = true;
        for item in &report.recordings {
            match &item.outcome {
                Outcome::Transcribed(_) => self.report.completed += 1,
                Outcome::Failed(failure) if failure.kind == FailureKind::ClaimLost => {
                    self.report.lost += 1;
                }
                Outcome::Failed(failure) => {
                    self.report.failed += 1;
                    is_well &= !failure.kind.halts_run();
                }
            }
        }
        is_well
    }

    /// Waits, but not beyond a stop.
    async fn wait(&mut self, pause: Duration) {
        let pause = pause.mul_f64(1.0 - fastrand::f64() / 4.0);
        tokio::select! {
            () = sleep(pause) => {}
            _ = self.stopped.wait_for(|stopped| *stopped) => {}
        }
    }
}
