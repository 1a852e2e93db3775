//! Recordings by outcome, and the speed of transcription.

use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};
use watchme_core::{Event, FailureKind, Observer, Outcome, RecordingReport, Transcript};

use super::history::{History, Step};
use super::stopwatch::Stopwatch;

/// Bucket bounds of the real-time factor. `base` takes 0.05 on the target machine; above 1 a backlog
/// grows.
const FACTORS: [f64; 11] = [0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1.0, 1.5, 2.0, 4.0];

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Labels {
    /// `transcribed`, `silent`, `missing` or `failed`.
    state: &'static str,
    /// Kind of a failure; empty if there is none.
    kind: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Reason {
    reason: &'static str,
}

/// Results of a service's runs. Only one run is active at a time.
#[derive(Debug)]
pub(crate) struct Recordings {
    slots: Family<Labels, Counter>,
    leases_lost: Counter,
    hallucinations: Family<Reason, Counter>,
    fetched_bytes: Counter,
    audio: Counter<f64, AtomicU64>,
    speech: Counter<f64, AtomicU64>,
    processing: Counter<f64, AtomicU64>,
    factor: Histogram,
    /// A plain mutex: it is never held across an await.
    stopwatch: Mutex<Stopwatch>,
    history: Arc<History>,
}

impl Recordings {
    pub(super) fn register(&self, registry: &mut Registry) {
        let help = "Recordings finished, one for each row, by what became of their slot";
        registry.register("slots", help, self.slots.clone());
        let help = "Recordings dropped because their lease ran out and another worker had them, one for each row";
        registry.register("lease_lost", help, self.leases_lost.clone());
        let help = "Segments that the engine wrote and nobody said, by why they were left out";
        registry.register("hallucinations", help, self.hallucinations.clone());
        let help = "Recordings fetched, their size";
        registry.register_with_unit("fetched", help, Unit::Bytes, self.fetched_bytes.clone());
        let help = "Length of the recordings that were transcribed";
        registry.register_with_unit("audio", help, Unit::Seconds, self.audio.clone());
        let help = "How much of them was given to the engine, as speech";
        registry.register_with_unit("speech", help, Unit::Seconds, self.speech.clone());
        let help = "Time that transcribing them took, without fetching and saving";
        registry.register_with_unit("processing", help, Unit::Seconds, self.processing.clone());
        let help = "Real-time factor of each of them: processing by length";
        registry.register("rtf", help, self.factor.clone());
    }

    /// Returns the same figures by time.
    pub(super) fn history(&self) -> &Arc<History> {
        &self.history
    }

    /// Updates the stopwatch with the current time.
    fn watch<T>(&self, tell: impl FnOnce(&mut Stopwatch, Instant) -> T) -> T {
        let mut stopwatch = self.stopwatch.lock().unwrap_or_else(PoisonError::into_inner);
        tell(&mut stopwatch, Instant::now())
    }

    fn finished(&self, report: &RecordingReport, took: Option<Duration>) {
        self.slots.get_or_create(&labels(&report.outcome)).inc();
        self.history.note(Timestamp::now(), |step| count(step, &report.outcome, took));
        if let Outcome::Failed(failure) = &report.outcome
            && failure.kind == FailureKind::ClaimLost
        {
            self.leases_lost.inc();
        }
        // Several rows may name one object, which is transcribed and timed once.
        if let (Outcome::Transcribed(transcript), Some(took)) = (&report.outcome, took) {
            self.transcribed(transcript, took);
        }
    }

    fn transcribed(&self, transcript: &Transcript, took: Duration) {
        let (audio, took) = (transcript.audio.as_secs_f64(), took.as_secs_f64());
        self.audio.inc_by(audio);
        self.speech.inc_by(transcript.speech.as_secs_f64());
        self.processing.inc_by(took);
        if audio > 0.0 {
            self.factor.observe(took / audio);
        }
        for removed in &transcript.removed {
            self.hallucinations.get_or_create(&Reason { reason: removed.reason.as_str() }).inc();
        }
    }
}

impl Default for Recordings {
    fn default() -> Self {
        Self {
            slots: Family::default(),
            leases_lost: Counter::default(),
            hallucinations: Family::default(),
            fetched_bytes: Counter::default(),
            audio: Counter::default(),
            speech: Counter::default(),
            processing: Counter::default(),
            factor: Histogram::new(FACTORS),
            stopwatch: Mutex::default(),
            history: Arc::default(),
        }
    }
}

impl Observer for Recordings {
    fn observe(&self, event: Event<'_>) {
        match event {
            Event::Planned { .. } => self.watch(|watch, _| watch.reset()),
            Event::Fetched { key, size_bytes } => {
                self.fetched_bytes.inc_by(size_bytes);
                self.watch(|watch, now| watch.fetched(key, now));
            }
            Event::Progress { key, .. } => self.watch(|watch, now| watch.advanced(key, now)),
            Event::Finished { report } => {
                let took = self.watch(|watch, now| watch.finished(&report.label, now));
                self.finished(report, took);
            }
            _ => {}
        }
    }
}

fn labels(outcome: &Outcome) -> Labels {
    match outcome {
        Outcome::Transcribed(transcript) if transcript.text().is_empty() => {
            Labels { state: "silent", kind: "" }
        }
        Outcome::Transcribed(_) => Labels { state: "transcribed", kind: "" },
        Outcome::Failed(failure) => {
            let is_missing = failure.kind == FailureKind::Missing;
            let state = if is_missing { "missing" } else { "failed" };
            Labels { state, kind: failure.kind.as_str() }
        }
    }
}

fn count(step: &mut Step, outcome: &Outcome, took: Option<Duration>) {
    match (outcome, took) {
        (Outcome::Transcribed(transcript), took) => {
            step.recordings += 1;
            if let Some(took) = took {
                step.audio += transcript.audio;
                step.speech += transcript.speech;
                step.work += took;
            }
        }
        (Outcome::Failed(failure), _) => {
            // A recording without audio, or one that somebody else works on, is no error.
            let is_wrong =
                !matches!(failure.kind, FailureKind::Missing | FailureKind::ClaimedElsewhere);
            step.failed += u64::from(is_wrong);
        }
    }
}
