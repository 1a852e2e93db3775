//! Transcribes one recording, pass by pass.

use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

use watchme_core::rules::refiltered;
use watchme_core::{FetchedAudio, Language, Progress, Sound, TranscribeError, Transcript};

use super::decode_ahead::{AudioEvent, AudioEvents, decode_ahead};
use super::finished_passes::{FinishedPasses, ModelCheckpoints, TranscriptLength};
use super::timing::{self, EffortMeter, StageTimer};
use crate::audio::{Advance, Summary};
use crate::checkpoint::{FinishedPass, Resumed};
use crate::config::TimeLimit;
use crate::decoding::{Model, SpeechBuffer, Stop, decode_next};
use crate::measurement::StageTimes;

/// One recording, and the limits of its transcription.
pub(super) struct Recording<'a> {
    pub(super) audio: &'a FetchedAudio,
    pub(super) language: &'a Language,
    pub(super) progress: &'a dyn Progress,
    pub(super) cancelled: &'a AtomicBool,
    pub(super) time_limit: TimeLimit,
    /// `None`: without checkpoints.
    pub(super) checkpoints: Option<ModelCheckpoints>,
}

/// A recording that was transcribed to its end.
pub(super) struct Finished {
    pub(super) transcript: Transcript,
    /// Its checkpoint on disk, if there is one.
    pub(super) resumed: Option<Resumed>,
    pub(super) times: StageTimes,
}

/// The transcription of a recording, while it is under way.
struct Transcription<'a> {
    recording: &'a Recording<'a>,
    started: Instant,
    /// Length of the recording according to its header.
    total: Option<Duration>,
    /// Time of the recording up to which progress was reported.
    reported: Duration,
    /// Language of the passes to come, once it is known.
    language: Option<&'static str>,
    transcript: Transcript,
    /// Opened with the first pass: silence needs no checkpoint.
    passes: Option<FinishedPasses>,
    timer: StageTimer,
}

impl Recording<'_> {
    /// Transcribes the recording.
    pub(super) fn transcribe(&self, model: &mut Model) -> Result<Finished, TranscribeError> {
        let meter = EffortMeter::start();
        let transcription = Transcription {
            recording: self,
            started: Instant::now(),
            total: None,
            reported: Duration::ZERO,
            language: model.language(self.language)?,
            transcript: Transcript {
                segments: Vec::new(),
                removed: Vec::new(),
                language: None,
                audio: Duration::ZERO,
                speech: Duration::ZERO,
                sound: Sound::default(),
                effort: None,
            },
            passes: None,
            timer: StageTimer::start(model),
        };
        let mut finished =
            decode_ahead(self.audio.path(), |events| transcription.run(model, events))?;
        finished.transcript.effort = meter.effort();
        Ok(finished)
    }
}

impl<'a> Transcription<'a> {
    fn run(
        mut self,
        model: &mut Model,
        events: &AudioEvents<'_>,
    ) -> Result<Finished, TranscribeError> {
        let mut buffer = SpeechBuffer::default();
        loop {
            match events.next(|| self.check_stop())? {
                AudioEvent::Opened(total) => self.total = total,
                AudioEvent::Advance(Advance::Window(speech)) => {
                    self.transcript.speech += speech.length();
                    self.transcript.audio = self.transcript.audio.max(speech.end());
                    buffer.append(speech);
                    self.decode_ready(model, &mut buffer)?;
                }
                AudioEvent::Advance(Advance::Passed(until)) if buffer.is_decoded() => {
                    self.report(until);
                }
                AudioEvent::Advance(Advance::Passed(_)) => {}
                AudioEvent::End(summary) => {
                    buffer.finish();
                    self.decode_ready(model, &mut buffer)?;
                    return self.finish(model, &summary);
                }
            }
        }
    }

    /// Decodes as many passes as there is speech for by now.
    fn decode_ready(
        &mut self,
        model: &mut Model,
        buffer: &mut SpeechBuffer,
    ) -> Result<(), TranscribeError> {
        while buffer.is_ready() {
            self.check_stop()?;
            if let Some(pass) = self.passes().replay(buffer) {
                self.reuse(model, pass);
            } else {
                self.decode_pass(model, buffer)?;
            }
            self.report(buffer.decoded_until());
        }
        Ok(())
    }

    fn decode_pass(
        &mut self,
        model: &mut Model,
        buffer: &mut SpeechBuffer,
    ) -> Result<(), TranscribeError> {
        let (stop, language, start) = (self.stop(), self.language, buffer.next_start());
        let decoded = self.timer.time_pass(|| decode_next(model, buffer, language, &stop));
        let decoded = decoded.map_err(|error| self.check_stop().err().unwrap_or(error))?;
        if decoded.attempt.has_text() {
            // Noise decides nothing: the language is open until somebody speaks.
            self.language = Some(decoded.language);
            self.transcript.language = Some(decoded.language.to_owned());
        }
        let before = TranscriptLength::of(&self.transcript);
        decoded.attempt.append_to(&mut self.transcript, buffer.speech());
        if let Some(passes) = &mut self.passes {
            passes.record(start..buffer.decoded_until(), &self.transcript, before);
        }
        Ok(())
    }

    fn passes(&mut self) -> &mut FinishedPasses {
        let Recording { checkpoints, audio, .. } = self.recording;
        self.passes.get_or_insert_with(|| match checkpoints {
            Some(checkpoints) => checkpoints.open(audio.path()),
            None => FinishedPasses::new(None),
        })
    }

    /// Takes over a pass that was decoded in an earlier run.
    fn reuse(&mut self, model: &Model, pass: FinishedPass) {
        if let Some(language) = pass.language {
            self.language = model.known_language(&language).or(self.language);
            self.transcript.language = Some(language);
        }
        self.transcript.segments.extend(pass.segments);
        self.transcript.removed.extend(pass.removed);
    }

    /// Reports progress up to this time of the recording.
    fn report(&mut self, until: Duration) {
        self.transcript.audio = self.transcript.audio.max(until);
        // Progress neither repeats nor goes back.
        if until > self.reported {
            self.reported = until;
            self.recording.progress.advanced(until, self.total);
        }
    }

    fn finish(mut self, model: &Model, summary: &Summary) -> Result<Finished, TranscribeError> {
        self.check_stop()?;
        self.report(summary.audio);
        self.transcript.audio = summary.audio;
        self.transcript.sound = summary.sound;
        // What loops over several passes shows only now.
        self.transcript = refiltered(&self.transcript);
        let times = self.timer.stop(model, summary, self.started.elapsed());
        timing::log(&times);
        let resumed = self.passes.and_then(FinishedPasses::into_resumed);
        Ok(Finished { transcript: self.transcript, resumed, times })
    }

    /// Conditions to stop, as far as the length of the recording is known.
    fn stop(&self) -> Stop<'a> {
        let Recording { cancelled, time_limit, .. } = *self.recording;
        Stop { cancelled, deadline: self.started + time_limit.of(self.transcript.audio) }
    }

    fn check_stop(&self) -> Result<(), TranscribeError> {
        let stop = self.stop();
        if stop.is_cancelled() {
            Err(TranscribeError::Cancelled)
        } else if stop.is_late() {
            Err(TranscribeError::TimedOut { after: self.started.elapsed() })
        } else {
            Ok(())
        }
    }
}
