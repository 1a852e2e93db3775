//! One run under way: recordings one after the other, each with its outcome.

use std::sync::Arc;

use futures_channel::mpsc;
use futures_util::StreamExt;
use tracing::{Instrument, Span, info, warn};

use super::claiming::Claims;
use super::observer::{Event, Observer};
use super::progress::RunProgress;
use super::{Pipeline, span};
use crate::domain::{
    Claim, Failure, FailureKind, FetchedAudio, Outcome, RecordedAt, Recording, RecordingReport,
    RecordingStatus, Report, Slot, TranscribeOptions, Transcript,
};
use crate::ports::{Kept, SourceError};
use crate::rules::{Plan, PlannedObject};

/// Number of recordings in a row that fail for a reason that is not theirs before the run ends:
/// then the source, the model or the store is broken. One is not enough, or a single odd recording
/// would stop every run at the same place.
const FAILURES_THAT_HALT: usize = 3;

/// Arrival for an object of the plan.
pub(super) enum Arrival {
    /// Audio, or the reason there is none.
    Fetched {
        /// Our claim, where claims are kept.
        claim: Option<Claim>,
        /// The audio.
        audio: Result<FetchedAudio, SourceError>,
        /// Span of the recording.
        span: Span,
    },
    /// Nothing: another worker completed it meanwhile.
    Completed,
    /// Nothing: it is not ours to work on.
    Refused(Failure),
}

impl Arrival {
    /// Gives the claim back, for whoever comes next: nobody works on it here.
    pub(super) async fn give_back(self, claims: Option<&Claims>) {
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
    /// Notes that the transcriber keeps until it is saved.
    kept: Option<Kept>,
    span: Span,
}

/// A run under way.
pub(super) struct Run<'a> {
    pipeline: &'a Pipeline,
    claims: Option<&'a Claims>,
    options: &'a TranscribeOptions,
    observer: Arc<dyn Observer>,
    /// Finished rows, each with the time that orders it.
    done: Vec<(Option<RecordedAt>, RecordingReport)>,
    /// Latest failures in a row that were not the recordings' own.
    streak: Option<(Failure, usize)>,
    /// Number of rows that others completed since the plan was made.
    completed_elsewhere: usize,
}

impl<'a> Run<'a> {
    pub(super) fn new(
        pipeline: &'a Pipeline,
        claims: Option<&'a Claims>,
        options: &'a TranscribeOptions,
        observer: Arc<dyn Observer>,
    ) -> Self {
        let (done, streak, completed_elsewhere) = (Vec::new(), None, 0);
        Self { pipeline, claims, options, observer, done, streak, completed_elsewhere }
    }

    /// Reports the rows that fail before anything is fetched.
    pub(super) fn note_rows_without_audio(&mut self, plan: &Plan) {
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

    /// Transcribes the arrivals in `waiting`, one for each of `objects` in order.
    pub(super) async fn transcribe_in_order(
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
                    // Its lease ran out once too often: it was given up when we asked for it.
                    if failure.kind == FailureKind::Quarantined {
                        self.report_quarantined(object);
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
            // Saving a text from before the trouble is no sign that the trouble is over.
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

    /// Makes the report of the run.
    pub(super) fn into_report(mut self, plan: &Plan) -> Report {
        // Rows without a time come last.
        self.done.sort_by(|(a, _), (b, _)| (a.is_none(), a).cmp(&(b.is_none(), b)));
        Report {
            total: plan.total,
            already_completed: plan.already_completed + self.completed_elsewhere,
            recordings: self.done.into_iter().map(|(_, report)| report).collect(),
        }
    }

    /// Transcribes a recording. A failure is reported here.
    async fn hear(
        &mut self,
        object: &PlannedObject,
        claim: Option<&Claim>,
        audio: Result<FetchedAudio, SourceError>,
    ) -> Option<(Transcript, Option<Kept>)> {
        match self.transcribe(object, claim, audio).await {
            Ok((transcript, kept)) => {
                self.count_transcript();
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
        claim: Option<&Claim>,
        fetched: Result<FetchedAudio, SourceError>,
    ) -> Result<(Transcript, Option<Kept>), Failure> {
        let audio = fetched.map_err(|error| Failure::because(error.kind(), &error))?;
        let start = self.claims.zip(claim).map(|(claims, claim)| claims.start_of(claim));
        let progress = RunProgress::new(object.key.clone(), start, self.observer.clone());
        let progress = Arc::new(progress);
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

    /// Saves the text of one claimed object. Returns true if it is saved.
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
            self.report_quarantined(object);
        }
    }

    fn report_quarantined(&self, object: &PlannedObject) {
        self.observer.observe(Event::Quarantined { key: &object.key, slot: &object.slot });
    }

    /// Saves the text of one slot, then marks every row it came from. Returns true if it is saved.
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
        slot: Option<Slot>,
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

    /// Ends a streak of failures, unless they were the store's: a transcript shows that the source
    /// and the model work.
    fn count_transcript(&mut self) {
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

    /// Returns the failure of all the remaining recordings, once there is no point in trying them.
    fn halted(&self) -> Option<Failure> {
        let (failure, count) = self.streak.as_ref()?;
        let reason = format!("not tried after {count} failures in a row: {}", failure.reason);
        (*count >= FAILURES_THAT_HALT).then(|| Failure::new(failure.kind, reason))
    }
}

/// Deletes the notes of transcripts whose texts are saved.
async fn forget(kept: impl IntoIterator<Item = Kept>) {
    for kept in kept {
        kept.forget().await;
    }
}
