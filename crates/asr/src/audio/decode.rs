//! Decodes the audio of a file of any supported kind to mono, packet by packet, on the clock of the
//! recording.

mod demux;
mod mixing;
mod open;
mod packets;
mod resume;
mod track;

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::time::Duration;

use symphonia::core::codecs::audio::AudioDecoder;
use symphonia::core::errors::Error;
use symphonia::core::formats::FormatReader;
use symphonia::core::packet::Packet;
use symphonia::core::units::TimeBase;

use self::mixing::{Mixing, Ready};
use self::open::{Opening, open};
use self::packets::{MAX_IDLE, Packets};
use self::resume::Resume;
use self::track::{Chosen, believed, choose_track, claimed_length};
use super::RATES;
use super::fault::Fault;
use super::source::Trouble;
use super::timeline::Timeline;

/// Packets are at most some ten kilobytes; lossless audio with many channels comes near one
/// megabyte. Decoded, a packet takes up to eight times its size.
const MAX_PACKET_BYTES: usize = 2 << 20;

/// Longest start of the first packet that a decoder trims, in seconds. Opus needs 80 ms.
const MAX_TRIMMED: f64 = 0.1;

/// Shortest rest of a recording that is searched for where the file seems to end early, in seconds.
const MAX_MISSING: f64 = 1.0;

/// The audio of one file.
pub(super) struct Decoder {
    reader: Box<dyn FormatReader>,
    codec: Box<dyn AudioDecoder>,
    track: u32,
    time_base: Option<TimeBase>,
    container: &'static str,
    total: Option<Duration>,
    promises_nothing: bool,
    counts_samples: bool,
    resume: Option<Resume>,
    /// Latest time stamp of a packet, in the container's units.
    stamp: i64,
    trouble: Trouble,
    packets: Packets,
    timeline: Timeline,
    mixing: Mixing,
    ready: VecDeque<Ready>,
    /// Samples of the last call.
    mono: Vec<f32>,
    seconds_lost: f64,
    is_over: bool,
}

/// Samples in the order they were recorded, mono, -1 to 1.
pub(super) struct Decoded<'a> {
    /// Samples per second. One of [`RATES`].
    pub(super) rate: u32,
    pub(super) samples: &'a [f32],
}

/// Result of decoding one packet.
enum Outcome {
    /// `mixing` holds samples that start at this time, in seconds, if the container has time stamps.
    Sound(Option<f64>),
    /// Nothing to hear in this packet.
    Nothing,
    /// The packet cannot be decoded.
    Failed(String),
    /// The container makes no sense here.
    Stumbled(String),
    /// Another stream follows this one.
    Restart,
    /// The end, or where the container breaks off.
    End(Option<String>),
}

impl Decoder {
    /// Opens the audio of the file at `path`, recognised by its content alone.
    pub(super) fn open(path: &Path) -> Result<Self, Fault> {
        let Opening { reader, chosen, edits, container, length, trouble, counts_samples, resume } =
            open(path)?;
        let Chosen { track, codec } = chosen;
        let timeline = Timeline::new(length, edits, counts_samples);
        let edited = timeline.edited().and_then(|seconds| believed(seconds, length));
        Ok(Self {
            total: edited.or_else(|| claimed_length(&*reader, &track, length)),
            promises_nothing: track.num_frames == Some(0),
            track: track.id,
            time_base: track.time_base,
            codec,
            reader,
            container,
            counts_samples,
            resume,
            stamp: 0,
            trouble,
            packets: Packets::default(),
            timeline,
            mixing: Mixing::default(),
            ready: VecDeque::new(),
            mono: Vec::new(),
            seconds_lost: 0.0,
            is_over: false,
        })
    }

    /// Length of the audio according to the container, where that is believable.
    pub(super) fn total(&self) -> Option<Duration> {
        self.total
    }

    /// Decodes the next samples, or returns `None` at the end.
    pub(super) fn next_samples(&mut self) -> Result<Option<Decoded<'_>>, Fault> {
        loop {
            match self.ready.pop_front() {
                Some(Ready::Sound { rate, samples }) => {
                    self.mono = samples;
                    return Ok(Some(Decoded { rate, samples: &self.mono }));
                }
                Some(Ready::Silence { rate, samples }) => {
                    let now = samples.min(u64::from(rate));
                    if samples > now {
                        self.ready.push_front(Ready::Silence { rate, samples: samples - now });
                    }
                    self.mono.clear();
                    self.mono.resize(usize::try_from(now).unwrap_or_default(), 0.0);
                    return Ok(Some(Decoded { rate, samples: &self.mono }));
                }
                None if self.is_over => return Ok(None),
                None => self.advance()?,
            }
        }
    }

    /// Decodes one packet.
    fn advance(&mut self) -> Result<(), Fault> {
        if self.packets.idle >= MAX_IDLE {
            return self.end(Some(format!("no sound in {MAX_IDLE} packets")));
        }
        self.packets.idle += 1;
        let container = self.container;
        match guarded(container, || self.decode_packet())? {
            Outcome::Sound(start) => {
                self.packets.idle = 0;
                self.packets.decoded();
                if !RATES.contains(&self.mixing.rate) {
                    return Err(Fault::Rate(self.mixing.rate));
                }
                self.place(start);
            }
            Outcome::Nothing => {}
            // What is damaged is left out; what comes after it may be whole.
            Outcome::Failed(reason) => {
                self.packets.failed(container, &reason);
                self.timeline.lose();
                if self.packets.must_renew() {
                    self.renew()?;
                }
            }
            Outcome::Stumbled(reason) => {
                self.packets.failed(container, &reason);
                self.timeline.lose();
                // A demuxer that fails twice at one place does not recover.
                if self.packets.stumble() && !self.resume()? && self.packets.is_lost() {
                    return self.end(Some(reason));
                }
            }
            Outcome::Restart => {
                self.timeline.restart();
                self.renew()?;
            }
            Outcome::End(reason) => {
                if !(reason.is_none() && self.is_whole()) && self.resume()? {
                    self.packets.failed(container, reason.as_deref().unwrap_or("it ends early"));
                    return Ok(());
                }
                let is_usual = self.resume.as_ref().is_some_and(Resume::is_live);
                return self.end(reason.filter(|_| !is_usual));
            }
        }
        Ok(())
    }

    /// True if as much was decoded as the container states.
    fn is_whole(&self) -> bool {
        let missing = self.total.map(|total| total.as_secs_f64() - self.timeline.heard());
        missing.is_none_or(|missing| missing < MAX_MISSING)
    }

    /// Resumes after damage at which the demuxer gave up. False if nothing follows it.
    fn resume(&mut self) -> Result<bool, Fault> {
        let Some(resume) = &mut self.resume else { return Ok(false) };
        #[expect(clippy::cast_precision_loss, reason = "a day in nanoseconds is below 2^53")]
        let Some(reader) = resume.open_after(self.stamp as f64)? else { return Ok(false) };
        self.reader = reader;
        self.timeline.lose();
        self.renew()?;
        Ok(true)
    }

    fn decode_packet(&mut self) -> Outcome {
        let packet = match self.reader.next_packet() {
            Ok(Some(packet)) => packet,
            Ok(None) => return Outcome::End(None),
            Err(Error::ResetRequired) => return Outcome::Restart,
            Err(error @ (Error::DecodeError(_) | Error::Unsupported(_))) => {
                return Outcome::Stumbled(error.to_string());
            }
            Err(error) => return Outcome::End(Some(error.to_string())),
        };
        self.packets.found();
        self.stamp = self.stamp.max(packet.pts.get());
        if packet.track_id != self.track || packet.data.is_empty() {
            return Outcome::Nothing;
        }
        if packet.data.len() > MAX_PACKET_BYTES {
            return Outcome::Failed(format!("a packet of {} bytes", packet.data.len()));
        }
        match self.codec.decode(&packet) {
            Ok(sound) if sound.frames() == 0 || sound.num_planes() == 0 => {
                // Encoders start with silence that is cut off whole; it was decoded all the same.
                self.packets.decoded();
                Outcome::Nothing
            }
            Ok(sound) => {
                let seconds = seconds_of(sound.frames(), sound.spec().rate());
                let start = self.time_base.map(|unit| {
                    // The decoder of Opus trims the first packet, whatever the packet says.
                    let whole = seconds_in(packet.dur.get().cast_signed(), unit);
                    let trimmed = if self.packets.is_first() { whole - seconds } else { 0.0 };
                    start_of(&packet, unit) + trimmed.clamp(0.0, MAX_TRIMMED)
                });
                self.mixing.take(&sound, &mut self.ready);
                Outcome::Sound(start)
            }
            Err(error) => Outcome::Failed(error.to_string()),
        }
    }

    /// Places the decoded samples on the timeline.
    fn place(&mut self, start: Option<f64>) {
        let (frames, rate) = (self.mixing.frames(), self.mixing.rate);
        let start = start.unwrap_or_else(|| self.timeline.now());
        for placed in self.timeline.place(start, frames, rate) {
            if placed.silence > 0 {
                self.mixing.finish(&mut self.ready);
                self.ready.push_back(Ready::Silence { rate, samples: placed.silence });
                if self.counts_samples {
                    let samples = usize::try_from(placed.silence).unwrap_or(usize::MAX);
                    self.seconds_lost += seconds_of(samples, rate);
                }
            }
            self.mixing.mix(placed.frames, &mut self.ready);
        }
    }

    fn renew(&mut self) -> Result<(), Fault> {
        let Chosen { track, codec } = choose_track(&*self.reader, self.container)?;
        (self.track, self.time_base, self.codec) = (track.id, track.time_base, codec);
        Ok(())
    }

    fn end(&mut self, breaks_off: Option<String>) -> Result<(), Fault> {
        if let Some(fault) = unreadable(&self.trouble) {
            return Err(fault);
        }
        let (container, promises_nothing) = (self.container, self.promises_nothing);
        self.packets.judge(container, breaks_off, self.seconds_lost, promises_nothing)?;
        self.mixing.finish(&mut self.ready);
        self.is_over = true;
        Ok(())
    }
}

/// Runs a step of a parser. The parsers are memory-safe and are given hostile input: a bug in one
/// shows as a panic, which must cost this recording and not the process. What is left half
/// changed is not used again, since every caller gives up on the recording.
fn guarded<T>(container: &'static str, step: impl FnOnce() -> T) -> Result<T, Fault> {
    catch_unwind(AssertUnwindSafe(step)).map_err(|_| Fault::Broken {
        container,
        reason: "its content makes no sense to the decoder".to_owned(),
    })
}

/// The error of the operating system behind what a demuxer took for the end of the file.
fn unreadable(trouble: &Trouble) -> Option<Fault> {
    let error = trouble.get()?;
    Some(Fault::Unreadable(std::io::Error::new(error.kind(), error.to_string())))
}

/// Time of the first sample of a packet after its trimmed start, in seconds.
fn start_of(packet: &Packet, unit: TimeBase) -> f64 {
    let units = packet.pts.get().saturating_add_unsigned(packet.trim_start.get());
    seconds_in(units, unit)
}

fn seconds_in(units: i64, unit: TimeBase) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "a day in nanoseconds is below 2^53")]
    let units = units as f64;
    units * f64::from(unit.numer.get()) / f64::from(unit.denom.get())
}

fn seconds_of(samples: usize, rate: u32) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "a day of samples is below 2^53")]
    let samples = samples as f64;
    samples / f64::from(rate.max(1))
}
