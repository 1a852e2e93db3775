//! Voice activity detection: the probability of voice in each VAD frame of a recording.

mod gain;
#[cfg(test)]
mod tests;

use watchme_inference::VoiceDetector;

pub(super) use watchme_inference::VAD_FRAME;

use self::gain::AutomaticGain;

/// Detector of voice in one recording, which is amplified to the level that the detector works best at.
#[derive(Debug, Default)]
pub(super) struct Voice {
    gain: AutomaticGain,
    detector: VoiceDetector,
}

impl Voice {
    /// Takes the next samples. Returns the probabilities, 0 to 1, of the VAD frames that can be judged by
    /// now, in order: they lag some seconds behind the samples.
    pub(super) fn push(&mut self, samples: &[f32]) -> Vec<f32> {
        let mut probabilities = Vec::new();
        self.gain.push(samples, |frame| judge(&mut self.detector, frame, &mut probabilities));
        probabilities
    }

    /// Returns the probabilities of the remaining VAD frames; the last one may be cut short.
    pub(super) fn finish(&mut self) -> Vec<f32> {
        let mut probabilities = Vec::new();
        self.gain.finish(|frame| judge(&mut self.detector, frame, &mut probabilities));
        self.detector.finish(&mut probabilities);
        probabilities
    }
}

/// Judges a VAD frame. `None` is inaudible: nobody speaks, and the detector starts afresh after it.
fn judge(detector: &mut VoiceDetector, frame: Option<&[f32]>, probabilities: &mut Vec<f32>) {
    if let Some(frame) = frame {
        detector.push(frame, probabilities);
    } else {
        detector.finish(probabilities);
        probabilities.push(0.0);
    }
}
