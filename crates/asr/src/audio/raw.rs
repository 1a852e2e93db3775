//! Demuxer for uncompressed samples, and for codecs with blocks of constant length.

use std::io::{Seek as _, SeekFrom};
use std::ops::Range;

use symphonia::core::audio::{Channels, Position};
use symphonia::core::codecs::CodecParameters;
use symphonia::core::codecs::audio::AudioCodecParameters;
use symphonia::core::errors::{Error, Result, SeekErrorKind};
use symphonia::core::formats::well_known::FORMAT_ID_WAVE;
use symphonia::core::formats::{
    FormatInfo, FormatReader, MediaInfo, SeekMode, SeekTo, SeekedTo, Track,
};
use symphonia::core::io::{MediaSourceStream, ReadBytes as _};
use symphonia::core::meta::{Metadata, MetadataLog};
use symphonia::core::packet::Packet;
use symphonia::core::units::{Duration, TimeBase, Timestamp};

use super::RATES;
use super::fault::Fault;
use super::wav::Blocks;

/// Largest number of channels. No recorder has more.
const MAX_CHANNELS: u16 = 64;

/// Target length of a packet in bytes; a single block may be longer.
const PACKET_BYTES: u64 = 1 << 15;

static INFO: FormatInfo =
    FormatInfo { format: FORMAT_ID_WAVE, short_name: "raw", long_name: "uncompressed samples" };

/// Location and format of the samples of a file.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Layout {
    pub(super) container: &'static str,
    pub(super) blocks: Blocks,
    /// Byte ranges of the samples.
    pub(super) parts: Vec<Range<u64>>,
    /// Bytes of samples according to the header, which may be more than the file holds.
    pub(super) promised: u64,
}

/// Demuxer of one file.
pub(super) struct RawReader<'s> {
    stream: MediaSourceStream<'s>,
    tracks: [Track; 1],
    media: MediaInfo,
    metadata: MetadataLog,
    parts: std::vec::IntoIter<Range<u64>>,
    /// Rest of the current range.
    part: Range<u64>,
    block_bytes: u64,
    block_frames: u64,
    /// Start of the next packet in samples.
    frames: u64,
}

impl<'s> RawReader<'s> {
    pub(super) fn new(
        stream: MediaSourceStream<'s>,
        layout: Layout,
    ) -> std::result::Result<Self, Fault> {
        let Layout { container, blocks, parts, promised } = layout;
        let params = blocks.to_params();
        let Blocks { rate, channels, bytes, frames, .. } = blocks;
        let unsupported = |reason| Err(Fault::Unsupported { container, reason });
        if !RATES.contains(&rate) {
            return Err(Fault::Rate(rate));
        }
        let Some(time_base) = TimeBase::try_from_recip(rate) else {
            return Err(Fault::Rate(rate));
        };
        if !(1..=MAX_CHANNELS).contains(&channels) {
            return unsupported(format!("it has {channels} channels"));
        }
        if bytes == 0 || frames == 0 {
            let reason = "its blocks have no length".to_owned();
            return Err(Fault::Broken { container, reason });
        }
        let (block_bytes, block_frames) = (u64::from(bytes), u64::from(frames));
        let total = promised / block_bytes * block_frames;
        let mut track = Track::new(0);
        track
            .with_codec_params(CodecParameters::Audio(params))
            .with_time_base(time_base)
            .with_num_frames(total)
            .with_duration(Duration::from(total));
        Ok(Self {
            stream,
            media: MediaInfo::from_track(&track),
            tracks: [track],
            metadata: MetadataLog::default(),
            parts: parts.into_iter(),
            part: 0..0,
            block_bytes,
            block_frames,
            frames: 0,
        })
    }
}

impl Blocks {
    /// Returns what a decoder has to know.
    pub(super) fn to_params(&self) -> AudioCodecParameters {
        let frames = u64::from(self.frames);
        let mut params = AudioCodecParameters::new();
        params
            .for_codec(self.codec)
            .with_sample_rate(self.rate)
            .with_channels(channel_layout(self.channels, self.speakers))
            .with_max_frames_per_packet(packet_blocks(u64::from(self.bytes)) * frames)
            .with_frames_per_block(frames);
        params
    }
}

/// Number of blocks in a packet.
fn packet_blocks(block_bytes: u64) -> u64 {
    (PACKET_BYTES / block_bytes.max(1)).max(1)
}

/// Channel layout: the speakers of the header if there is one for each channel, else the usual ones.
fn channel_layout(channels: u16, speakers: u32) -> Channels {
    let positions = Position::from_wave_channel_mask(speakers)
        .filter(|_| speakers.count_ones() == u32::from(channels))
        .or_else(|| Position::from_wave_channel_count(u32::from(channels)));
    positions.map_or(Channels::Discrete(channels), Channels::Positioned)
}

impl FormatReader for RawReader<'_> {
    fn format_info(&self) -> &FormatInfo {
        &INFO
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
        while self.part.end - self.part.start < self.block_bytes {
            let Some(part) = self.parts.next() else { return Ok(None) };
            self.stream.seek(SeekFrom::Start(part.start))?;
            self.part = part;
        }
        let there = (self.part.end - self.part.start) / self.block_bytes;
        let blocks = there.min(packet_blocks(self.block_bytes));
        let bytes = usize::try_from(blocks * self.block_bytes).unwrap_or(usize::MAX);
        let data = self.stream.read_boxed_slice_exact(bytes)?;
        self.part.start += bytes as u64;
        let start = Timestamp::try_from(self.frames).unwrap_or(Timestamp::MAX);
        let frames = blocks * self.block_frames;
        self.frames += frames;
        Ok(Some(Packet::new(0, start, Duration::from(frames), data)))
    }

    fn into_inner<'s>(self: Box<Self>) -> MediaSourceStream<'s>
    where
        Self: 's,
    {
        self.stream
    }
}
