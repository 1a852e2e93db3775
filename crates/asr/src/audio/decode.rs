//! Finds the audio in a file of any supported kind and decodes it packet by packet to mono.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::time::Duration;

use symphonia::core::audio::GenericAudioBufferRef;
use symphonia::core::codecs::audio::{AudioCodecParameters, AudioDecoder, AudioDecoderOptions};
use symphonia::core::errors::Error;
use symphonia::core::formats::probe::Hint;
use symphonia::core::formats::well_known::{FORMAT_ID_MP1, FORMAT_ID_MP2, FORMAT_ID_MP3};
use symphonia::core::formats::{FormatOptions, FormatReader, Track, TrackType};
use symphonia::core::io::{MediaSourceStream, MediaSourceStreamOptions};
use symphonia::core::meta::MetadataOptions;
use tracing::warn;

use super::content::{Content, content_of};
use super::fault::Fault;
use super::registry::{CODECS, PROBE};
use super::source::{Source, Trouble};
use super::{MAX_LENGTH, RATES};

/// Packets are at most some ten kilobytes; lossless audio with many channels comes near one
/// megabyte. Decoded, a packet takes up to eight times its size.
const MAX_PACKET_BYTES: usize = 2 << 20;

/// After this many packets in a row without sound, none is expected. A video's pictures come
/// between its sound, at most some hundred in a row.
const MAX_IDLE_PACKETS: u32 = 100_000;

/// A container that makes no sense at this many places in a row is given up.
const MAX_STUMBLES: u32 = 16;

/// A decoder is made anew where this many packets in a row fail: a recording put together from
/// several may go on with another rate or other channels, which not every decoder takes.
const FAILURES_TO_RENEW: u32 = 2;

/// Limit of renewed decoders. Making one takes up to some milliseconds.
const MAX_RENEWALS: u32 = 100;

/// A decoder's buffer grows as needed; no more than this is reserved because a header says so.
const MAX_RESERVED_FRAMES: u64 = 1 << 16;

/// Fewer bits per second than any codec needs even for silence. A header that claims so long a
/// recording for so small a file is wrong.
const MIN_BITS_PER_SECOND: f64 = 100.0;

/// The audio of one file.
pub(super) struct Decoder {
    reader: Box<dyn FormatReader>,
    codec: Box<dyn AudioDecoder>,
    track: u32,
    container: &'static str,
    total: Option<Duration>,
    promises_nothing: bool,
    is_mpeg: bool,
    trouble: Trouble,
    packets: Packets,
    interleaved: Vec<f32>,
    mono: Vec<f32>,
}

/// Counts of the packets of the track, by what became of them.
#[derive(Debug, Default)]
struct Packets {
    decoded: u64,
    failed: u64,
    /// Packets of any kind since the last sound.
    idle: u32,
    /// Errors of the container since the last packet.
    stumbles: u32,
    /// Failures since the last packet that was decoded.
    failed_in_a_row: u32,
    renewals: u32,
}

/// Samples in the order they were recorded, mono, -1 to 1.
pub(super) struct Decoded<'a> {
    /// Samples per second. One of [`RATES`].
    pub(super) rate: u32,
    pub(super) samples: &'a [f32],
}

/// Result of decoding one packet.
enum Outcome {
    /// `mono` holds samples of this rate.
    Sound(u32),
    /// Nothing to hear in this packet.
    Nothing,
    /// The packet cannot be decoded.
    Failed(String),
    /// The container makes no sense here.
    Stumbled(String),
    /// There is another stream behind this one.
    Restart,
    /// The end, or where the container breaks off.
    End(Option<String>),
}

impl Decoder {
    /// Opens the audio of the file at `path`, told by its content alone.
    pub(super) fn open(path: &Path) -> Result<Self, Fault> {
        let source = Source::open(path).map_err(Fault::Unreadable)?;
        let (trouble, length) = (source.trouble(), source.length());
        let container = match content_of(source.head()) {
            Content::Empty => return Err(Fault::Empty),
            Content::Foreign(what) => return Err(Fault::Foreign(what)),
            Content::Audio(container) => Some(container),
            Content::Unknown => None,
        };
        let stream = MediaSourceStream::new(Box::new(source), MediaSourceStreamOptions::default());
        let probed = guarded(container.unwrap_or("audio"), || {
            let (format, metadata) = (FormatOptions::default(), MetadataOptions::default());
            PROBE.probe(&Hint::default(), stream, format, metadata)
        });
        if let Some(error) = unreadable(&trouble) {
            return Err(error);
        }
        // What was not recognised and is not found either is not broken audio but no audio.
        let (reader, container) = match (probed, container) {
            (Ok(Ok(reader)), container) => (reader, container.unwrap_or("audio")),
            (_, None) => return Err(Fault::Unknown),
            (Ok(Err(error)), Some(container)) => return Err(refusal(container, &error)),
            (Err(fault), Some(_)) => return Err(fault),
        };
        let (track, codec) = audio_track(&*reader, container)?;
        let params = codec.codec_params();
        Ok(Self {
            total: claimed_length(&*reader, track, params, length),
            is_mpeg: matches!(
                reader.format_info().format,
                FORMAT_ID_MP1 | FORMAT_ID_MP2 | FORMAT_ID_MP3
            ),
            promises_nothing: track.num_frames == Some(0),
            track: track.id,
            codec,
            reader,
            container,
            trouble,
            packets: Packets::default(),
            interleaved: Vec::new(),
            mono: Vec::new(),
        })
    }

    /// Length of the audio according to the container, where that is believable.
    pub(super) fn total(&self) -> Option<Duration> {
        self.total
    }

    /// Decodes the next samples, or returns `None` at the end.
    pub(super) fn next_samples(&mut self) -> Result<Option<Decoded<'_>>, Fault> {
        loop {
            if self.packets.idle >= MAX_IDLE_PACKETS {
                let reason = format!("no sound in {MAX_IDLE_PACKETS} packets");
                return self.end(Some(reason)).map(|()| None);
            }
            self.packets.idle += 1;
            let container = self.container;
            match guarded(container, || self.decode_packet())? {
                Outcome::Sound(rate) => {
                    self.packets.idle = 0;
                    self.packets.decoded();
                    if !RATES.contains(&rate) {
                        return Err(Fault::Rate(rate));
                    }
                    return Ok(Some(Decoded { rate, samples: &self.mono }));
                }
                Outcome::Nothing => {}
                // What is damaged is left out; what comes after it may be whole.
                Outcome::Failed(reason) => {
                    self.packets.failed(container, &reason);
                    if self.packets.must_renew() {
                        self.renew()?;
                    }
                }
                Outcome::Stumbled(reason) => {
                    self.packets.failed(container, &reason);
                    self.packets.stumbles += 1;
                    if self.packets.stumbles >= MAX_STUMBLES {
                        return self.end(Some(reason)).map(|()| None);
                    }
                }
                Outcome::Restart => self.renew()?,
                Outcome::End(reason) => return self.end(reason).map(|()| None),
            }
        }
    }

    fn decode_packet(&mut self) -> Outcome {
        let mut packet = match self.reader.next_packet() {
            Ok(Some(packet)) => packet,
            Ok(None) => return Outcome::End(None),
            Err(Error::ResetRequired) => return Outcome::Restart,
            Err(error @ (Error::DecodeError(_) | Error::Unsupported(_))) => {
                return Outcome::Stumbled(error.to_string());
            }
            Err(error) => return Outcome::End(Some(error.to_string())),
        };
        self.packets.stumbles = 0;
        if packet.track_id != self.track || packet.data.is_empty() {
            return Outcome::Nothing;
        }
        if packet.data.len() > MAX_PACKET_BYTES {
            return Outcome::Failed(format!("a packet of {} bytes", packet.data.len()));
        }
        // An MP3 header that counts too few samples, as that of the first of several put together,
        // would have the rest cut off as padding.
        if self.is_mpeg && packet.trim_end >= packet.dur {
            packet.trim_end = symphonia::core::units::Duration::ZERO;
        }
        match self.codec.decode(&packet) {
            Ok(sound) if sound.frames() == 0 || sound.num_planes() == 0 => {
                // Encoders start with silence that is cut off whole; it was decoded all the same.
                self.packets.decoded();
                Outcome::Nothing
            }
            Ok(sound) => {
                mix(&sound, &mut self.interleaved, &mut self.mono);
                Outcome::Sound(sound.spec().rate())
            }
            Err(error) => Outcome::Failed(error.to_string()),
        }
    }

    fn renew(&mut self) -> Result<(), Fault> {
        let (track, codec) = audio_track(&*self.reader, self.container)?;
        (self.track, self.codec) = (track.id, codec);
        Ok(())
    }

    /// Judges, after the last packet, if enough was decoded to pass for the recording.
    fn end(&mut self, breaks_off: Option<String>) -> Result<(), Fault> {
        if let Some(fault) = unreadable(&self.trouble) {
            return Err(fault);
        }
        let Packets { decoded, failed, .. } = self.packets;
        let (container, total) = (self.container, decoded + failed);
        let broken = |reason| Err(Fault::Broken { container, reason });
        // A recording of which most is gone must not pass for a quiet one.
        if failed > decoded {
            return broken(format!("{failed} of {total} packets cannot be decoded"));
        }
        if decoded == 0 && !(self.promises_nothing && breaks_off.is_none()) {
            return broken(breaks_off.unwrap_or_else(|| "it has no sound".to_owned()));
        }
        if failed > 0 || breaks_off.is_some() {
            warn!(
                container,
                packets = total,
                packets_failed = failed,
                breaks_off,
                "a damaged recording is used as far as it goes"
            );
        }
        Ok(())
    }
}

impl Packets {
    fn decoded(&mut self) {
        self.decoded += 1;
        self.failed_in_a_row = 0;
    }

    fn failed(&mut self, container: &str, reason: &str) {
        self.failed += 1;
        self.failed_in_a_row += 1;
        if self.failed == 1 {
            warn!(container, reason, "a damaged packet is left out");
        }
    }

    fn must_renew(&mut self) -> bool {
        let must = self.failed_in_a_row == FAILURES_TO_RENEW && self.renewals < MAX_RENEWALS;
        self.renewals += u32::from(must);
        must
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

/// Why a container that was recognised cannot be opened.
fn refusal(container: &'static str, error: &Error) -> Fault {
    let reason = error.to_string();
    match error {
        // A part that is missing was cut off.
        Error::Unsupported(what) if !what.contains("missing") && !what.contains("no suitable") => {
            Fault::Unsupported { container, reason }
        }
        _ => Fault::Broken { container, reason },
    }
}

/// The track to hear, and a decoder for it.
fn audio_track<'a>(
    reader: &'a dyn FormatReader,
    container: &'static str,
) -> Result<(&'a Track, Box<dyn AudioDecoder>), Fault> {
    let track = reader.default_track(TrackType::Audio).ok_or(Fault::NoAudio { container })?;
    let params = track.codec_params.as_ref().and_then(|params| params.audio());
    let mut params = params.ok_or(Fault::NoAudio { container })?.clone();
    params.max_frames_per_packet =
        params.max_frames_per_packet.map(|frames| frames.min(MAX_RESERVED_FRAMES));
    if let Some(rate) = params.sample_rate.filter(|rate| !RATES.contains(rate)) {
        return Err(Fault::Rate(rate));
    }
    let options = AudioDecoderOptions::default();
    let codec = guarded(container, || CODECS.make_audio_decoder(&params, &options))?;
    Ok((track, codec.map_err(|error| refusal(container, &error))?))
}

/// The length that the container states, unless the file cannot hold as much.
fn claimed_length(
    reader: &dyn FormatReader,
    track: &Track,
    params: &AudioCodecParameters,
    bytes: u64,
) -> Option<Duration> {
    let media = reader.media_info();
    #[expect(clippy::cast_precision_loss, reason = "a length in seconds need not be exact")]
    let seconds = match (track.num_frames, params.sample_rate) {
        (Some(frames), Some(rate)) if rate > 0 => frames as f64 / f64::from(rate),
        _ => {
            let of_track = track.time_base.zip(track.duration);
            let (unit, length) = of_track.or(media.time_base.zip(media.duration))?;
            unit.calc_duration(length)?.as_secs_f64()
        }
    };
    #[expect(clippy::cast_precision_loss, reason = "a file size need not be exact")]
    let longest = (bytes as f64 * 8.0 / MIN_BITS_PER_SECOND).min(MAX_LENGTH.as_secs_f64());
    if seconds > 0.0 && seconds <= longest {
        Duration::try_from_secs_f64(seconds).ok()
    } else {
        None
    }
}

/// The mean of the channels.
fn mix(sound: &GenericAudioBufferRef<'_>, interleaved: &mut Vec<f32>, mono: &mut Vec<f32>) {
    sound.copy_to_vec_interleaved(interleaved);
    let channels = sound.num_planes();
    #[expect(clippy::cast_precision_loss, reason = "a stream has at most some dozen channels")]
    let share = 1.0 / channels as f32;
    mono.clear();
    mono.extend(
        interleaved
            .chunks_exact(channels)
            .map(|frame| frame.iter().copied().map(sane).sum::<f32>() * share),
    );
}

/// Floating-point recordings may hold anything; what is no number is silence.
fn sane(sample: f32) -> f32 {
    if sample.is_finite() { sample.clamp(-1.0, 1.0) } else { 0.0 }
}
