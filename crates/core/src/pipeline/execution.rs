//! The execution of a plan: claims and fetches ahead, while a run transcribes and saves.

use std::sync::Arc;

use futures_channel::mpsc;
use futures_util::future;
use tracing::Instrument;

use super::claiming::{Claims, Standing};
use super::observer::{Event, Observer};
use super::run::{Arrival, Run};
use super::{Pipeline, span};
use crate::domain::{
    Claim, ClaimScope, FetchedAudio, RecordingQuery, Report, Selection, TranscribeOptions,
};
use crate::ports::{SourceError, StoreError};
use crate::rules::{self, Plan, PlannedObject, day_query};

impl Pipeline {
    /// Returns what a run of `selection` would do now.
    pub async fn plan(&self, selection: &Selection) -> Result<Plan, StoreError> {
        let query = match selection {
            Selection::Day { device, date, .. } => day_query(device, *date),
            Selection::Objects(keys) => RecordingQuery::Objects(keys.clone()),
            Selection::Pending => RecordingQuery::Pending,
        };
        let rows = self.ports.store.recordings(&query).await?;
        Ok(rules::plan(selection, rows, &self.policy.zone))
    }

    /// Transcribes a selection. A recording that fails is data in the report; `Err` means that
    /// the rows of the selection could not be read.
    ///
    /// Dropping the future cancels the run: texts that are saved stay, everything else is as it
    /// was.
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

    /// Transcribes the recordings of a plan of pending ones that are due: a recording that another
    /// worker has, has completed or has failed at recently is left to its next attempt.
    ///
    /// Dropping the future cancels the work as in [`Self::run`].
    pub async fn carry_out(
        &self,
        plan: &Plan,
        options: &TranscribeOptions,
        observer: Arc<dyn Observer>,
    ) -> Report {
        self.execute(plan, &Entitled::WhenDue, options, observer).await
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
        let claim = |object| entitled.claim(claims.as_ref(), object);
        let fetching = async {
            let unwanted = self.fetch_in_order(&plan.objects, claim, fetched, &*observer).await;
            if let Some(unwanted) = unwanted {
                unwanted.give_back(claims.as_ref()).await;
            }
        };
        let transcribing = run.transcribe_in_order(&plan.objects, waiting);
        future::join(fetching, transcribing).await;

        run.into_report(plan)
    }

    /// Claims and fetches ahead of the transcriber, as far as the channel has room. Returns the
    /// object that the transcriber does not want any more, if the run was halted meanwhile.
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

/// Right by which an execution works on its objects.
enum Entitled<'a> {
    /// It claims each object, where the store keeps claims.
    ToAsk {
        /// True if it also claims objects that are completed or given up.
        is_again: bool,
    },
    /// It claims each object that is due, as a worker does.
    WhenDue,
    /// It was given this claim.
    By(&'a Claim),
}

impl Entitled<'_> {
    async fn claim(&self, claims: Option<&Claims>, object: &PlannedObject) -> Standing {
        let key = object.key.clone();
        match (self, claims) {
            (Self::By(claim), _) => Standing::Claimed((*claim).clone()),
            (Self::WhenDue, Some(claims)) => claims.claim_when_due(object).await,
            (Self::ToAsk { .. } | Self::WhenDue, None) => Standing::Unclaimed,
            (Self::ToAsk { is_again: true }, Some(claims)) => {
                claims.claim(ClaimScope::Again(key)).await
            }
            (Self::ToAsk { is_again: false }, Some(claims)) => {
                claims.claim(ClaimScope::Object(key)).await
            }
        }
    }
}
