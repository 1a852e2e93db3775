//! Demuxer for bare frames: MPEG audio (MP3) and AAC in ADTS.
//!
//! These files have no time stamps: the time of a frame follows from the number of frames before it. Where
//! part of the file is overwritten, the number of bytes up to the next good frame says how many frames are
//! missing.

mod header;
mod whole;

use std::io::{ErrorKind, Seek as _, SeekFrom};

use symphonia::core::audio::Channels;
use symphonia::core::codecs::CodecParameters;
use symphonia::core::codecs::audio::AudioCodecParameters;
use symphonia::core::errors::{Error, Result, SeekErrorKind};
use symphonia::core::formats::well_known::{FORMAT_ID_ADTS, FORMAT_ID_MP3};
use symphonia::core::formats::{
    FormatInfo, FormatReader, MediaInfo, SeekMode, SeekTo, SeekedTo, Track,
};
use symphonia::core::io::MediaSourceStream;
use symphonia::core::meta::{Metadata, MetadataLog};
use symphonia::core::packet::Packet;
use symphonia::core::units::{Duration, TimeBase, Timestamp};

use self::header::{Frame, HEADER_BYTES, Kind, parse_frame};
use self::whole::Whole;

/// Bytes that are read at once.
const READ_BYTES: usize = 1 << 15;

/// Consecutive frames that identify a file of unknown kind. In random data one byte in some thousand
/// looks like the header of a frame.
const FRAMES_TO_RECOGNISE: u32 = 4;

/// Bytes at the start of such a file that are searched for a frame.
const SEARCHED_BYTES: usize = 1 << 18;

static MPEG: FormatInfo =
    FormatInfo { format: FORMAT_ID_MP3, short_name: "mpa", long_name: "MPEG audio" };
static ADTS: FormatInfo =
    FormatInfo { format: FORMAT_ID_ADTS, short_name: "adts", long_name: "AAC in ADTS" };

/// Demuxer of one file.
pub(super) struct FramesReader<'s> {
    stream: MediaSourceStream<'s>,
    /// Buffered bytes of the file.
    ahead: Vec<u8>,
    /// Offset of the next frame in the buffer.
    passed: usize,
    tracks: [Track; 1],
    media: MediaInfo,
    metadata: MetadataLog,
    kind: Kind,
    is_in_step: bool,
    /// Start of the next frame in samples; negative within the encoder's delay.
    clock: i64,
    /// Samples of the encoder's delay that are still to be trimmed.
    delay: u64,
    /// Samples to trim at the end of the file.
    padding: u64,
    /// Number of frames and of their bytes so far, which give the mean length of a frame.
    seen: (u64, u64),
}

/// Content at the current offset.
enum Found {
    Frame(Frame),
    /// A tag of this length.
    Tag(u64),
    Junk,
    End,
}

/// True if `head` holds consecutive frames, possibly after something else.
pub(super) fn are_frames(head: &[u8]) -> bool {
    let head = &head[..head.len().min(SEARCHED_BYTES)];
    (0..head.len()).filter(|&at| head[at] == 0xFF).any(|mut at| {
        (0..FRAMES_TO_RECOGNISE).all(|_| match parse_frame(head.get(at..).unwrap_or_default()) {
            Some(frame) => {
                at += frame.bytes as usize;
                true
            }
            None => false,
        })
    })
}

impl<'s> FramesReader<'s> {
    /// Finds the first frame and creates the demuxer.
    pub(super) fn new(stream: MediaSourceStream<'s>) -> Result<Self> {
        let kind = Kind {
            codec: symphonia::core::codecs::audio::CODEC_ID_NULL_AUDIO,
            rate: 0,
            channels: 0,
            version: 0,
        };
        let mut reader = Self {
            stream,
            ahead: Vec::new(),
            passed: 0,
            tracks: [Track::new(0)],
            media: MediaInfo::new(),
            metadata: MetadataLog::default(),
            kind,
            is_in_step: false,
            clock: 0,
            delay: 0,
            padding: 0,
            seen: (0, 0),
        };
        match reader.advance()? {
            Some(frame) => reader.begin(&frame),
            None => return Err(Error::DecodeError("there is no frame of sound")),
        }
        Ok(reader)
    }

    /// Skips tags and junk up to the next frame.
    fn advance(&mut self) -> Result<Option<Frame>> {
        let mut lost = 0;
        loop {
            match self.find()? {
                Found::Frame(frame) => {
                    self.is_in_step = true;
                    self.lose(lost);
                    return Ok(Some(frame));
                }
                Found::Tag(bytes) => self.pass(bytes)?,
                Found::Junk => {
                    self.is_in_step = false;
                    lost += self.pass_junk()?;
                }
                Found::End => return Ok(None),
            }
        }
    }

    fn find(&mut self) -> Result<Found> {
        if !self.fill(HEADER_BYTES)? {
            return Ok(Found::End);
        }
        if let Some(bytes) = tag_length(self.ahead()) {
            return Ok(Found::Tag(bytes));
        }
        let Some(frame) = parse_frame(self.ahead()) else { return Ok(Found::Junk) };
        // The header of the following frame is needed, too.
        let is_whole = self.fill(frame.bytes as usize)?;
        let has_next = self.fill(frame.bytes as usize + HEADER_BYTES)?;
        let behind = self.ahead().get(frame.bytes as usize..).unwrap_or_default();
        let is_followed = !has_next
            || tag_length(behind).is_some()
            || parse_frame(behind).is_some_and(|next| next.kind == frame.kind);
        let is_expected = self.is_in_step && frame.kind == self.kind;
        let is_frame = is_whole && (is_expected || is_followed);
        Ok(if is_frame { Found::Frame(frame) } else { Found::Junk })
    }

    /// Buffered bytes from the current offset on.
    fn ahead(&self) -> &[u8] {
        &self.ahead[self.passed..]
    }

    /// Reads ahead until `bytes` are buffered. False where the file ends before that.
    fn fill(&mut self, bytes: usize) -> Result<bool> {
        while self.ahead().len() < bytes {
            self.ahead.drain(..self.passed);
            self.passed = 0;
            let length = self.ahead.len();
            self.ahead.resize(length + READ_BYTES, 0);
            let read = match std::io::Read::read(&mut self.stream, &mut self.ahead[length..]) {
                Ok(read) => read,
                Err(error) if error.kind() == ErrorKind::UnexpectedEof => 0,
                Err(error) => return Err(error.into()),
            };
            self.ahead.truncate(length + read);
            if read == 0 {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn pass(&mut self, bytes: u64) -> Result<()> {
        let there = self.ahead().len() as u64;
        if bytes > there {
            self.stream
                .seek(SeekFrom::Current(i64::try_from(bytes - there).unwrap_or(i64::MAX)))?;
        }
        self.passed += usize::try_from(bytes.min(there)).unwrap_or(usize::MAX);
        Ok(())
    }

    /// Skips bytes that cannot begin a frame or a tag and returns their number.
    fn pass_junk(&mut self) -> Result<u64> {
        let rest = &self.ahead()[1..];
        let next = rest.iter().position(|byte| matches!(byte, 0xFF | b'I' | b'T' | b'A'));
        let bytes = next.map_or(rest.len(), |at| at) as u64 + 1;
        self.pass(bytes)?;
        Ok(bytes)
    }

    /// Advances the clock by the number of frames that `bytes` of junk replaced.
    fn lose(&mut self, bytes: u64) {
        let (frames, seen) = self.seen;
        if bytes > 0 && seen > 0 {
            // Rounded, since the damage may begin and end within a frame.
            let lost = (bytes * frames + seen / 2) / seen;
            self.clock += i64::try_from(lost * self.samples()).unwrap_or(i64::MAX / 4);
        }
    }

    fn samples(&self) -> u64 {
        let Some(CodecParameters::Audio(params)) = &self.tracks[0].codec_params else { return 0 };
        params.max_frames_per_packet.unwrap_or_default()
    }

    /// Sets up the track of a stream from its first frame.
    fn begin(&mut self, first: &Frame) {
        self.kind = first.kind;
        let whole = Whole::of(first, self.ahead()).unwrap_or_default();
        self.take(&whole);
        let mut params = AudioCodecParameters::new();
        params
            .for_codec(self.kind.codec)
            .with_sample_rate(self.kind.rate)
            .with_max_frames_per_packet(u64::from(first.samples));
        if self.kind.channels > 0 {
            params.with_channels(Channels::Discrete(u16::from(self.kind.channels)));
        }
        if let Some(config) = self.kind.config() {
            params.with_extra_data(Box::from(config));
        }
        let mut track = Track::new(0);
        track.with_codec_params(CodecParameters::Audio(params));
        if let Some(time_base) = TimeBase::try_from_recip(self.kind.rate) {
            track.with_time_base(time_base);
        }
        if let Some(frames) = whole.frames {
            let added = u64::from(whole.delay) + u64::from(whole.padding);
            let samples = (frames.saturating_mul(u64::from(first.samples))).saturating_sub(added);
            track.with_num_frames(samples).with_duration(Duration::from(samples));
        }
        self.media = MediaInfo::from_track(&track);
        self.tracks = [track];
        self.seen = (0, 0);
    }

    fn take(&mut self, whole: &Whole) {
        self.delay = u64::from(whole.delay);
        self.padding = u64::from(whole.padding);
        self.clock -= i64::from(whole.delay);
    }
}

/// Length of a tag at the start of `bytes`: of ID3 or APE.
fn tag_length(bytes: &[u8]) -> Option<u64> {
    let size = |at: usize| bytes.get(at..at + 4);
    if bytes.starts_with(b"ID3") {
        return super::content::id3_length(bytes);
    }
    if bytes.starts_with(b"TAG") {
        return Some(128);
    }
    if bytes.starts_with(b"APETAGEX") {
        let length = u32::from_le_bytes(size(12)?.try_into().ok()?);
        return Some(32 + u64::from(length));
    }
    None
}

impl FormatReader for FramesReader<'_> {
    fn format_info(&self) -> &FormatInfo {
        if self.kind.config().is_some() { &ADTS } else { &MPEG }
    }

    fn media_info(&self) -> &MediaInfo {
        &self.media
    }

    fn metadata(&mut self) -> Metadata<'_> {
        self.metadata.metadata()
    }

    fn seek(&mut self, _mode: SeekMode, _to: SeekTo) -> Result<SeekedTo> {
        Err(Error::SeekError(SeekErrorKind::Unseekable))
    }

    fn tracks(&self) -> &[Track] {
        &self.tracks
    }

    fn next_packet(&mut self) -> Result<Option<Packet>> {
        let frame = loop {
            let Some(frame) = self.advance()? else { return Ok(None) };
            if frame.kind != self.kind {
                // Several files may be concatenated.
                self.clock = 0;
                self.begin(&frame);
                return Err(Error::ResetRequired);
            }
            let Some(whole) = Whole::of(&frame, self.ahead()) else { break frame };
            if self.seen.0 > 0 {
                self.take(&whole);
            }
            self.pass(u64::from(frame.bytes))?;
        };
        let (header, length) = (frame.header_bytes as usize, frame.bytes as usize);
        let data: Box<[u8]> = self.ahead()[header..length].into();
        self.pass(u64::from(frame.bytes))?;
        let samples = u64::from(frame.samples);
        let mut packet = Packet::new(0, Timestamp::from(self.clock), Duration::from(samples), data);
        let delay = self.delay.min(samples);
        self.delay -= delay;
        packet.trim_start = Duration::from(delay);
        // The last frame: only tags follow.
        if self.padding > 0 && !matches!(self.find()?, Found::Frame(_) | Found::Junk) {
            packet.trim_end = Duration::from(self.padding.min(samples - delay));
        }
        packet.dur = Duration::from(samples - delay - packet.trim_end.get());
        self.clock += i64::from(frame.samples);
        self.seen = (self.seen.0 + 1, self.seen.1 + u64::from(frame.bytes));
        Ok(Some(packet))
    }

    fn into_inner<'s>(self: Box<Self>) -> MediaSourceStream<'s>
    where
        Self: 's,
    {
        self.stream
    }
}
