//! What the handlers share.

use std::num::{NonZeroU32, NonZeroUsize};
use std::sync::Arc;
use std::time::Duration;

use governor::clock::MonotonicClock;
use jiff::Timestamp;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::sleep;
use watchme_app::keys::{ApiKeys, KeyName};
use watchme_app::{CostSettings, Uploads};
use watchme_core::rules::SkipHours;
use watchme_core::{Claiming, Event, ModelName, Observer, Pipeline, Requeue, TranscribeOptions};
use watchme_runner::{Bounds, Drained, Refused, Runner, ScheduleListener};
use watchme_webhooks::Webhooks;

use crate::access::Access;
use crate::error::ApiError;
use crate::firings::Firings;
use crate::metrics::{Metrics, Recordings, until_next};
use crate::playback::Playback;
use crate::rate::Rates;
use crate::readiness::Readiness;
use crate::turns::{Turn, Turns};
use crate::webhooks::Feed;

/// How long the receivers of webhooks may take to hear of the end.
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
    /// One permit for each transcription request that is read or waited for.
    requests: Arc<Semaphore>,
    /// One permit for each client that follows a run.
    followers: Arc<Semaphore>,
    /// One turn for each recording that is sent by a client or transcribed for it.
    uploads: Arc<Turns>,
}

/// The choices a service leaves to its owner.
#[derive(Debug, Clone)]
pub struct Settings {
    /// How recordings are transcribed where a request says nothing; its model is the default.
    pub options: TranscribeOptions,
    /// The models that requests may name.
    pub models: Vec<ModelName>,
    /// The folder for recordings that clients send.
    pub uploads: Uploads,
    /// The keys that callers need; without any, everybody is let in.
    pub api_keys: ApiKeys,
    /// How many requests a minute each key has; `None`: as many as come.
    pub rate_limit_per_minute: Option<NonZeroU32>,
    /// What an hour of the machine costs.
    pub costs: CostSettings,
    /// Whether other origins are answered here; not where a proxy in front does it.
    pub cors: bool,
    /// How recordings are claimed; `None`: nobody else works on the store.
    pub claiming: Option<Claiming>,
    /// The schedule that is kept beside the service; `None`: there is none.
    pub schedule: Option<Schedule>,
    /// The services that are told how recordings and runs end.
    pub webhooks: Option<Webhooks>,
    /// How many threads the engine uses.
    pub threads: NonZeroUsize,
    /// How much memory the settings leave to the process; `None`: whatever there is.
    pub memory_limit_bytes: Option<u64>,
    /// How long a finished text waits for a store that cannot be reached.
    pub patience: Duration,
    /// How long a run under way may take to end once the service shuts down.
    pub shutdown_grace: Duration,
    /// The bounds of everything that could grow or hang.
    pub limits: Limits,
}

/// A schedule, as it is told to those who ask.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schedule {
    /// When it fires, a line of cron.
    pub when: String,
    /// The zone whose clock it goes by, where it has a name.
    pub zone: Option<String>,
    /// How far back a firing looks.
    pub look_back: Duration,
    /// Recordings of these hours are left out.
    pub skip: SkipHours,
}

/// The bounds of everything that could grow or hang. The default is for the machine that the
/// service is made for, with 2 cores and 2 GB.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// The largest body of a request, in bytes. A day of paths takes 5 kB.
    pub body_bytes: usize,
    /// How long a client may take to send its body.
    pub body_timeout: Duration,
    /// How long a client may take to send its headers.
    pub header_timeout: Duration,
    /// How many connections are served at once; further ones wait to be accepted.
    pub connections: usize,
    /// How many transcription requests may be waited for at once.
    pub requests: usize,
    /// How many runs may wait for the one under way.
    pub waiting_runs: usize,
    /// How many runs are kept after their end.
    pub kept_runs: usize,
    /// How many clients may follow runs at once. Each has a connection.
    pub followers: usize,
    /// How many recordings may be sent by clients, or transcribed for them, at once. What they
    /// hold on disk is bounded besides.
    pub uploads: u32,
    /// How long a client may take to send a recording. Nothing of it may take as long as
    /// [`Self::body_timeout`] to arrive.
    pub upload_timeout: Duration,
    /// For how long one answer of `/ready` counts.
    pub ready_for: Duration,
    /// How long the checks of `/ready` may take.
    pub ready_timeout: Duration,
    /// For how long figures of the store count in `/metrics`.
    pub backlog_for: Duration,
    /// How long the store may take to give them. Prometheus waits 10 seconds for a scrape.
    pub backlog_timeout: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            body_bytes: 1024 * 1024,
            body_timeout: Duration::from_secs(30),
            header_timeout: Duration::from_secs(30),
            connections: 1536,
            requests: 128,
            waiting_runs: 64,
            kept_runs: 100,
            followers: 1024,
            uploads: 16,
            upload_timeout: Duration::from_mins(10),
            ready_for: Duration::from_secs(5),
            ready_timeout: Duration::from_secs(5),
            backlog_for: Duration::from_secs(10),
            backlog_timeout: Duration::from_secs(5),
        }
    }
}

impl Service {
    /// A service over `pipeline`.
    #[must_use]
    pub fn new(pipeline: Pipeline, settings: Settings) -> Self {
        let limits = settings.limits;
        let bounds = Bounds {
            waiting_runs: limits.waiting_runs,
            kept_runs: limits.kept_runs,
            ..Bounds::default()
        };
        let recordings = Arc::new(Recordings::default());
        let runner =
            Runner::builder(pipeline.clone()).bounds(bounds).watched_by(recordings.clone());
        let runner = match &settings.claiming {
            Some(claiming) => runner.claiming(claiming.clone(), settings.patience),
            None => runner,
        };
        let runner = match &settings.webhooks {
            Some(webhooks) => runner.heard_by(Arc::new(Feed(webhooks.clone()))),
            None => runner,
        };
        let runner = runner.build();
        let claims = settings.claiming.as_ref().map(|claiming| claiming.store.clone());
        // What is read back then includes the progress of work under claims.
        let pipeline = match &settings.claiming {
            Some(claiming) => pipeline.claiming(claiming.clone()),
            None => pipeline,
        };
        Self {
            requeue: Requeue::new(pipeline.clone(), claims.clone()),
            access: Arc::new(access(&settings)),
            metrics: Arc::new(Metrics::new(&recordings, runner.clone(), claims, limits)),
            playback: Arc::new(Playback::new(pipeline.ports().source.clone())),
            runner,
            pipeline: pipeline.clone(),
            readiness: Arc::new(Readiness::new(pipeline, limits)),
            requests: Arc::new(Semaphore::new(limits.requests)),
            followers: Arc::new(Semaphore::new(limits.followers)),
            uploads: Arc::new(Turns::new(limits.uploads)),
            settings: Arc::new(settings),
            firings: Arc::default(),
            started_at: Timestamp::now(),
            recordings,
        }
    }

    /// Who is told of the schedule's work beside the service, so that it counts in `/metrics`, in
    /// webhooks and in what is told of the schedule.
    #[must_use]
    pub fn observer(&self) -> Arc<dyn Observer> {
        let feed = self.settings.webhooks.clone().map(Feed);
        let (recordings, firings) = (self.recordings.clone(), self.firings.clone());
        Arc::new(Beside { recordings, firings, feed })
    }

    /// Who is told when the schedule fires, and how that ends.
    #[must_use]
    pub fn schedule_listener(&self) -> Arc<dyn ScheduleListener> {
        self.firings.clone()
    }

    /// For the end of the process, when all work is over: sends each event that waits once more.
    pub async fn drain_webhooks(&self) {
        if let Some(webhooks) = &self.settings.webhooks {
            webhooks.drain(LAST_EVENTS).await;
        }
    }

    /// Looks at the health of the service in each step of its history, for ever.
    pub(crate) async fn keep_history(&self) {
        loop {
            self.metrics.sample().await;
            sleep(until_next(Timestamp::now())).await;
        }
    }

    /// Takes in a transcription request, for as long as the permit lives.
    pub(crate) fn admit(&self) -> Result<OwnedSemaphorePermit, ApiError> {
        self.requests.clone().try_acquire_owned().map_err(|_| ApiError::TooManyRequests)
    }

    /// Takes in a recording that a client sends, for as long as the turn lives.
    pub(crate) fn admit_upload(&self) -> Result<Turn, ApiError> {
        let turn = self.uploads.take();
        // Afterwards: a turn that was taken before the shutdown began is waited for.
        if self.runner.is_draining() {
            return Err(ApiError::Refused(Refused::Draining));
        }
        turn.ok_or(ApiError::TooManyRequests)
    }

    /// For shutdown: refuses new work. What is under way may end within the grace.
    pub(crate) async fn drain(&self) -> Drained {
        let grace = self.settings.shutdown_grace;
        let (drained, ()) = tokio::join!(self.runner.drain(grace), self.uploads.drain(grace));
        drained
    }

    /// Takes in a client that follows a run, for as long as the permit lives.
    pub(crate) fn admit_follower(&self) -> Result<OwnedSemaphorePermit, ApiError> {
        self.followers.clone().try_acquire_owned().map_err(|_| ApiError::TooManyFollowers)
    }
}

/// Who watches what is done beside the runs.
struct Beside {
    recordings: Arc<Recordings>,
    firings: Arc<Firings>,
    feed: Option<Feed>,
}

impl Observer for Beside {
    fn observe(&self, event: Event<'_>) {
        if let Some(feed) = &self.feed {
            feed.observe(event.clone());
        }
        self.firings.observe(event.clone());
        self.recordings.observe(event);
    }
}

fn access(settings: &Settings) -> Access {
    let keys = settings.api_keys.clone();
    let anonymous = keys.is_empty().then(KeyName::anonymous);
    let names = keys.names().chain(&anonymous);
    let rates = Rates::new(settings.rate_limit_per_minute, names, MonotonicClock);
    Access::new(keys, rates)
}
