//! The network as `watchme-inference` computes it, without whisper.cpp.

use std::io;
use std::num::NonZeroUsize;
use std::path::Path;
use std::time::Instant;

use watchme_core::TranscribeError;
use watchme_inference::ggml::ModelFile;
use watchme_inference::{
    AudioContext, DecodeError, Decoder, Encoder, MAX_HYPOTHESES, MelSpectrogram, WrongLength,
};

use super::{Network, NetworkTimes, Token};
use crate::models::Architecture;
use crate::precision::Precision;

/// A model laid out for this processor.
pub(in crate::decoding) struct Native {
    spectrogram: MelSpectrogram,
    encoder: Encoder,
    decoder: Decoder,
    /// Input of the encoder: up to 30 s of the spectrogram.
    mel: Vec<f32>,
    encoder_output: Vec<f32>,
    times: NetworkTimes,
}

/// Lays out the verified model at `path`, whose weights are not of a foreign type. Blocking: reads the
/// whole file.
pub(in crate::decoding) fn load(
    path: &Path,
    architecture: Architecture,
    precision: Precision,
    threads: NonZeroUsize,
) -> Result<Native, TranscribeError> {
    lay_out(path, architecture, precision, threads).map_err(|LayoutError(reason)| {
        let reason = format!("`{}` cannot be loaded: {reason}", path.display());
        TranscribeError::Model { reason }
    })
}

fn lay_out(
    path: &Path,
    architecture: Architecture,
    precision: Precision,
    threads: NonZeroUsize,
) -> Result<Native, LayoutError> {
    let mut file = ModelFile::open(path)?;
    let unread = || LayoutError::from(io::Error::from(io::ErrorKind::Unsupported));
    let precision = precision.of(file.number_type().into()).ok_or_else(unread)?;
    let spectrogram = MelSpectrogram::new(file.mel_filters(), architecture.mel_bands as usize)?;
    let encoder = Encoder::new(architecture.encoder_shape(), precision, threads, &mut file)?;
    let decoder = Decoder::new(architecture.decoder_shape(), precision, threads, &mut file)?;
    let encoder_output = vec![0.0; encoder.output_len(AudioContext::FULL)];
    let (mel, times) = (Vec::new(), NetworkTimes::default());
    Ok(Native { spectrogram, encoder, decoder, mel, encoder_output, times })
}

impl Network for Native {
    fn set_audio(&mut self, samples: &[f32]) -> Result<(), TranscribeError> {
        self.spectrogram.compute(samples);
        Ok(())
    }

    fn encode(&mut self, frame: usize, count: usize) -> Result<usize, TranscribeError> {
        let started = Instant::now();
        let context = AudioContext::holding(count);
        self.spectrogram.frames_from(frame, context, &mut self.mel);
        let output = &mut self.encoder_output[..self.encoder.output_len(context)];
        self.encoder.encode(context, &self.mel, output).map_err(|error| failure(&error))?;
        let encoder = started.elapsed();
        self.decoder.set_audio(context, output).map_err(|error| failure(&error))?;
        self.times.encoder_runs += 1;
        self.times.encoder += encoder;
        self.times.cross_attention += started.elapsed().saturating_sub(encoder);
        Ok(context.frames())
    }

    fn decode(&mut self, tokens: &[Token], past: usize) -> Result<&[f32], TranscribeError> {
        self.decoder.forward(tokens, past).map_err(|error: DecodeError| failure(&error))
    }

    fn max_hypotheses(&self) -> usize {
        MAX_HYPOTHESES
    }

    fn decode_beam(
        &mut self,
        tokens: &[Token],
        parents: &[usize],
        past: usize,
    ) -> Result<&[f32], TranscribeError> {
        let logits = self.decoder.forward_beam(tokens, parents, past);
        logits.map_err(|error| failure(&error))
    }

    fn set_threads(&mut self, threads: NonZeroUsize) {
        self.encoder.set_threads(threads);
        self.decoder.set_threads(threads);
    }

    fn kernel(&self) -> &'static str {
        self.encoder.kernel()
    }

    fn times(&self) -> NetworkTimes {
        self.times
    }
}

/// Reason why the weights cannot be laid out.
struct LayoutError(String);

impl From<io::Error> for LayoutError {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::Unsupported => Self("its weights are of an uncommon type".to_owned()),
            _ => Self(error.to_string()),
        }
    }
}

impl From<WrongLength> for LayoutError {
    fn from(error: WrongLength) -> Self {
        Self(error.to_string())
    }
}

fn failure(error: &dyn std::error::Error) -> TranscribeError {
    TranscribeError::Engine { reason: error.to_string() }
}

#[cfg(feature = "whisper-cpp")]
#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::super::whisper_cpp::WhisperCpp;
    use super::*;
    use crate::audio::{Advance, Windows};
    use crate::decoding::frames::ENCODER_FRAMES;
    use crate::models::tests::quantised::quantise;
    use crate::models::{ModelLibrary, ModelOrigin};

    /// A prompt of three tokens, and tokens that may follow it.
    const TOKENS: [&[Token]; 4] = [&[50_258, 50_266, 50_359], &[50_364], &[1000], &[2000, 300]];

    fn models() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models")
    }

    /// Reads the first window of speech of a recording.
    fn first_speech() -> Vec<f32> {
        let mut windows = Windows::open(&models().join("recordings/ja-02.wav")).unwrap();
        loop {
            if let Some(Advance::Window(window)) = windows.advance().unwrap() {
                return window.samples;
            }
        }
    }

    /// Returns the logits after each piece of [`TOKENS`], for two passes over a recording.
    fn logits_of(network: &mut dyn Network) -> Vec<Vec<f32>> {
        network.set_audio(&first_speech()).unwrap();
        let mut all = Vec::new();
        for frame in [0, 150] {
            network.encode(frame, ENCODER_FRAMES).unwrap();
            let mut past = 0;
            for tokens in TOKENS {
                all.push(network.decode(tokens, past).unwrap().to_vec());
                past += tokens.len();
            }
        }
        all
    }

    /// Euclidean norm.
    fn norm(numbers: impl Iterator<Item = f32>) -> f64 {
        numbers.map(|it| f64::from(it) * f64::from(it)).sum::<f64>().sqrt()
    }

    /// Fails if the logits differ from whisper.cpp's by more than an allowed share of these.
    fn compare(path: &Path, allowed: &[(Precision, f64)]) {
        let library = ModelLibrary::new(models(), None);
        let origin = ModelOrigin::File(path.to_owned());
        let architecture = library.verify(&origin).unwrap().architecture;
        let one = NonZeroUsize::MIN;
        let expected = logits_of(&mut WhisperCpp::load_with(path, one, false).unwrap());
        for &(precision, allowed) in allowed {
            let mut native = load(path, architecture, precision, one).unwrap();
            for (at, (found, expected)) in logits_of(&mut native).iter().zip(&expected).enumerate()
            {
                assert_eq!(found.len(), expected.len());
                let differences = found.iter().zip(expected).map(|(one, other)| one - other);
                let difference = norm(differences) / norm(expected.iter().copied());
                assert!(difference < allowed, "{precision:?}, {at}: off by {difference}");
            }
        }
    }

    #[test]
    fn its_logits_are_those_of_whisper_cpp() {
        let path = models().join("ggml-synth-tiny.bin");
        compare(&path, &[(Precision::Exact, 0.0005), (Precision::Fast, 0.005)]);
    }

    #[test]
    fn the_logits_of_a_quantised_model_are_those_of_whisper_cpp() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ggml-synth-tiny-q8_0.bin");
        quantise(&models().join("ggml-synth-tiny.bin"), &path);
        compare(&path, &[(Precision::Fast, 0.02)]);
    }
}
