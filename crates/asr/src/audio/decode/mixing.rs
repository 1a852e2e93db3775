//! Passes the samples of decoded packets through the mixer.

use std::collections::VecDeque;
use std::ops::Range;

use symphonia::core::audio::{Channels, GenericAudioBufferRef};

use super::super::mix::Mixer;

/// Samples or silence to hand out next.
pub(super) enum Ready {
    Sound { rate: u32, samples: Vec<f32> },
    Silence { rate: u32, samples: u64 },
}

/// Samples of the last packet, and their mixer.
#[derive(Default)]
pub(super) struct Mixing {
    interleaved: Vec<f32>,
    /// Samples of each channel in a second.
    pub(super) rate: u32,
    channels: Option<Channels>,
    mixer: Mixer,
}

impl Mixing {
    /// Takes the samples of a packet.
    pub(super) fn take(&mut self, sound: &GenericAudioBufferRef<'_>, ready: &mut VecDeque<Ready>) {
        let (rate, channels) = (sound.spec().rate(), sound.spec().channels());
        if self.rate != rate || self.channels.as_ref() != Some(channels) {
            self.finish(ready);
            self.mixer = Mixer::new(rate, channels);
            (self.rate, self.channels) = (rate, Some(channels.clone()));
        }
        sound.copy_to_vec_interleaved(&mut self.interleaved);
        for sample in &mut self.interleaved {
            *sample = sane(*sample);
        }
    }

    /// Number of samples of each channel.
    pub(super) fn frames(&self) -> usize {
        self.interleaved.len() / self.channel_count()
    }

    fn channel_count(&self) -> usize {
        self.channels.as_ref().map_or(1, Channels::count).max(1)
    }

    /// Mixes a range of the samples.
    pub(super) fn mix(&mut self, frames: Range<usize>, ready: &mut VecDeque<Ready>) {
        let channels = self.channel_count();
        let samples = frames.start * channels..frames.end * channels;
        let mut mono = Vec::with_capacity(frames.len());
        self.mixer.push(self.interleaved.get(samples).unwrap_or_default(), &mut mono);
        self.give(mono, ready);
    }

    /// Mixes the samples that still wait in the mixer.
    pub(super) fn finish(&mut self, ready: &mut VecDeque<Ready>) {
        let mut mono = Vec::new();
        self.mixer.finish(&mut mono);
        self.give(mono, ready);
    }

    fn give(&self, samples: Vec<f32>, ready: &mut VecDeque<Ready>) {
        if !samples.is_empty() {
            ready.push_back(Ready::Sound { rate: self.rate, samples });
        }
    }
}

/// Floating-point recordings may hold anything; what is no number is silence.
fn sane(sample: f32) -> f32 {
    if sample.is_finite() { sample.clamp(-1.0, 1.0) } else { 0.0 }
}
