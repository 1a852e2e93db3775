//! One run under way: recordings one after the other, and what became of them.

use std::sync::Arc;

use futures_channel::mpsc;
use futures_util::StreamExt;
use tracing::{Instrument, Span, info, warn};

use crate::claiming::Claims;
use crate::forward::Forward;
use crate::observer::{Event, Observer};
use crate::rules::{Plan, PlannedObject};
use crate::span;
use crate::{
    Claim, ErrorChain, Failure, FailureKind, FetchedAudio, Kept, Outcome, Pipeline, RecordedAt,
    Recording, RecordingReport, RecordingStatus, Report, SourceError, TranscribeOptions,
    Transcript,
};

/// After this many recordings in a row failed for a reason that is not theirs, the run ends: the
/// source, the model or the store is what is broken. One is not enough, or a single odd
/// recording would stop every run at the same place.
const FAILURES_THAT_HALT: usize = 3;

/// What arrives for an object of the plan.
pub(crate) enum Arrival {
    /// Its audio, or why there is none.
    Fetched {
        /// Where claims are kept: ours.
        claim: Option<Claim>,
        /// The audio.
        audio: Result<FetchedAudio, SourceError>,
        /// Where everything about it is noted.
        span: Span,
    },
    /// Nothing: another worker completed it meanwhile.
    Completed,
    /// Nothing: it is not ours to work on.
    Refused(Failure),
}

impl Arrival {
    /// Gives back what was claimed, for whoever comes next: it is not worked on.
    pub(crate) async fn give_back(self, claims: Option<&Claims>) {
        if let (Self::Fetched { claim: Some(claim), .. }, Some(claims)) = (self, claims) {
            claims.give_back(&claim).await;
        }
    }
}

/// An object that was transcribed and is not saved yet.
struct Heard<'a> {
    object: &'a PlannedObject,
    claim: Option<Claim>,
    transcript: Transcript,
    /// What the transcriber keeps until it is saved.
    kept: Option<Kept>,
    span: Span,
}

/// A run under way.
pub(crate) struct Run<'a> {
    pipeline: &'a Pipeline,
    claims: Option<&'a Claims>,
    options: &'a TranscribeOptions,
    observer: Arc<dyn Observer>,
    /// Finished rows, each with the time that orders it.
    done: Vec<(Option<RecordedAt>, RecordingReport)>,
    /// The latest failures in a row that were not the recordings' own.
    streak: Option<(Failure, usize)>,
    /// Rows that others completed since the plan was made.
    completed_elsewhere: usize,
}

impl<'a> Run<'a> {
    pub(crate) fn new(
        pipeline: &'a Pipeline,
        claims: Option<&'a Claims>,
        options: &'a TranscribeOptions,
        observer: Arc<dyn Observer>,
    ) -> Self {
        let (done, streak, completed_elsewhere) = (Vec::new(), None, 0);
        Self { pipeline, claims, options, observer, done, streak, completed_elsewhere }
    }

    /// Notes what can be said before anything is fetched.
    pub(crate) fn note_rows_without_audio(&mut self, plan: &Plan) {
        for row in &plan.unreadable {
            let failure = Failure::new(FailureKind::UnreadableRow, row.reason.clone());
            self.fail(row.recorded_at.clone(), row.label.clone(), None, failure);
        }
        for key in &plan.unknown {
            let reason = "no row of `audio_files` names this object; register it first";
            let failure = Failure::new(FailureKind::UnknownRecording, reason);
            self.fail(None, key.to_string(), None, failure);
        }
    }

    /// Transcribes what arrives in `waiting`, which has an answer for each of `objects` in order.
    pub(crate) async fn transcribe_in_order(
        &mut self,
        objects: &[PlannedObject],
        mut waiting: mpsc::Receiver<Arrival>,
    ) {
        let mut heard = Vec::new();
        for (index, object) in objects.iter().enumerate() {
            let Some(arrival) = waiting.next().await else { break };
            match arrival {
                Arrival::Completed => self.completed_elsewhere += object.rows.len(),
                Arrival::Refused(failure) => {
                    self.count(&failure);
                    // Its lease ran out once too often; asking for it was what gave it up.
                    if failure.kind == FailureKind::Quarantined {
                        self.tell_quarantined(object);
                    }
                    self.fail_object(object, &failure);
                }
                Arrival::Fetched { claim, audio, span } => {
                    let hearing = self.hear(object, claim.as_ref(), audio);
                    let transcribed = hearing.instrument(span.clone()).await;
                    heard.extend(transcribed.map(|(transcript, kept)| Heard {
                        object,
                        claim,
                        transcript,
                        kept,
                        span,
                    }));
                }
            }
            let rest = &objects[index + 1..];
            let is_last_of_slot = rest.first().is_none_or(|next| next.slot != object.slot);
            let halted = self.halted();
            if is_last_of_slot || halted.is_some() {
                self.complete(std::mem::take(&mut heard)).await;
            }
            // Saving what was heard before the trouble is no sign that it is over.
            if let Some(failure) = halted.or_else(|| self.halted()) {
                warn!(kind = failure.kind.as_str(), left = rest.len(), "the run is halted");
                for object in rest {
                    self.fail_object(object, &failure);
                }
                waiting.close();
                while let Some(unwanted) = waiting.next().await {
                    unwanted.give_back(self.claims).await;
                }
                return;
            }
        }
    }

    pub(crate) fn into_report(mut self, plan: &Plan) -> Report {
        // Rows without a time come last.
        self.done.sort_by(|(a, _), (b, _)| (a.is_none(), a).cmp(&(b.is_none(), b)));
        Report {
            total: plan.total,
            already_completed: plan.already_completed + self.completed_elsewhere,
            recordings: self.done.into_iter().map(|(_, report)| report).collect(),
        }
    }

    /// The transcript of a recording, unless it failed, which is then settled.
    async fn hear(
        &mut self,
        object: &PlannedObject,
        claim: Option<&Claim>,
        audio: Result<FetchedAudio, SourceError>,
    ) -> Option<(Transcript, Option<Kept>)> {
        match self.transcribe(object, audio).await {
            Ok((transcript, kept)) => {
                self.count_heard();
                span::note_audio(&transcript);
                Some((transcript, kept))
            }
            Err(failure) => {
                self.count(&failure);
                self.end_claim(claim, object, &failure).await;
                self.fail_object(object, &failure);
                None
            }
        }
    }

    async fn transcribe(
        &self,
        object: &PlannedObject,
        fetched: Result<FetchedAudio, SourceError>,
    ) -> Result<(Transcript, Option<Kept>), Failure> {
        let audio = fetched.map_err(|error| Failure::because(error.kind(), &error))?;
        let progress = Arc::new(Forward::new(object.key.clone(), self.observer.clone()));
        let transcriber = &self.pipeline.ports().transcriber;
        let result = transcriber.transcribe(audio, self.options, progress.clone()).await;
        let transcript = result.map_err(|error| Failure::because(error.kind(), &error))?;
        Ok((transcript, progress.take_kept()))
    }

    /// Saves the text of one slot and completes every row it came from.
    async fn complete(&mut self, heard: Vec<Heard<'_>>) {
        let (mut unclaimed, mut spans, mut kept_of_all) = (Vec::new(), Vec::new(), Vec::new());
        for Heard { object, claim, transcript, kept, span } in heard {
            if let (Some(claim), Some(claims)) = (claim, self.claims) {
                let completing = self.complete_claimed(claims, &claim, object, &transcript);
                let is_saved = completing.instrument(span).await;
                forget(kept.filter(|_| is_saved)).await;
            } else {
                unclaimed.push((object, transcript));
                spans.push(span);
                kept_of_all.extend(kept);
            }
        }
        if self.complete_unclaimed(unclaimed, spans).await {
            forget(kept_of_all).await;
        }
    }

    /// Saves the text of one claimed object. Answers whether it is saved.
    async fn complete_claimed(
        &mut self,
        claims: &Claims,
        claim: &Claim,
        object: &PlannedObject,
        transcript: &Transcript,
    ) -> bool {
        let model = &self.options.model;
        let saved = self.pipeline.complete_claimed(claims, claim, object, transcript, model).await;
        match &saved {
            Ok(()) => {
                for row in &object.rows {
                    self.completed(object, row, transcript);
                }
            }
            Err(error) => {
                let failure = Failure::because(error.kind(), error);
                self.count(&failure);
                self.end_claim(Some(claim), object, &failure).await;
                self.fail_object(object, &failure);
            }
        }
        saved.is_ok()
    }

    async fn end_claim(&self, claim: Option<&Claim>, object: &PlannedObject, failure: &Failure) {
        if let (Some(claim), Some(claims)) = (claim, self.claims)
            && claims.fail(claim, failure).await
        {
            self.tell_quarantined(object);
        }
    }

    fn tell_quarantined(&self, object: &PlannedObject) {
        self.observer.observe(Event::Quarantined { key: &object.key, slot: &object.slot });
    }

    /// Saves the text of one slot, then marks every row it came from. Answers whether it is saved.
    async fn complete_unclaimed(
        &mut self,
        heard: Vec<(&PlannedObject, Transcript)>,
        spans: Vec<Span>,
    ) -> bool {
        let Some((first, _)) = heard.first() else { return true };
        if let Err(error) = self.pipeline.save(&first.slot, &heard, &self.options.model).await {
            let failure = Failure::because(error.kind(), &error);
            self.count(&failure);
            for ((object, _), span) in heard.iter().zip(spans) {
                span.in_scope(|| self.fail_object(object, &failure));
            }
            return false;
        }
        for ((object, transcript), span) in heard.into_iter().zip(spans) {
            for row in &object.rows {
                self.mark(object, row, &transcript).instrument(span.clone()).await;
            }
        }
        true
    }

    async fn mark(&mut self, object: &PlannedObject, row: &Recording, transcript: &Transcript) {
        let store = &self.pipeline.ports().store;
        match store.mark(&row.id, &RecordingStatus::Completed).await {
            Ok(()) => self.completed(object, row, transcript),
            Err(error) => {
                let failure = Failure::because(error.kind(), &error);
                self.count(&failure);
                self.fail_row(object, row, failure);
            }
        }
    }

    fn completed(&mut self, object: &PlannedObject, row: &Recording, transcript: &Transcript) {
        info!(
            recording.key = %object.key,
            audio_seconds = transcript.audio.as_secs_f64(),
            speech_seconds = transcript.speech.as_secs_f64(),
            segments = transcript.segments.len(),
            "recording completed"
        );
        self.streak = None;
        let outcome = Outcome::Transcribed(transcript.clone());
        let report = RecordingReport {
            label: object.key.to_string(),
            slot: Some(object.slot.clone()),
            outcome,
        };
        self.finish(Some(row.id.recorded_at.clone()), report);
    }

    fn fail_object(&mut self, object: &PlannedObject, failure: &Failure) {
        for row in &object.rows {
            self.fail_row(object, row, failure.clone());
        }
    }

    fn fail_row(&mut self, object: &PlannedObject, row: &Recording, failure: Failure) {
        let time = Some(row.id.recorded_at.clone());
        self.fail(time, object.key.to_string(), Some(object.slot.clone()), failure);
    }

    fn fail(
        &mut self,
        time: Option<RecordedAt>,
        label: String,
        slot: Option<crate::Slot>,
        failure: Failure,
    ) {
        let kind = failure.kind;
        if matches!(kind, FailureKind::Missing | FailureKind::ClaimedElsewhere) {
            info!(recording.key = label, reason = failure.reason, "recording left alone");
        } else {
            warn!(
                recording.key = label,
                kind = kind.as_str(),
                reason = failure.reason,
                "recording failed"
            );
        }
        self.finish(time, RecordingReport { label, slot, outcome: Outcome::Failed(failure) });
    }

    /// Counts a failure towards halting, once however many rows wait for the same audio.
    fn count(&mut self, failure: &Failure) {
        self.streak = match self.streak.take() {
            Some((earlier, count)) if earlier.kind == failure.kind => Some((earlier, count + 1)),
            _ if failure.kind.halts_run() => Some((failure.clone(), 1)),
            _ => None,
        };
    }

    /// A transcript shows that the source and the model work. Of the store it says nothing.
    fn count_heard(&mut self) {
        let is_of_store = |kind| {
            use FailureKind::{NotWritten, StoreDenied, StoreUnavailable};
            matches!(kind, StoreUnavailable | StoreDenied | NotWritten)
        };
        self.streak = self.streak.take().filter(|(failure, _)| is_of_store(failure.kind));
    }

    fn finish(&mut self, time: Option<RecordedAt>, report: RecordingReport) {
        span::note_outcome(&report.outcome);
        self.observer.observe(Event::Finished { report: &report });
        self.done.push((time, report));
    }

    /// What the rest of the recordings fail with, once there is no point in trying them.
    fn halted(&self) -> Option<Failure> {
        let (failure, count) = self.streak.as_ref()?;
        let reason = format!("not tried after {count} failures in a row: {}", failure.reason);
        (*count >= FAILURES_THAT_HALT).then(|| Failure::new(failure.kind, reason))
    }
}

impl Failure {
    pub(crate) fn new(kind: FailureKind, reason: impl Into<String>) -> Self {
        Self { kind, reason: reason.into() }
    }

    /// The failure that an error of a port is.
    #[must_use]
    pub fn because(kind: FailureKind, error: &(dyn std::error::Error + 'static)) -> Self {
        Self::new(kind, ErrorChain(error).to_string())
    }
}

/// The texts are saved: what was kept for the case that they are lost is not needed any more.
async fn forget(kept: impl IntoIterator<Item = Kept>) {
    for kept in kept {
        kept.forget().await;
    }
}
