//! Mixes all channels to mono so that a voice in any of them is as loud as it would be alone.
//!
//! Averaging halves a voice that is in one channel of two, and cancels one that is in both with opposite
//! phase. Here channels are added pair by pair, an opposite one is inverted first, and the sum is scaled to
//! the level of the louder one. The scale follows the sound within a fifth of a second, the inversion
//! within two seconds.

use symphonia::core::audio::{Channels, Position};

/// Blocks per second. The weights are computed once for each block of 20 ms.
const BLOCKS_PER_SECOND: u32 = 50;

/// Decay of the levels per block: a half-life of 130 ms.
const LEVEL_DECAY: f32 = 0.9;

/// Decay of the correlation per block: a half-life of 1.4 s.
const CORRELATION_DECAY: f32 = 0.99;

/// Correlation below which channels count as opposite; above its negative they no longer do. Independent
/// channels are closer to zero.
const OPPOSITE: f32 = -0.3;

/// Energy relative to the other channel below which a channel counts as silent: -40 dB. Noise that a
/// decoder adds to silence is correlated by chance.
const SILENT: f32 = 1e-4;

/// Weight of surround channels: -3 dB, as in the downmix of ITU-R BS.775. Voices are in front.
const SURROUND: f32 = std::f32::consts::FRAC_1_SQRT_2;

/// Mixer of one stream.
#[derive(Debug, Default)]
pub(super) struct Mixer {
    block: usize,
    /// Weight of each channel by its position.
    weights: Vec<f32>,
    pairs: Vec<Pair>,
    /// Interleaved samples that do not fill a block yet.
    waiting: Vec<f32>,
}

/// State of adding one channel to the mix of those before it.
#[derive(Debug, Clone, Copy, Default)]
struct Pair {
    fast: Energies,
    slow: Energies,
    /// Index of the inverted one of the two, if any.
    inverted: Option<usize>,
    /// Weights at the end of the last block; `None` before the first sound.
    last: Option<[f32; 2]>,
}

/// Decaying sums of the energies of two channels and of their product.
#[derive(Debug, Clone, Copy, Default)]
struct Energies {
    first: f32,
    second: f32,
    product: f32,
}

impl Mixer {
    /// Creates a mixer for these channels.
    pub(super) fn new(rate: u32, channels: &Channels) -> Self {
        Self {
            block: (rate / BLOCKS_PER_SECOND).max(1) as usize,
            weights: position_weights(channels),
            pairs: vec![Pair::default(); channels.count().saturating_sub(1)],
            waiting: Vec::new(),
        }
    }

    /// Mixes interleaved samples in whole blocks and appends the result to `mono`.
    pub(super) fn push(&mut self, interleaved: &[f32], mono: &mut Vec<f32>) {
        let channels = self.weights.len();
        if channels <= 1 {
            mono.extend_from_slice(interleaved);
            return;
        }
        self.waiting.extend_from_slice(interleaved);
        let whole = self.waiting.len() / (self.block * channels) * (self.block * channels);
        let rest = self.waiting.split_off(whole);
        let blocks = std::mem::replace(&mut self.waiting, rest);
        for block in blocks.chunks_exact(self.block * channels) {
            self.mix(block, mono);
        }
    }

    /// Mixes the samples that do not fill a block.
    pub(super) fn finish(&mut self, mono: &mut Vec<f32>) {
        let rest = std::mem::take(&mut self.waiting);
        if !rest.is_empty() {
            self.mix(&rest, mono);
        }
    }

    fn mix(&mut self, block: &[f32], mono: &mut Vec<f32>) {
        let channels = self.weights.len();
        let channel = |index: usize| {
            let weight = self.weights[index];
            block.chunks_exact(channels).map(move |frame| frame[index] * weight)
        };
        let mut mix: Vec<f32> = channel(0).collect();
        for (index, pair) in (1..).zip(&mut self.pairs) {
            if self.weights[index] > 0.0 {
                pair.add(&mut mix, channel(index));
            }
        }
        mono.extend(mix.into_iter().map(|sample| sample.clamp(-1.0, 1.0)));
    }
}

impl Pair {
    /// Adds a block of a channel to the mix, with weights that change linearly within the block.
    fn add(&mut self, mix: &mut [f32], channel: impl Iterator<Item = f32> + Clone) {
        let mut now = Energies::default();
        for (&first, second) in mix.iter().zip(channel.clone()) {
            now.first += first * first;
            now.second += second * second;
            now.product += first * second;
        }
        let Some(wanted) = self.weights(now) else { return };
        let last = self.last.replace(wanted).unwrap_or(wanted);
        #[expect(clippy::cast_precision_loss, reason = "a block has at most 7680 samples")]
        let step = 1.0 / mix.len() as f32;
        let mut way = 0.0;
        for (sample, second) in mix.iter_mut().zip(channel) {
            way += step;
            let weight = |side: usize| last[side] + (wanted[side] - last[side]) * way;
            *sample = *sample * weight(0) + second * weight(1);
        }
    }

    /// Computes the weights that make the sum as loud as the louder one. `None` while both are silent.
    fn weights(&mut self, now: Energies) -> Option<[f32; 2]> {
        self.slow.add(now, CORRELATION_DECAY);
        self.fast.add(now, LEVEL_DECAY);
        self.inverted = self.slow.inverted(self.inverted);
        let signs = [0, 1].map(|side| if self.inverted == Some(side) { -1.0 } else { 1.0 });
        let Energies { first, second, product } = self.fast;
        let sum = first + second + 2.0 * signs[0] * signs[1] * product;
        let louder = first.max(second);
        // A sum that cancels all the same is not amplified.
        let gain = if sum > louder { (louder / sum).sqrt() } else { 1.0 };
        (louder > 0.0).then_some(signs.map(|sign| sign * gain))
    }
}

impl Energies {
    fn add(&mut self, now: Self, decay: f32) {
        self.first = self.first * decay + now.first;
        self.second = self.second * decay + now.second;
        self.product = self.product * decay + now.product;
    }

    /// Chooses the channel to invert, given the previous choice. It is the quieter one, so that the louder
    /// one continues without a dip.
    fn inverted(&self, before: Option<usize>) -> Option<usize> {
        let Self { first, second, product } = *self;
        if first.min(second) < SILENT * first.max(second) {
            return before;
        }
        let correlation = product / (first * second).sqrt();
        if correlation > -OPPOSITE {
            None
        } else if correlation < OPPOSITE && before.is_none() {
            Some(usize::from(second <= first))
        } else {
            before
        }
    }
}

/// Weight of each channel, in canonical order.
fn position_weights(channels: &Channels) -> Vec<f32> {
    let Channels::Positioned(positions) = channels else { return vec![1.0; channels.count()] };
    let low_frequency = Position::LFE1 | Position::LFE2;
    let front = Position::FRONT_LEFT
        | Position::FRONT_RIGHT
        | Position::FRONT_CENTER
        | Position::FRONT_LEFT_CENTER
        | Position::FRONT_RIGHT_CENTER
        | Position::FRONT_LEFT_WIDE
        | Position::FRONT_RIGHT_WIDE;
    let is_front = positions.intersects(front);
    let weight = |position: Position| match position {
        _ if low_frequency.contains(position) => 0.0,
        _ if is_front && !front.contains(position) => SURROUND,
        _ => 1.0,
    };
    positions.iter().map(weight).collect()
}

#[cfg(test)]
mod tests {
    use std::f32::consts::TAU;

    use symphonia::core::audio::layouts::{CHANNEL_LAYOUT_5P1, CHANNEL_LAYOUT_STEREO};

    use super::*;

    const RATE: u32 = 16_000;

    /// A second of a tone of half amplitude.
    #[expect(clippy::cast_precision_loss, reason = "a second of samples")]
    fn tone(hertz: f32) -> Vec<f32> {
        (0..RATE).map(|at| 0.5 * (TAU * hertz * at as f32 / RATE as f32).sin()).collect()
    }

    fn mixed(channels: &Channels, interleaved: &[f32], piece: usize) -> Vec<f32> {
        let (mut mixer, mut mono) = (Mixer::new(RATE, channels), Vec::new());
        for piece in interleaved.chunks(piece * channels.count()) {
            mixer.push(piece, &mut mono);
        }
        mixer.finish(&mut mono);
        mono
    }

    fn stereo(left: &[f32], right: impl Iterator<Item = f32>) -> Vec<f32> {
        left.iter().zip(right).flat_map(|(&left, right)| [left, right]).collect()
    }

    fn rms(samples: &[f32]) -> f32 {
        watchme_core::rules::level(samples)
    }

    #[test]
    fn a_voice_is_as_loud_as_alone_in_one_channel_in_both_or_inverted() {
        let voice = tone(440.0);
        for share in [0.0, 1.0, -1.0, 0.1, -0.1, 0.5, -0.5] {
            let right = voice.iter().map(|sample| sample * share);
            let mono = mixed(&CHANNEL_LAYOUT_STEREO, &stereo(&voice, right), 999);
            let largest = mono.iter().zip(&voice).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
            assert!(largest < 1e-3, "{largest} with {share}");
        }
    }

    #[test]
    fn two_voices_are_both_heard() {
        let (one, other) = (tone(440.0), tone(1000.0));
        let mono = mixed(&CHANNEL_LAYOUT_STEREO, &stereo(&one, other.iter().copied()), 320);
        for voice in [one, other] {
            let dot: f32 = mono.iter().zip(&voice).map(|(a, b)| a * b).sum();
            let energy: f32 = voice.iter().map(|sample| sample * sample).sum();
            assert!((0.69..0.72).contains(&(dot / energy)), "{}", dot / energy);
        }
    }

    #[test]
    fn voices_that_take_turns_are_each_as_loud_as_alone() {
        let silence = vec![0.0; RATE as usize];
        let turns = [
            stereo(&tone(440.0), silence.iter().copied()),
            stereo(&silence, tone(300.0).into_iter()),
            stereo(&tone(200.0), tone(200.0).into_iter()),
        ];
        let mono = mixed(&CHANNEL_LAYOUT_STEREO, &turns.concat().repeat(3), 512);
        for turn in mono.chunks(RATE as usize) {
            // The last quarter of each: what was before has faded.
            let loudness = rms(&turn[RATE as usize * 3 / 4..]) / rms(&tone(440.0));
            assert!((0.98..1.02).contains(&loudness), "{loudness}");
        }
    }

    #[test]
    fn the_centre_of_5_1_is_as_loud_as_alone_and_the_lfe_channel_is_left_out() {
        let voice = tone(440.0);
        let centre = |sample: &f32| [0.0, 0.0, *sample, 0.9, 0.0, 0.0];
        let interleaved: Vec<f32> = voice.iter().flat_map(centre).collect();
        let mono = mixed(&CHANNEL_LAYOUT_5P1, &interleaved, 512);
        assert!((rms(&mono) / rms(&voice) - 1.0).abs() < 1e-3);
    }

    #[test]
    fn the_mix_does_not_depend_on_how_the_samples_arrive() {
        let right = tone(300.0);
        let interleaved = stereo(&tone(440.0), right.iter().copied());
        let whole = mixed(&CHANNEL_LAYOUT_STEREO, &interleaved, RATE as usize);
        assert_eq!(whole.len(), RATE as usize);
        for piece in [1, 7, 320, 5000] {
            assert!(mixed(&CHANNEL_LAYOUT_STEREO, &interleaved, piece) == whole, "{piece}");
        }
    }
}
