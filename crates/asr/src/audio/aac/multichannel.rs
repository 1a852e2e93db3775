//! Decoder for AAC with more than two channels, or with a program config element: each element of a frame
//! has a decoder of its own.

use symphonia::core::audio::{GenericAudioBufferRef, Position};
use symphonia::core::codecs::CodecInfo;
use symphonia::core::codecs::audio::{
    AudioCodecParameters, AudioDecoder, AudioDecoderOptions, FinalizeResult,
};
use symphonia::core::errors::{Error, Result};
use symphonia::core::packet::PacketRef;
use symphonia::default::codecs::AacDecoder;

use super::super::split::Joint;
use super::bits::copy_bits;
use super::config::Config;
use super::elements::{Element, Sound, find_elements};

/// Positions of the single channels and of the pairs of a frame, in their order in all standard
/// configurations.
const SINGLES: [[Position; 1]; 2] = [[Position::FRONT_CENTER], [Position::REAR_CENTER]];
const PAIRS: [[Position; 2]; 3] = [
    [Position::FRONT_LEFT, Position::FRONT_RIGHT],
    [Position::SIDE_LEFT, Position::SIDE_RIGHT],
    [Position::REAR_LEFT, Position::REAR_RIGHT],
];

/// End element, and its number of bits.
const END: (u32, usize) = (7, 3);

/// Decoder of one track.
pub(super) struct Multichannel {
    params: AudioCodecParameters,
    rate_index: usize,
    singles: Vec<AacDecoder>,
    pairs: Vec<AacDecoder>,
    joint: Joint,
}

impl Multichannel {
    pub(super) fn new(params: &AudioCodecParameters, config: Config) -> Result<Self> {
        let rate_index = config.rate_index();
        let rate_index = rate_index.ok_or(Error::Unsupported("aac: a rare sample rate"))?;
        let decoder = |channels: u32| {
            let mut params = params.clone();
            params.with_extra_data(Config { channels, ..config }.core());
            AacDecoder::try_new(&params, &AudioDecoderOptions::default())
        };
        let singles = SINGLES.map(|_| decoder(1)).into_iter().collect::<Result<_>>()?;
        let pairs = PAIRS.map(|_| decoder(2)).into_iter().collect::<Result<_>>()?;
        Ok(Self { params: params.clone(), rate_index, singles, pairs, joint: Joint::default() })
    }
}

impl AudioDecoder for Multichannel {
    fn reset(&mut self) {
        for decoder in self.singles.iter_mut().chain(&mut self.pairs) {
            decoder.reset();
        }
    }

    fn codec_info(&self) -> &CodecInfo {
        // There is always one.
        self.singles[0].codec_info()
    }

    fn codec_params(&self) -> &AudioCodecParameters {
        &self.params
    }

    fn decode_ref(&mut self, packet: &PacketRef<'_>) -> Result<GenericAudioBufferRef<'_>> {
        let elements = find_elements(packet.data, self.rate_index);
        let elements = elements.ok_or(Error::DecodeError("aac: no elements"))?;
        self.joint.clear();
        let (mut singles, mut pairs) =
            (self.singles.iter_mut().zip(&SINGLES), self.pairs.iter_mut().zip(&PAIRS));
        for Element { sound, bits } in elements {
            let (decoder, places): (_, &[Position]) = match sound {
                // No voice is there.
                Sound::LowFrequency => continue,
                Sound::Single => match singles.next() {
                    Some((decoder, places)) => (decoder, places),
                    None => continue,
                },
                Sound::Pair => match pairs.next() {
                    Some((decoder, places)) => (decoder, places),
                    None => continue,
                },
            };
            let data = copy_bits(packet.data, bits, END.0, END.1);
            self.joint.add(decoder, packet, &data, places)?;
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
