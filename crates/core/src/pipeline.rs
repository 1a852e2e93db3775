//! The order of things: select, fetch, transcribe, save the text, mark the rows.

use std::num::NonZeroUsize;
use std::sync::Arc;

use futures_channel::mpsc;
use futures_util::future;
use jiff::tz::TimeZone;

use crate::observer::{Event, Observer};
use crate::rules::{self, DaySlot, Plan, PlannedObject};
use crate::run::Run;
use crate::{
    AudioSource, DeviceId, FetchedAudio, LocalDate, ObjectKey, RecordingQuery, RecordingRow,
    RecordingStatus, Report, Selection, Slot, SourceError, StoreError, TranscribeOptions,
    Transcriber, Transcript, TranscriptStore,
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
}

impl Pipeline {
    /// A pipeline over `ports`.
    #[must_use]
    pub fn new(ports: Ports, policy: Policy) -> Self {
        Self { ports, policy: Arc::new(policy) }
    }

    /// The backends, for checks.
    #[must_use]
    pub fn ports(&self) -> &Ports {
        &self.ports
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

    /// A device's day as its readers see it.
    pub async fn day(
        &self,
        device: &DeviceId,
        date: LocalDate,
    ) -> Result<Vec<DaySlot>, StoreError> {
        let rows = self.ports.store.recordings(&day_query(device, date)).await?;
        let saved = self.ports.store.transcripts(device, date).await?;
        let Policy { silence_text, zone, .. } = &*self.policy;
        Ok(rules::day_of(device, date, &rows, &saved, silence_text, zone))
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
        observer.observe(Event::Planned { objects: plan.objects.len() });
        let mut run = Run::new(self, options, observer.clone());
        run.note_rows_without_audio(&plan);

        let (fetched, waiting) = mpsc::channel(self.policy.prefetch.get() - 1);
        let fetching = self.fetch_in_order(&plan.objects, fetched, &*observer);
        let transcribing = run.transcribe_in_order(&plan.objects, waiting);
        future::join(fetching, transcribing).await;

        Ok(run.into_report(&plan))
    }

    /// Fetches ahead of the transcriber, as far as the channel has room.
    async fn fetch_in_order(
        &self,
        objects: &[PlannedObject],
        mut fetched: mpsc::Sender<Result<FetchedAudio, SourceError>>,
        observer: &dyn Observer,
    ) {
        for object in objects {
            // Room first: else one recording more than promised would lie on disk. An error means
            // that the run was halted.
            if future::poll_fn(|context| fetched.poll_ready(context)).await.is_err() {
                return;
            }
            let audio = self.ports.source.fetch(&object.key).await;
            if let Ok(audio) = &audio {
                let size_bytes = audio.size_bytes();
                observer.observe(Event::Fetched { key: &object.key, size_bytes });
            }
            if fetched.start_send(audio).is_err() {
                return;
            }
        }
    }

    /// The text to keep beside new text of `slot`: that of other, completed recordings in it.
    async fn text_to_keep(&self, slot: &Slot, keys: &[&ObjectKey]) -> Result<String, StoreError> {
        let rows = self.ports.store.recordings(&day_query(&slot.device, slot.date)).await?;
        let is_shared = rows.iter().any(|row| match row {
            RecordingRow::Readable(other) => {
                other.status == RecordingStatus::Completed
                    && !keys.contains(&&other.object_key)
                    && rules::slot_of(other, &self.policy.zone) == *slot
            }
            RecordingRow::Unreadable(_) => false,
        });
        if !is_shared {
            return Ok(String::new());
        }
        let saved = self.ports.store.transcripts(&slot.device, slot.date).await?;
        let text = saved.into_iter().find(|saved| saved.slot == *slot).map(|saved| saved.text);
        Ok(text.filter(|text| *text != self.policy.silence_text).unwrap_or_default())
    }

    /// Saves the text of a slot. Text before status: a crash between them repeats work, and
    /// loses none.
    pub(crate) async fn save(
        &self,
        slot: &Slot,
        heard: &[(&PlannedObject, Transcript)],
    ) -> Result<(), StoreError> {
        let keys: Vec<&ObjectKey> = heard.iter().map(|(object, _)| &object.key).collect();
        let kept = self.text_to_keep(slot, &keys).await?;
        let texts: Vec<String> = heard.iter().map(|(_, transcript)| transcript.text()).collect();
        let text = rules::join_slot(&kept, &texts);
        let text = if text.is_empty() { self.policy.silence_text.as_str() } else { &text };
        self.ports.store.save(slot, text).await
    }
}

fn day_query(device: &DeviceId, date: LocalDate) -> RecordingQuery {
    let (from, until) = rules::day_window(date);
    RecordingQuery::Window { device: device.clone(), from, until }
}
