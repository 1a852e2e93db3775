//! Transcribes one recording, chunk by chunk.

use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

use watchme_core::rules::{is_looped, is_silent_frame, is_stock_phrase, level};
use watchme_core::{
    FetchedAudio, Language, Progress, RemovalReason, Removed, Sound, TranscribeError, Transcript,
};

use super::ffi::Stop;
use super::loaded::Loaded;
use super::quality::{Quality, is_no_speech, is_unlikely};
use super::text::{Spoken, placed, spoken};
use crate::audio::{AudioStream, SAMPLE_RATE};
use crate::config::TimeLimit;

/// One second, the frame in which silence is judged.
const FRAME: usize = SAMPLE_RATE as usize;

/// What a chunk is tried at when the first attempt fails, as Whisper's authors do; more is not
/// worth its time on two cores.
const RETRY_TEMPERATURES: [f32; 2] = [0.2, 0.4];

/// One recording, and when to stop.
pub(super) struct Recording<'a> {
    pub(super) audio: &'a FetchedAudio,
    pub(super) language: &'a Language,
    pub(super) progress: &'a dyn Progress,
    pub(super) cancelled: &'a AtomicBool,
    pub(super) time_limit: TimeLimit,
}

impl Recording<'_> {
    pub(super) fn transcribe(&self, model: &mut Loaded) -> Result<Transcript, TranscribeError> {
        let started = Instant::now();
        let mut language = model.language(self.language)?;
        let mut stream = AudioStream::open(self.audio.path())?;
        let total = stream.total();
        let mut transcript = Transcript {
            segments: Vec::new(),
            removed: Vec::new(),
            language: None,
            audio: Duration::ZERO,
            speech: Duration::ZERO,
            sound: Sound::default(),
        };
        while let Some(chunk) = stream.next_chunk()? {
            let length = duration_of(chunk.samples.len());
            let end = chunk.start + length;
            transcript.audio = transcript.audio.max(end);
            let limit = self.time_limit.of(transcript.audio);
            let stop = Stop { cancelled: self.cancelled, deadline: started + limit };
            stopped(&stop, started)?;
            measure(&mut transcript.sound, &chunk.samples);
            if chunk.samples.chunks(FRAME).any(|frame| !is_silent_frame(frame)) {
                transcript.speech += length;
                transcript.sound.voiced += length;
                let (heard, heard_in) = hear(model, &chunk.samples, length, language, &stop)
                    .map_err(|error| stopped(&stop, started).err().unwrap_or(error))?;
                if !heard.kept.is_empty() {
                    // Until somebody speaks, noise decides nothing.
                    language = Some(heard_in);
                    transcript.language = Some(heard_in.to_owned());
                }
                heard.append_to(&mut transcript, chunk.start);
            }
            self.progress.advanced(end, total);
        }
        Ok(transcript)
    }
}

/// What one attempt at a chunk wrote.
struct Attempt {
    kept: Vec<Spoken>,
    /// What nobody said, and why.
    removed: Vec<(Spoken, RemovalReason)>,
}

/// The better of the attempts at one chunk, and the language it is in.
fn hear(
    model: &mut Loaded,
    samples: &[f32],
    length: Duration,
    language: Option<&'static str>,
    stop: &Stop<'_>,
) -> Result<(Attempt, &'static str), TranscribeError> {
    let first = model.hear(samples, language, stop)?;
    let language = first.language;
    let first = spoken(first.segments, length);
    // One answer for the chunk: it is about the audio, whatever the text.
    let mut no_speech = None;
    if let Some(start) = first.iter().find(|segment| is_unlikely(segment)).map(|it| it.start) {
        no_speech = Some(model.no_speech(samples, start)?);
    }
    let mut best = Attempt::new(first, no_speech);
    let mut quality = Quality::of(&best.kept);
    for temperature in RETRY_TEMPERATURES {
        if quality.is_good() {
            return Ok((best, language));
        }
        let again = model.hear_afresh(samples, Some(language), temperature, stop)?;
        let again = Attempt::new(spoken(again.segments, length), no_speech);
        let again_quality = Quality::of(&again.kept);
        if again_quality.is_better_than(quality) {
            (best, quality) = (again, again_quality);
        }
    }
    // What loops at every temperature is nobody's words; what is beside it may be.
    best.remove(RemovalReason::Loop, |segment| is_looped(&segment.text));
    best.remove(RemovalReason::StockPhrase, |it| is_unlikely(it) && is_stock_phrase(&it.text));
    Ok((best, language))
}

impl Attempt {
    /// What was written, without what the model itself holds for no speech.
    fn new(mut written: Vec<Spoken>, no_speech: Option<f32>) -> Self {
        for segment in written.iter_mut().filter(|segment| is_unlikely(segment)) {
            segment.no_speech = no_speech.unwrap_or(0.0);
        }
        let mut attempt = Self { kept: written, removed: Vec::new() };
        attempt.remove(RemovalReason::NoSpeech, is_no_speech);
        attempt
    }

    fn remove(&mut self, reason: RemovalReason, is_invented: impl Fn(&Spoken) -> bool) {
        let invented = self.kept.extract_if(.., |segment| is_invented(segment));
        self.removed.extend(invented.map(|segment| (segment, reason)));
    }

    fn append_to(self, transcript: &mut Transcript, chunk_start: Duration) {
        let place = |segment| placed(segment, chunk_start);
        transcript.segments.extend(self.kept.into_iter().map(place));
        let removed = self.removed.into_iter();
        let removed = removed.map(|(segment, reason)| Removed { segment: place(segment), reason });
        transcript.removed.extend(removed);
    }
}

fn measure(sound: &mut Sound, samples: &[f32]) {
    sound.peak = samples.iter().fold(sound.peak, |peak, sample| peak.max(sample.abs()));
    let levels = samples.chunks(FRAME).map(level);
    sound.loudest_second = levels.fold(sound.loudest_second, f32::max);
}

fn stopped(stop: &Stop<'_>, started: Instant) -> Result<(), TranscribeError> {
    if stop.is_cancelled() {
        Err(TranscribeError::Cancelled)
    } else if stop.is_late() {
        Err(TranscribeError::TimedOut { after: started.elapsed() })
    } else {
        Ok(())
    }
}

fn duration_of(samples: usize) -> Duration {
    let samples = u64::try_from(samples).unwrap_or(u64::MAX);
    Duration::from_nanos(samples.saturating_mul(1_000_000_000 / u64::from(SAMPLE_RATE)))
}
