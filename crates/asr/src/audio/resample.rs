//! Resamples a stream to 16 kHz, whatever its rate is and however often that changes.

use rubato::audioadapter_buffers::direct::InterleavedSlice;
use rubato::{Fft, FixedSync, Indexing, Resampler as _, WindowFunction};

use super::SAMPLE_RATE;
use super::fault::Fault;

/// Blocks of the FFT are about 50 ms long: the longer a block, the sharper the low-pass filter, and
/// 50 ms keep all but the top 2 % of the band.
const BLOCKS_PER_SECOND: u32 = 20;

/// A stream of more rates than this is no recording. Each change costs up to 0.1 s.
const MAX_CHANGES: u32 = 100;

/// Brings samples to [`SAMPLE_RATE`].
#[derive(Default)]
pub(super) struct Resampler {
    run: Option<Run>,
    changes: u32,
}

/// A run of samples at one rate.
struct Run {
    rate: u32,
    /// Absent where the rate is right already: then no bit is changed.
    converter: Option<Converter>,
}

struct Converter {
    rate: u32,
    fft: Fft<f32>,
    /// Input that does not fill a block yet.
    input: Vec<f32>,
    output: Vec<f32>,
    consumed: u64,
    produced: u64,
    /// Samples of the output that are still the filter's delay and not sound.
    delay: usize,
}

impl Resampler {
    /// Appends `samples`, taken `rate` times a second, to `out` as far as whole blocks go.
    pub(super) fn push(
        &mut self,
        rate: u32,
        samples: &[f32],
        out: &mut Vec<f32>,
    ) -> Result<(), Fault> {
        if self.run.as_ref().is_none_or(|run| run.rate != rate) {
            self.finish(out)?;
            self.changes += 1;
            if self.changes > MAX_CHANGES {
                let reason = format!("its sample rate changes more than {MAX_CHANGES} times");
                return Err(Fault::Broken { container: "audio", reason });
            }
            let converter = (rate != SAMPLE_RATE).then(|| Converter::new(rate)).transpose()?;
            self.run = Some(Run { rate, converter });
        }
        let converter = self.run.as_mut().and_then(|run| run.converter.as_mut());
        if let Some(converter) = converter {
            return converter.push(samples, out);
        }
        out.extend_from_slice(samples);
        Ok(())
    }

    /// Appends the samples that are still inside to `out`.
    pub(super) fn finish(&mut self, out: &mut Vec<f32>) -> Result<(), Fault> {
        match self.run.take().and_then(|run| run.converter) {
            Some(mut converter) => converter.finish(out),
            None => Ok(()),
        }
    }
}

impl Converter {
    fn new(rate: u32) -> Result<Self, Fault> {
        let fft = Fft::new_custom(
            rate as usize,
            SAMPLE_RATE as usize,
            block_of(rate) as usize,
            1,
            1,
            WindowFunction::BlackmanHarris2,
            FixedSync::Both,
        )
        .map_err(|error| Fault::Resampler(error.to_string()))?;
        Ok(Self {
            rate,
            input: Vec::with_capacity(fft.input_frames_max()),
            output: vec![0.0; fft.output_frames_max()],
            consumed: 0,
            produced: 0,
            delay: fft.output_delay(),
            fft,
        })
    }

    fn push(&mut self, mut samples: &[f32], out: &mut Vec<f32>) -> Result<(), Fault> {
        self.consumed += samples.len() as u64;
        while !samples.is_empty() {
            let block = self.fft.input_frames_next();
            let missing = block.saturating_sub(self.input.len());
            let (now, later) = samples.split_at(missing.min(samples.len()));
            self.input.extend_from_slice(now);
            samples = later;
            if self.input.len() >= block {
                self.convert(block, out)?;
            }
        }
        Ok(())
    }

    /// Pads with silence until as much came out as went in.
    fn finish(&mut self, out: &mut Vec<f32>) -> Result<(), Fault> {
        let rate = u64::from(self.rate);
        let expected = (self.consumed * u64::from(SAMPLE_RATE) + rate / 2) / rate;
        while self.produced < expected {
            let there = self.input.len();
            self.input.resize(self.fft.input_frames_next(), 0.0);
            self.convert(there, out)?;
        }
        let surplus = usize::try_from(self.produced - expected).unwrap_or(usize::MAX);
        out.truncate(out.len().saturating_sub(surplus));
        Ok(())
    }

    /// Converts one block of input, of which the first `there` samples are sound.
    fn convert(&mut self, there: usize, out: &mut Vec<f32>) -> Result<(), Fault> {
        let fault = |error: &dyn std::fmt::Display| Fault::Resampler(error.to_string());
        let block = self.fft.output_frames_next();
        let input =
            InterleavedSlice::new(&self.input, 1, self.input.len()).map_err(|e| fault(&e))?;
        let length = self.output.len();
        let mut output =
            InterleavedSlice::new_mut(&mut self.output, 1, length).map_err(|e| fault(&e))?;
        let indexing = Indexing::new().partial_len(there);
        let (_, written) = self
            .fft
            .process_into_buffer(&input, &mut output, Some(&indexing))
            .map_err(|e| fault(&e))?;
        debug_assert_eq!(written, block);
        self.input.clear();
        let sound = &self.output[self.delay.min(written)..written];
        self.delay = self.delay.saturating_sub(written);
        self.produced += sound.len() as u64;
        // A filter overshoots at an edge.
        out.extend(sound.iter().map(|sample| sample.clamp(-1.0, 1.0)));
        Ok(())
    }
}

/// Samples at `rate` that are converted at once: a multiple of what both rates share, and an even
/// one where that is not too long, so that the middle of the filter falls on a sample.
fn block_of(rate: u32) -> u32 {
    let shared = rate / common_divisor(rate, SAMPLE_RATE);
    let wanted = rate / BLOCKS_PER_SECOND;
    let unit = if shared <= wanted { 2 * shared } else { shared };
    wanted.next_multiple_of(unit)
}

fn common_divisor(a: u32, b: u32) -> u32 {
    if b == 0 { a } else { common_divisor(b, a % b) }
}
