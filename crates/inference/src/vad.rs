//! Voice activity detection with Silero's network, which gives the probability of speech.
//!
//! The network and its weights are those of [silero-vad] 6.2.3 for 16 kHz (MIT, see
//! `weights/README.md`): a windowed Fourier transform, four convolutions, an LSTM cell that remembers
//! earlier frames, and a sigmoid.
//!
//! [silero-vad]: https://github.com/snakers4/silero-vad

mod layers;
mod spectrum;
mod weights;

use std::fmt;

use self::layers::{BATCH, Layers, State};
use self::weights::Weights;
use crate::kernel::{AttentionKernel, Instructions, Kernels, MatMul, RowKernel, WithKernels};
use crate::shape::Precision;

/// Samples of a frame, which gets one probability of speech: 32 ms at 16 kHz.
pub const VAD_FRAME: usize = 512;

/// Samples before a frame that the network sees as well: 4 ms.
const CONTEXT: usize = 64;

/// Detector of voice activity in one recording, with the state that it carries from frame to frame.
pub struct VoiceDetector {
    network: Box<dyn Network>,
    state: State,
    /// Context of the next frame, and samples that do not fill a batch yet.
    waiting: Vec<f32>,
}

/// The network, whatever its kernels.
trait Network: Send {
    /// Appends the probability of each frame in `samples`: the context of the first, and at most
    /// [`BATCH`] frames.
    fn forward(&mut self, samples: &[f32], state: &mut State, probabilities: &mut Vec<f32>);
}

impl VoiceDetector {
    /// Makes a detector that has heard nothing yet, for the fastest instructions of this processor.
    #[must_use]
    pub fn new() -> Self {
        Self::with_instructions(Instructions::detect())
    }

    /// Does the same for instructions of the caller's choice, to compare them.
    #[must_use]
    pub fn with_instructions(instructions: Instructions) -> Self {
        // Probabilities that depend on the processor would make its texts differ.
        let network = instructions.with_kernels(Precision::F32, Load);
        Self { network, state: State::default(), waiting: vec![0.0; CONTEXT] }
    }

    /// Takes the next samples, mono at 16 kHz between -1 and 1, and appends the probability of speech,
    /// 0 to 1, of each [`VAD_FRAME`] that is computed by now. Frames are computed some at a time, so
    /// that the last ones come with later samples or with [`VoiceDetector::finish`].
    pub fn push(&mut self, samples: &[f32], probabilities: &mut Vec<f32>) {
        const SAMPLES: usize = BATCH * VAD_FRAME;
        self.waiting.extend_from_slice(samples);
        let mut start = 0;
        while let Some(batch) = self.waiting.get(start..start + CONTEXT + SAMPLES) {
            self.network.forward(batch, &mut self.state, probabilities);
            start += SAMPLES;
        }
        self.waiting.drain(..start);
    }

    /// Appends the probabilities of the remaining frames, the last one filled up with silence, and
    /// forgets what was heard.
    pub fn finish(&mut self, probabilities: &mut Vec<f32>) {
        let frames = (self.waiting.len() - CONTEXT).div_ceil(VAD_FRAME);
        if frames > 0 {
            self.waiting.resize(CONTEXT + frames * VAD_FRAME, 0.0);
            self.network.forward(&self.waiting, &mut self.state, probabilities);
        }
        self.waiting = vec![0.0; CONTEXT];
        self.state = State::default();
    }
}

impl Default for VoiceDetector {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for VoiceDetector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VoiceDetector").finish_non_exhaustive()
    }
}

struct Load;

impl WithKernels for Load {
    type Output = Box<dyn Network>;

    fn run<L: MatMul, K: AttentionKernel, R: RowKernel>(
        self,
        kernels: Kernels<L, K, R>,
    ) -> Self::Output {
        Box::new(Layers::new(kernels.attention, kernels.rows, &Weights::included()))
    }
}
