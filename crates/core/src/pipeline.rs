//! The order of things: select, fetch, transcribe, save the text, mark the rows.

use std::num::NonZeroUsize;
use std::sync::Arc;

use futures_channel::mpsc;
use futures_util::future;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use tracing::Instrument;

use crate::claiming::{Claiming, Claims, Standing};
use crate::observer::{Event, Observer};
use crate::rules::{self, DaySlot, Plan, PlannedObject};
use crate::run::{Arrival, Run};
use crate::span;
use crate::{
    AudioSource, Claim, ClaimScope, DeviceId, FetchedAudio, Ledger, LedgerStore, LocalDate,
    RecordingQuery, Report, Selection, SourceError, StoreError, TranscribeOptions, Transcriber,
    TranscriptStore,
};

/// The backends of a pipeline.
#[derive(Debug, Clone)]
pub struct Ports {
    /// Where recordings are fetched from.
    pub source: Arc<dyn AudioSource>,
    /// What turns them into text.
    pub transcriber: Arc<dyn Transcriber>,
    /// Where they are listed and their text is kept.
    pub store: Arc<dyn TranscriptStore>,
}

/// The choices a pipeline leaves to its owner.
#[derive(Debug, Clone)]
pub struct Policy {
    /// The zone of the devices, for rows whose key and columns tell no local time.
    pub zone: TimeZone,
    /// What is saved where nobody spoke. Readers of `vibe_whisper` expect the empty text.
    pub silence_text: String,
    /// How many recordings may lie fetched on disk while one is transcribed.
    pub prefetch: NonZeroUsize,
}

/// Turns recordings into text. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Pipeline {
    ports: Ports,
    policy: Arc<Policy>,
    claiming: Option<Claiming>,
    ledger: Option<Arc<dyn LedgerStore>>,
}

impl Pipeline {
    /// A pipeline over `ports` that works alone: nobody else may transcribe the same recordings.
    #[must_use]
    pub fn new(ports: Ports, policy: Policy) -> Self {
        Self { ports, policy: Arc::new(policy), claiming: None, ledger: None }
    }

    /// The same pipeline, which claims each recording before it works on it: as many as there are
    /// may then share one store.
    #[must_use]
    pub fn claiming(self, how: Claiming) -> Self {
        Self { claiming: Some(how), ..self }
    }

    /// The same pipeline, which keeps in a ledger what it heard in each recording.
    #[must_use]
    pub fn keeping(self, ledger: Arc<dyn LedgerStore>) -> Self {
        Self { ledger: Some(ledger), ..self }
    }

    /// The ledger, where one is kept.
    #[must_use]
    pub fn ledger(&self) -> Option<Ledger> {
        self.ledger.clone().map(|store| Ledger::new(self.clone(), store))
    }

    pub(crate) fn ledger_store(&self) -> Option<&Arc<dyn LedgerStore>> {
        self.ledger.as_ref()
    }

    /// The backends, for checks.
    #[must_use]
    pub fn ports(&self) -> &Ports {
        &self.ports
    }

    pub(crate) fn policy(&self) -> &Policy {
        &self.policy
    }

    /// What a run of `selection` would do now.
    pub async fn plan(&self, selection: &Selection) -> Result<Plan, StoreError> {
        let query = match selection {
            Selection::Day { device, date, .. } => day_query(device, *date),
            Selection::Objects(keys) => RecordingQuery::Objects(keys.clone()),
            Selection::Pending => RecordingQuery::Pending,
        };
        let rows = self.ports.store.recordings(&query).await?;
        Ok(rules::plan(selection, rows, &self.policy.zone))
    }

    /// A device's day as its readers see it at `now`. With `claiming` each slot says how far the
    /// work on it is, where the database keeps claims.
    pub async fn day(
        &self,
        device: &DeviceId,
        date: LocalDate,
        claiming: Option<&Claiming>,
        now: Timestamp,
    ) -> Result<Vec<DaySlot>, StoreError> {
        let rows = self.ports.store.recordings(&day_query(device, date)).await?;
        let saved = self.ports.store.transcripts(device, date).await?;
        let Policy { silence_text, zone, .. } = &*self.policy;
        let recorded = rules::recorded_on(device, date, rows, zone);
        let mut slots = rules::day_of(&recorded, &saved, silence_text);
        if let Some(claiming) = claiming {
            let keys = recorded.iter().map(|(_, recording)| recording.object_key.clone());
            let claims = claiming.known(keys.collect()).await?;
            rules::note_work(&mut slots, &recorded, &claims, &claiming.quarantine, now);
        }
        Ok(slots)
    }

    /// Transcribes a selection. A recording that fails is data in the report; `Err` means that
    /// the rows of the selection could not be read.
    ///
    /// Dropping the future cancels the run: what is saved stays, what is not is as it was.
    pub async fn run(
        &self,
        selection: &Selection,
        options: &TranscribeOptions,
        observer: Arc<dyn Observer>,
    ) -> Result<Report, StoreError> {
        let plan = self.plan(selection).await?;
        let is_again = matches!(selection, Selection::Objects(_));
        Ok(self.execute(&plan, &Entitled::ToAsk { is_again }, options, observer).await)
    }

    /// Transcribes what a plan of pending recordings names, each as far as its time has come: what
    /// another worker has, has completed or failed at a while ago is left to its next attempt.
    ///
    /// Dropping the future cancels the work as in [`Self::run`].
    pub async fn carry_out(
        &self,
        plan: &Plan,
        options: &TranscribeOptions,
        observer: Arc<dyn Observer>,
    ) -> Report {
        self.execute(plan, &Entitled::InItsTime, options, observer).await
    }

    /// Transcribes one object that is claimed already.
    pub async fn work(
        &self,
        claim: &Claim,
        options: &TranscribeOptions,
        observer: Arc<dyn Observer>,
    ) -> Result<Report, StoreError> {
        let key = claim.ticket.object_key.clone();
        let plan = self.plan(&Selection::Objects([key].into())).await?;
        Ok(self.execute(&plan, &Entitled::By(claim), options, observer).await)
    }

    async fn execute(
        &self,
        plan: &Plan,
        entitled: &Entitled<'_>,
        options: &TranscribeOptions,
        observer: Arc<dyn Observer>,
    ) -> Report {
        observer.observe(Event::Planned { objects: plan.objects.len() });
        let claims = self.claiming.clone().map(Claims::new);
        let mut run = Run::new(self, claims.as_ref(), options, observer.clone());
        run.note_rows_without_audio(plan);

        let (fetched, waiting) = mpsc::channel(self.policy.prefetch.get() - 1);
        let claiming = |object| entitled.claim(claims.as_ref(), object);
        let fetching = async {
            let unwanted = self.fetch_in_order(&plan.objects, claiming, fetched, &*observer).await;
            if let Some(unwanted) = unwanted {
                unwanted.give_back(claims.as_ref()).await;
            }
        };
        let transcribing = run.transcribe_in_order(&plan.objects, waiting);
        future::join(fetching, transcribing).await;

        run.into_report(plan)
    }

    /// Claims and fetches ahead of the transcriber, as far as the channel has room. What the
    /// transcriber does not want any more, because the run was halted meanwhile, comes back.
    async fn fetch_in_order<'a, Asked: Future<Output = Standing>>(
        &self,
        objects: &'a [PlannedObject],
        claim: impl Fn(&'a PlannedObject) -> Asked,
        mut fetched: mpsc::Sender<Arrival>,
        observer: &dyn Observer,
    ) -> Option<Arrival> {
        for object in objects {
            // Room first: else one recording more than promised would lie on disk. An error means
            // that the run was halted.
            future::poll_fn(|context| fetched.poll_ready(context)).await.ok()?;
            let arrival = match claim(object).await {
                Standing::Claimed(claim) => {
                    let attempt = claim.attempt;
                    observer.observe(Event::Claimed { key: &object.key, attempt });
                    self.arrival(object, Some(claim), observer).await
                }
                Standing::Unclaimed => self.arrival(object, None, observer).await,
                Standing::Completed => Arrival::Completed,
                Standing::Refused(failure) => Arrival::Refused(failure),
            };
            if let Err(refused) = fetched.try_send(arrival) {
                return Some(refused.into_inner());
            }
        }
        None
    }

    async fn arrival(
        &self,
        object: &PlannedObject,
        claim: Option<Claim>,
        observer: &dyn Observer,
    ) -> Arrival {
        let span = span::of(object, claim.as_ref());
        let audio = self.fetch(object, observer).instrument(span.clone()).await;
        Arrival::Fetched { claim, audio, span }
    }

    async fn fetch(
        &self,
        object: &PlannedObject,
        observer: &dyn Observer,
    ) -> Result<FetchedAudio, SourceError> {
        let audio = self.ports.source.fetch(&object.key).await?;
        let size_bytes = audio.size_bytes();
        observer.observe(Event::Fetched { key: &object.key, size_bytes });
        Ok(audio)
    }
}

/// By what right an execution works on its objects.
enum Entitled<'a> {
    /// It asks for each, where the store keeps claims.
    ToAsk {
        /// Also for what is completed or given up.
        is_again: bool,
    },
    /// It asks for each whose time has come, as a worker does.
    InItsTime,
    /// It was given this one.
    By(&'a Claim),
}

impl Entitled<'_> {
    async fn claim(&self, claims: Option<&Claims>, object: &PlannedObject) -> Standing {
        let key = object.key.clone();
        match (self, claims) {
            (Self::By(claim), _) => Standing::Claimed((*claim).clone()),
            (Self::InItsTime, Some(claims)) => claims.claim_in_its_time(object).await,
            (Self::ToAsk { .. } | Self::InItsTime, None) => Standing::Unclaimed,
            (Self::ToAsk { is_again: true }, Some(claims)) => {
                claims.claim(ClaimScope::Again(key)).await
            }
            (Self::ToAsk { is_again: false }, Some(claims)) => {
                claims.claim(ClaimScope::Object(key)).await
            }
        }
    }
}

pub(crate) fn day_query(device: &DeviceId, date: LocalDate) -> RecordingQuery {
    let (from, until) = rules::day_window(date);
    RecordingQuery::Window { device: device.clone(), from, until }
}
