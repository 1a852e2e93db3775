//! Opus: libopus decodes one or two channels; a packet with more is split into streams of those.

mod packets;

use symphonia::core::audio::{GenericAudioBufferRef, Position};
use symphonia::core::codecs::CodecInfo;
use symphonia::core::codecs::audio::{
    AudioCodecParameters, AudioDecoder, AudioDecoderOptions, FinalizeResult,
};
use symphonia::core::codecs::registry::RegisterableAudioDecoder as _;
use symphonia::core::errors::{Error, Result};
use symphonia::core::packet::PacketRef;
use symphonia_adapter_libopus::OpusDecoder;

use self::packets::split_packet;
use super::split::Joint;

/// Sample rate of Opus in hertz, whatever the container says.
const RATE: u32 = 48_000;

/// Offset of the channel mapping family in the identification header (RFC 7845, 5.1.1).
const MAPPING_AT: usize = 18;

/// Mapping of a channel that is in no stream.
const SILENT: u8 = 255;

/// Positions of three to eight channels, in Vorbis order (RFC 7845, 5.1.1.2).
const PLACES: [&[Position]; 6] = [
    &[Position::FRONT_LEFT, Position::FRONT_CENTER, Position::FRONT_RIGHT],
    &[Position::FRONT_LEFT, Position::FRONT_RIGHT, Position::REAR_LEFT, Position::REAR_RIGHT],
    &[
        Position::FRONT_LEFT,
        Position::FRONT_CENTER,
        Position::FRONT_RIGHT,
        Position::REAR_LEFT,
        Position::REAR_RIGHT,
    ],
    &[
        Position::FRONT_LEFT,
        Position::FRONT_CENTER,
        Position::FRONT_RIGHT,
        Position::REAR_LEFT,
        Position::REAR_RIGHT,
        Position::LFE1,
    ],
    &[
        Position::FRONT_LEFT,
        Position::FRONT_CENTER,
        Position::FRONT_RIGHT,
        Position::SIDE_LEFT,
        Position::SIDE_RIGHT,
        Position::REAR_CENTER,
        Position::LFE1,
    ],
    &[
        Position::FRONT_LEFT,
        Position::FRONT_CENTER,
        Position::FRONT_RIGHT,
        Position::SIDE_LEFT,
        Position::SIDE_RIGHT,
        Position::REAR_LEFT,
        Position::REAR_RIGHT,
        Position::LFE1,
    ],
];

/// Creates a decoder for an Opus track.
pub(super) fn make_decoder(params: &AudioCodecParameters) -> Result<Box<dyn AudioDecoder>> {
    let mut params = params.clone();
    params.with_sample_rate(RATE);
    if let Some(head) = &mut params.extra_data {
        convert_header(head);
    }
    match params.channels.as_ref().map(symphonia::core::audio::Channels::count) {
        Some(3..) => Ok(Box::new(Multistream::new(params)?)),
        _ => OpusDecoder::try_registry_new(&params, &AudioDecoderOptions::default()),
    }
}

/// Converts MP4's header (version 0, big-endian) to Ogg's (version 1, little-endian), which the
/// decoder expects.
fn convert_header(head: &mut [u8]) {
    if let Some(head) = head.get_mut(8..18).filter(|head| head[0] == 0) {
        head[0] = 1;
        head[2..4].reverse();
        head[4..8].reverse();
        head[8..10].reverse();
    }
}

/// Decoder of packets with several streams.
struct Multistream {
    params: AudioCodecParameters,
    /// Decoder of each stream, and the positions of its channels.
    streams: Vec<(Box<dyn AudioDecoder>, Vec<Position>)>,
    joint: Joint,
}

impl Multistream {
    fn new(params: AudioCodecParameters) -> Result<Self> {
        let head = params.extra_data.as_deref().unwrap_or_default();
        let places =
            read_positions(head).ok_or(Error::Unsupported("opus: a rare layout of channels"))?;
        let mut streams = Vec::new();
        for places in places {
            let mut params = params.clone();
            let channels = if places.len() == 2 {
                symphonia::core::audio::layouts::CHANNEL_LAYOUT_STEREO
            } else {
                symphonia::core::audio::layouts::CHANNEL_LAYOUT_MONO
            };
            params.with_channels(channels);
            let options = AudioDecoderOptions::default();
            streams.push((OpusDecoder::try_registry_new(&params, &options)?, places));
        }
        Ok(Self { params, streams, joint: Joint::default() })
    }
}

/// Reads the positions of the channels of each stream from the identification header.
fn read_positions(head: &[u8]) -> Option<Vec<Vec<Position>>> {
    let (&channels, mapping) = (head.get(9)?, head.get(MAPPING_AT..)?);
    let &[1, streams, coupled, ref mapping @ ..] = mapping else { return None };
    let places = *PLACES.get(usize::from(channels).checked_sub(3)?)?;
    let (streams, coupled) = (usize::from(streams), usize::from(coupled));
    if streams == 0 || coupled > streams || streams + coupled > places.len() {
        return None;
    }
    // The first streams have two channels each.
    let mut of_streams = vec![vec![Position::empty(); 2]; coupled];
    of_streams.resize(streams, vec![Position::empty()]);
    for (&place, &index) in places.iter().zip(mapping.get(..places.len())?) {
        let index = match index {
            SILENT => continue,
            index => usize::from(index),
        };
        let (stream, channel) =
            if index < 2 * coupled { (index / 2, index % 2) } else { (index - coupled, 0) };
        *of_streams.get_mut(stream)?.get_mut(channel)? = place;
    }
    Some(of_streams)
}

impl AudioDecoder for Multistream {
    fn reset(&mut self) {
        for (decoder, _) in &mut self.streams {
            decoder.reset();
        }
    }

    fn codec_info(&self) -> &CodecInfo {
        // There is always at least one stream.
        self.streams[0].0.codec_info()
    }

    fn codec_params(&self) -> &AudioCodecParameters {
        &self.params
    }

    fn decode_ref(&mut self, packet: &PacketRef<'_>) -> Result<GenericAudioBufferRef<'_>> {
        let parts = split_packet(packet.data, self.streams.len());
        let parts = parts.ok_or(Error::DecodeError("opus: too few streams"))?;
        self.joint.clear();
        for ((decoder, places), part) in self.streams.iter_mut().zip(parts) {
            self.joint.add(&mut **decoder, packet, &part, places)?;
        }
        Ok(self.joint.join())
    }

    fn finalize(&mut self) -> FinalizeResult {
        FinalizeResult::default()
    }

    fn last_decoded(&self) -> GenericAudioBufferRef<'_> {
        self.joint.last()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The header of 5.1 with this mapping of channels.
    fn head(streams: u8, coupled: u8, mapping: [u8; 6]) -> Vec<u8> {
        let start = b"OpusHead\x01\x06\x38\x01\x80\xBB\0\0\0\0\x01";
        [start, &[streams, coupled][..], &mapping].concat()
    }

    #[test]
    fn channels_are_where_the_mapping_puts_them() {
        let left_right = vec![Position::FRONT_LEFT, Position::FRONT_RIGHT];
        let rear = vec![Position::REAR_LEFT, Position::REAR_RIGHT];
        let (centre, lowest) = (vec![Position::FRONT_CENTER], vec![Position::LFE1]);
        assert_eq!(
            read_positions(&head(4, 2, [0, 4, 1, 2, 3, 5])),
            Some(vec![left_right, rear, centre.clone(), lowest])
        );
        assert_eq!(read_positions(&head(1, 0, [255, 0, 255, 255, 255, 255])), Some(vec![centre]));
        for (streams, coupled, mapping) in
            [(0, 0, [255; 6]), (1, 2, [0; 6]), (4, 3, [0; 6]), (2, 2, [0, 4, 1, 2, 3, 5])]
        {
            assert_eq!(read_positions(&head(streams, coupled, mapping)), None, "{mapping:?}");
        }
        assert_eq!(read_positions(&head(4, 2, [0, 4, 1, 2, 3, 5])[..24]), None, "cut off");
    }

    #[test]
    fn the_header_of_mp4_becomes_that_of_ogg() {
        let mut mp4 = *b"OpusHead\x00\x02\x01\x38\0\0\xBB\x80\0\x05\0";
        convert_header(&mut mp4);
        assert_eq!(&mp4, b"OpusHead\x01\x02\x38\x01\x80\xBB\0\0\x05\0\0");
        let ogg = mp4;
        convert_header(&mut mp4);
        assert_eq!(mp4, ogg);
    }
}
