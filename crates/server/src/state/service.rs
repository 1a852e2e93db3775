//! The service: what all handlers share.

use std::sync::Arc;
use std::time::Duration;

use governor::clock::MonotonicClock;
use jiff::Timestamp;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::sleep;
use watchme_app::keys::KeyName;
use watchme_core::{ClaimStore, Event, Ledger, ModelName, Observer, Pipeline, Requeue};
use watchme_runner::{Bounds, Drained, Refused, Runner, ScheduleListener};

use super::firings::Firings;
use super::playback::Playback;
use super::readiness::Readiness;
use super::upload_slots::{UploadSlot, UploadSlots};
use super::{Limits, Settings};
use crate::metrics::{Metrics, Recordings, until_next};
use crate::middleware::access::Access;
use crate::middleware::rate::Rates;
use crate::response::ApiError;
use crate::webhooks::Feed;

/// Time to deliver the last webhook events before the process ends.
const LAST_EVENTS: Duration = Duration::from_secs(5);

/// The service. Cheap to clone; clones share everything.
#[derive(Debug, Clone)]
pub struct Service {
    pub(crate) runner: Runner,
    pub(crate) pipeline: Pipeline,
    pub(crate) requeue: Requeue,
    pub(crate) settings: Arc<Settings>,
    pub(crate) readiness: Arc<Readiness>,
    pub(crate) access: Arc<Access>,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) playback: Arc<Playback>,
    pub(crate) firings: Arc<Firings>,
    pub(crate) started_at: Timestamp,
    recordings: Arc<Recordings>,
    /// One permit for each large body that arrives.
    pub(crate) large_bodies: Arc<Semaphore>,
    /// One permit for each transcription request that is waited for.
    requests: Arc<Semaphore>,
    /// One permit for each client that follows a run.
    followers: Arc<Semaphore>,
    uploads: Arc<UploadSlots>,
}

impl Service {
    /// Builds a service over `pipeline`.
    #[must_use]
    pub fn new(pipeline: Pipeline, settings: Settings) -> Self {
        let limits = settings.limits;
        let recordings = Arc::new(Recordings::default());
        let runner = build_runner(&pipeline, &settings, recordings.clone());
        let claims = settings.claiming.as_ref().map(|claiming| claiming.store.clone());
        // Days and months then include the progress of work under claims.
        let pipeline = match &settings.claiming {
            Some(claiming) => pipeline.claiming(claiming.clone()),
            None => pipeline,
        };
        Self {
            requeue: Requeue::new(pipeline.clone(), claims.clone()),
            access: Arc::new(build_access(&settings)),
            metrics: Arc::new(Metrics::new(&recordings, runner.clone(), claims, limits)),
            playback: Arc::new(Playback::new(pipeline.ports().source.clone())),
            runner,
            pipeline: pipeline.clone(),
            readiness: Arc::new(Readiness::new(pipeline, limits)),
            large_bodies: Arc::new(Semaphore::new(limits.large_bodies)),
            requests: Arc::new(Semaphore::new(limits.requests)),
            followers: Arc::new(Semaphore::new(limits.followers)),
            uploads: Arc::new(build_upload_slots(&settings)),
            settings: Arc::new(settings),
            firings: Arc::default(),
            started_at: Timestamp::now(),
            recordings,
        }
    }

    /// Returns the observer of work that the schedule does beside the service, so that this work
    /// counts in `/metrics`, webhooks and `/v1/schedule`.
    #[must_use]
    pub fn observer(&self) -> Arc<dyn Observer> {
        let feed = self.settings.webhooks.clone().map(Feed);
        let (recordings, firings) = (self.recordings.clone(), self.firings.clone());
        Arc::new(ScheduleObserver { recordings, firings, feed })
    }

    /// Returns the listener for the schedule's firings.
    #[must_use]
    pub fn schedule_listener(&self) -> Arc<dyn ScheduleListener> {
        self.firings.clone()
    }

    /// Sends each waiting webhook event once more. For the end of the process, when all work is
    /// over.
    pub async fn drain_webhooks(&self) {
        if let Some(webhooks) = &self.settings.webhooks {
            webhooks.drain(LAST_EVENTS).await;
        }
    }

    /// Samples the service's health for each step of its history, forever.
    pub(crate) async fn keep_history(&self) {
        loop {
            self.metrics.sample().await;
            sleep(until_next(Timestamp::now())).await;
        }
    }

    /// Returns the store of claims, or why there is none.
    pub(crate) fn claims(&self) -> Result<&dyn ClaimStore, ApiError> {
        let claiming = self.settings.claiming.as_ref();
        claiming
            .map(|claiming| &*claiming.store)
            .ok_or_else(|| ApiError::NoClaims("this service keeps no claims".to_owned()))
    }

    /// Returns the ledger, or why there is none.
    pub(crate) fn ledger(&self) -> Result<Ledger, ApiError> {
        let ledger = self.pipeline.ledger();
        ledger.ok_or_else(|| ApiError::NoLedger("this service keeps no ledger".to_owned()))
    }

    /// Refuses a model that cannot be used, before anything is claimed for it.
    pub(crate) async fn check_model(&self, model: &ModelName) -> Result<(), ApiError> {
        match self.readiness.model_fault(model).await {
            Some(reason) => Err(ApiError::BrokenModel(reason)),
            None => Ok(()),
        }
    }

    /// Admits a transcription request, which holds its place while the permit lives.
    pub(crate) fn admit(&self) -> Result<OwnedSemaphorePermit, ApiError> {
        self.requests.clone().try_acquire_owned().map_err(|_| ApiError::TooManyRequests)
    }

    /// Admits an upload, which holds its place while the slot lives.
    pub(crate) fn admit_upload(&self, caller: &KeyName) -> Result<UploadSlot, ApiError> {
        let slot = self.uploads.try_acquire(caller);
        // Checked afterwards: the shutdown waits for a slot that was acquired before it began.
        if self.runner.is_draining() {
            return Err(ApiError::Refused(Refused::Draining));
        }
        slot.ok_or(ApiError::TooManyRequests)
    }

    /// Admits a client that follows a run, which holds its place while the permit lives.
    pub(crate) fn admit_follower(&self) -> Result<OwnedSemaphorePermit, ApiError> {
        self.followers.clone().try_acquire_owned().map_err(|_| ApiError::TooManyFollowers)
    }

    /// Refuses new work from now on and lets running work end within the grace. For shutdown.
    pub(crate) async fn drain(&self) -> Drained {
        let grace = self.settings.shutdown_grace;
        let (drained, ()) = tokio::join!(self.runner.drain(grace), self.uploads.drain(grace));
        drained
    }
}

/// Observer of work that is done beside the runs.
struct ScheduleObserver {
    recordings: Arc<Recordings>,
    firings: Arc<Firings>,
    feed: Option<Feed>,
}

impl Observer for ScheduleObserver {
    fn observe(&self, event: Event<'_>) {
        if let Some(feed) = &self.feed {
            feed.observe(event.clone());
        }
        self.firings.observe(event.clone());
        self.recordings.observe(event);
    }
}

fn build_runner(pipeline: &Pipeline, settings: &Settings, recordings: Arc<Recordings>) -> Runner {
    let Limits { waiting_runs, kept_runs, .. } = settings.limits;
    let bounds = Bounds { waiting_runs, kept_runs, ..Bounds::default() };
    let mut builder = Runner::builder(pipeline.clone()).bounds(bounds).watched_by(recordings);
    if let Some(claiming) = &settings.claiming {
        builder = builder.claiming(claiming.clone(), settings.patience);
    }
    if let Some(webhooks) = &settings.webhooks {
        builder = builder.heard_by(Arc::new(Feed(webhooks.clone())));
    }
    builder.build()
}

/// With several keys, none of them can take all slots.
fn build_upload_slots(settings: &Settings) -> UploadSlots {
    let count = settings.limits.uploads;
    let per_key = if settings.api_keys.names().count() > 1 { count.div_ceil(2) } else { count };
    UploadSlots::new(count, per_key)
}

fn build_access(settings: &Settings) -> Access {
    let keys = settings.api_keys.clone();
    let anonymous = KeyName::anonymous();
    let names = keys.names().chain([&anonymous]);
    let rates = Rates::new(settings.rate_limit_per_minute, names, MonotonicClock);
    Access::new(keys, rates)
}
