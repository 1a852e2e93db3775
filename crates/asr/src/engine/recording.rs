//! Transcribes one recording, pass by pass.

use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

use watchme_core::{FetchedAudio, Language, Progress, Sound, TranscribeError, Transcript};

use super::decode_ahead::{Ahead, News, decode_ahead};
use super::finished_passes::{Mark, Notebook, Notes};
use super::timing::{Clock, Meter};
use crate::audio::{Advance, Summary};
use crate::checkpoint::{self, Resumed};
use crate::config::TimeLimit;
use crate::decoding::{Loaded, Reel, Stop, hear_next};

/// One recording, and when to stop.
pub(super) struct Recording<'a> {
    pub(super) audio: &'a FetchedAudio,
    pub(super) language: &'a Language,
    pub(super) progress: &'a dyn Progress,
    pub(super) cancelled: &'a AtomicBool,
    pub(super) time_limit: TimeLimit,
    /// `None` where nothing is noted.
    pub(super) notebook: Option<Notebook>,
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
    /// Opened with the first pass: in silence there is nothing to note.
    notes: Option<Notes>,
    clock: Clock,
}

impl Recording<'_> {
    /// The transcript, and what is on disk of it.
    pub(super) fn transcribe(
        &self,
        model: &mut Loaded,
    ) -> Result<(Transcript, Option<Resumed>), TranscribeError> {
        let meter = Meter::start();
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
                effort: None,
            },
            notes: None,
            clock: Clock::of(model),
        };
        let (transcript, resumed) =
            decode_ahead(self.audio.path(), |ahead| hearing.run(model, ahead))?;
        Ok((Transcript { effort: meter.effort(), ..transcript }, resumed))
    }
}

impl<'a> Hearing<'a> {
    fn run(
        mut self,
        model: &mut Loaded,
        ahead: &Ahead<'_>,
    ) -> Result<(Transcript, Option<Resumed>), TranscribeError> {
        let mut reel = Reel::default();
        loop {
            match ahead.next(|| self.stopped())? {
                News::Opened(total) => self.total = total,
                News::Step(Advance::Window(speech)) => {
                    self.transcript.speech += speech.length();
                    self.transcript.audio = self.transcript.audio.max(speech.end());
                    if speech.is_doubt {
                        self.hear(model, &mut Reel::of(speech))?;
                    } else {
                        reel.append(speech);
                        self.hear(model, &mut reel)?;
                    }
                }
                News::Step(Advance::Passed(done)) if reel.is_heard() => self.advance(done),
                News::Step(Advance::Passed(_)) => {}
                News::End(summary) => {
                    reel.end();
                    self.hear(model, &mut reel)?;
                    return self.end(model, &summary);
                }
            }
        }
    }

    /// Hears as much as can be heard by now.
    fn hear(&mut self, model: &mut Loaded, reel: &mut Reel) -> Result<(), TranscribeError> {
        while reel.is_ready() {
            self.stopped()?;
            if let Some(before) = self.notes().recall(reel) {
                self.take(model, before);
            } else {
                self.hear_next(model, reel)?;
            }
            self.advance(reel.heard());
        }
        Ok(())
    }

    fn hear_next(&mut self, model: &mut Loaded, reel: &mut Reel) -> Result<(), TranscribeError> {
        let (stop, language, start) = (self.stop(), self.language, reel.start());
        let heard = self.clock.pass(|| hear_next(model, reel, language, &stop));
        let heard = heard.map_err(|error| self.stopped().err().unwrap_or(error))?;
        if heard.attempt.has_text() {
            // Until somebody speaks, noise decides nothing.
            self.language = Some(heard.language);
            self.transcript.language = Some(heard.language.to_owned());
        }
        let mark = Mark::of(&self.transcript);
        heard.attempt.append_to(&mut self.transcript, reel.speech());
        if let Some(notes) = &mut self.notes {
            notes.note(start..reel.heard(), &self.transcript, mark);
        }
        Ok(())
    }

    fn notes(&mut self) -> &mut Notes {
        let Recording { notebook, audio, .. } = self.recording;
        self.notes.get_or_insert_with(|| match notebook {
            Some(notebook) => notebook.open(audio.path()),
            None => Notes::of(None),
        })
    }

    /// What was heard before is heard.
    fn take(&mut self, model: &Loaded, before: checkpoint::Window) {
        if let Some(language) = before.language {
            self.language = model.known(&language).or(self.language);
            self.transcript.language = Some(language);
        }
        self.transcript.segments.extend(before.segments);
        self.transcript.removed.extend(before.removed);
    }

    fn advance(&mut self, done: Duration) {
        self.transcript.audio = self.transcript.audio.max(done);
        // A doubt lies before what has gone by.
        if done > self.done {
            self.done = done;
            self.recording.progress.advanced(done, self.total);
        }
    }

    fn end(
        mut self,
        model: &Loaded,
        summary: &Summary,
    ) -> Result<(Transcript, Option<Resumed>), TranscribeError> {
        self.stopped()?;
        self.advance(summary.audio);
        self.transcript.audio = summary.audio;
        self.transcript.sound = summary.sound;
        self.clock.log(model, summary, self.started.elapsed());
        Ok((self.transcript, self.notes.and_then(Notes::end)))
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
