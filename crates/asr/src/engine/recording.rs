//! Transcribes one recording, window by window.

use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

use watchme_core::{FetchedAudio, Language, Progress, Sound, TranscribeError, Transcript};

use super::ahead::{Ahead, News, decode_ahead};
use super::attempt::hear;
use super::clock::Clock;
use super::ffi::Stop;
use super::loaded::Loaded;
use crate::audio::{Step, Summary, Window};
use crate::config::TimeLimit;

/// One recording, and when to stop.
pub(super) struct Recording<'a> {
    pub(super) audio: &'a FetchedAudio,
    pub(super) language: &'a Language,
    pub(super) progress: &'a dyn Progress,
    pub(super) cancelled: &'a AtomicBool,
    pub(super) time_limit: TimeLimit,
}

/// A recording under way.
struct Hearing<'a> {
    recording: &'a Recording<'a>,
    started: Instant,
    /// The length by the recording's own header.
    total: Option<Duration>,
    /// How far it is done.
    done: Duration,
    /// What is spoken, once that is known.
    language: Option<&'static str>,
    transcript: Transcript,
    clock: Clock,
}

impl Recording<'_> {
    pub(super) fn transcribe(&self, model: &mut Loaded) -> Result<Transcript, TranscribeError> {
        let hearing = Hearing {
            recording: self,
            started: Instant::now(),
            total: None,
            done: Duration::ZERO,
            language: model.language(self.language)?,
            transcript: Transcript {
                segments: Vec::new(),
                removed: Vec::new(),
                language: None,
                audio: Duration::ZERO,
                speech: Duration::ZERO,
                sound: Sound::default(),
            },
            clock: Clock::of(model),
        };
        decode_ahead(self.audio.path(), |ahead| hearing.run(model, ahead))
    }
}

impl<'a> Hearing<'a> {
    fn run(mut self, model: &mut Loaded, ahead: &Ahead<'_>) -> Result<Transcript, TranscribeError> {
        loop {
            match ahead.next(|| self.stopped())? {
                News::Opened(total) => self.total = total,
                News::Step(Step::Window(window)) => {
                    self.hear(model, &window)?;
                    self.advance(window.end());
                }
                News::Step(Step::Passed(done)) => self.advance(done),
                News::End(summary) => return self.end(model, &summary),
            }
        }
    }

    fn hear(&mut self, model: &mut Loaded, window: &Window) -> Result<(), TranscribeError> {
        self.transcript.speech += window.length();
        self.transcript.audio = self.transcript.audio.max(window.end());
        self.stopped()?;
        let (stop, language) = (self.stop(), self.language);
        let heard = self.clock.window(|| hear(model, window, language, &stop));
        let (heard, heard_in) = heard.map_err(|error| self.stopped().err().unwrap_or(error))?;
        if heard.has_text() {
            // Until somebody speaks, noise decides nothing.
            self.language = Some(heard_in);
            self.transcript.language = Some(heard_in.to_owned());
        }
        heard.append_to(&mut self.transcript, window);
        Ok(())
    }

    fn advance(&mut self, done: Duration) {
        self.transcript.audio = self.transcript.audio.max(done);
        // A doubt lies before what has gone by.
        if done > self.done {
            self.done = done;
            self.recording.progress.advanced(done, self.total);
        }
    }

    fn end(mut self, model: &Loaded, summary: &Summary) -> Result<Transcript, TranscribeError> {
        self.stopped()?;
        self.advance(summary.audio);
        self.transcript.audio = summary.audio;
        self.transcript.sound = summary.sound;
        self.clock.log(model, summary, self.started.elapsed());
        Ok(self.transcript)
    }

    /// When to stop, by what is known of the recording's length.
    fn stop(&self) -> Stop<'a> {
        let Recording { cancelled, time_limit, .. } = *self.recording;
        Stop { cancelled, deadline: self.started + time_limit.of(self.transcript.audio) }
    }

    fn stopped(&self) -> Result<(), TranscribeError> {
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
