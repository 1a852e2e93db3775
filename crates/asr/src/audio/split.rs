//! Combines the streams of a packet, of one or two channels each, into one multichannel buffer.

use symphonia::core::audio::{
    AsGenericAudioBufferRef as _, AudioBuffer, AudioMut as _, AudioSpec, Channels,
    GenericAudioBufferRef, Position,
};
use symphonia::core::codecs::audio::AudioDecoder;
use symphonia::core::errors::Result;
use symphonia::core::packet::PacketRef;

/// Combined channels of the last packet.
pub(super) struct Joint {
    buffer: AudioBuffer<f32>,
    /// Channels by speaker position.
    planes: Vec<(Position, Vec<f32>)>,
    rate: u32,
    interleaved: Vec<f32>,
}

impl Default for Joint {
    fn default() -> Self {
        Self { buffer: empty(), planes: Vec::new(), rate: 0, interleaved: Vec::new() }
    }
}

fn empty() -> AudioBuffer<f32> {
    AudioBuffer::new(AudioSpec::new(1, Channels::Positioned(Position::FRONT_LEFT)), 0)
}

impl Joint {
    /// Drops the channels of the last packet.
    pub(super) fn clear(&mut self) {
        self.planes.clear();
    }

    /// Decodes `data`, one stream of `packet`, whose channels have these positions.
    pub(super) fn add(
        &mut self,
        decoder: &mut dyn AudioDecoder,
        packet: &PacketRef<'_>,
        data: &[u8],
        places: &[Position],
    ) -> Result<()> {
        let mut part = PacketRef::new(packet.track_id, packet.pts, packet.dur, data);
        (part.trim_start, part.trim_end) = (packet.trim_start, packet.trim_end);
        let sound = decoder.decode_ref(&part)?;
        self.rate = sound.spec().rate();
        let channels = sound.num_planes().max(1);
        sound.copy_to_vec_interleaved(&mut self.interleaved);
        for (channel, &place) in places.iter().enumerate().take(channels) {
            let samples = self.interleaved.iter().skip(channel).step_by(channels);
            self.planes.push((place, samples.copied().collect()));
        }
        Ok(())
    }

    /// Interleaves the channels, each position once.
    pub(super) fn join(&mut self) -> GenericAudioBufferRef<'_> {
        self.planes.sort_by_key(|(place, _)| place.bits());
        self.planes.dedup_by_key(|(place, _)| *place);
        let places = self.planes.iter().fold(Position::empty(), |all, (place, _)| all | *place);
        let frames = self.planes.iter().map(|(_, plane)| plane.len()).min().unwrap_or(0);
        if places.is_empty() || frames == 0 {
            self.buffer = empty();
            return self.buffer.as_generic_audio_buffer_ref();
        }
        self.interleaved.clear();
        for frame in 0..frames {
            self.interleaved.extend(self.planes.iter().map(|(_, plane)| plane[frame]));
        }
        let spec = AudioSpec::new(self.rate, Channels::Positioned(places));
        self.buffer = AudioBuffer::new(spec, frames);
        self.buffer.render_uninit(None);
        self.buffer.copy_from_slice_interleaved(&self.interleaved);
        self.buffer.as_generic_audio_buffer_ref()
    }

    /// Returns the buffer of the last packet.
    pub(super) fn last(&self) -> GenericAudioBufferRef<'_> {
        self.buffer.as_generic_audio_buffer_ref()
    }
}
