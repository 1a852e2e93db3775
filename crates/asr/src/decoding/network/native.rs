//! The network computed here, by crates/inference, without whisper.cpp.

use std::io;
use std::num::NonZeroUsize;
use std::path::Path;
use std::time::Instant;

use watchme_core::TranscribeError;
use watchme_inference::decoder::{DecodeError, Decoder};
use watchme_inference::{Encoder, Spectrum, WrongLength};

use super::{Network, NetworkTimes, Token};
use crate::config::Precision;
use crate::models::{Architecture, Weights};

/// A model laid out for this processor.
pub(in crate::decoding) struct Native {
    spectrum: Spectrum,
    encoder: Encoder,
    decoder: Decoder,
    threads: NonZeroUsize,
    /// What the encoder hears, and what it finds.
    window: Vec<f32>,
    found: Vec<f32>,
    times: NetworkTimes,
}

/// Lays out the model at `path`. `None` where whisper.cpp computes it as well or better: a processor
/// without wide instructions, weights of an uncommon type. Blocking: reads the whole file.
pub(in crate::decoding) fn load(
    path: &Path,
    architecture: Architecture,
    precision: Precision,
    threads: NonZeroUsize,
) -> Option<Native> {
    match lay_out(path, architecture, precision, threads) {
        Ok(native) => native,
        Err(Trouble(reason)) => {
            tracing::info!(reason, "the model is left to whisper.cpp");
            None
        }
    }
}

fn lay_out(
    path: &Path,
    architecture: Architecture,
    precision: Precision,
    threads: NonZeroUsize,
) -> Result<Option<Native>, Trouble> {
    let mut weights = Weights::open(path)?;
    let unread = || Trouble::from(io::Error::from(io::ErrorKind::Unsupported));
    let precision = precision.of(weights.numbers()).ok_or_else(unread)?;
    let filters = weights.filters(architecture.mel_bands)?;
    let spectrum = Spectrum::new(&filters, architecture.mel_bands as usize)?;
    let encoder = Encoder::new(architecture.encoder_shape(), precision, |name| {
        weights.read(name).map_err(Trouble::from)
    })?;
    let Some(encoder) = encoder else { return Ok(None) };
    let mut tensors = |name: &str, take: &mut dyn FnMut(&[f32])| {
        weights.read_in_pieces(name, take).map_err(Trouble::from)
    };
    let shape = architecture.decoder_shape();
    let Some(decoder) = Decoder::new(shape, precision, threads, &mut tensors)? else {
        return Ok(None);
    };
    let found = vec![0.0; encoder.row_numbers()];
    let (window, times) = (Vec::new(), NetworkTimes::default());
    Ok(Some(Native { spectrum, encoder, decoder, threads, window, found, times }))
}

impl Network for Native {
    fn set_audio(&mut self, samples: &[f32]) -> Result<(), TranscribeError> {
        self.spectrum.listen(samples);
        Ok(())
    }

    fn encode(&mut self, frame: usize) -> Result<(), TranscribeError> {
        let started = Instant::now();
        self.spectrum.window(frame, &mut self.window);
        let done = self.encoder.encode(&self.window, &mut self.found, self.threads);
        done.map_err(|error| failure(&error))?;
        let encoder = started.elapsed();
        self.decoder.listen(&self.found).map_err(|error| failure(&error))?;
        self.times.encoder_runs += 1;
        self.times.encoder += encoder;
        self.times.cross_attention += started.elapsed().saturating_sub(encoder);
        Ok(())
    }

    fn decode(&mut self, tokens: &[Token], past: usize) -> Result<&[f32], TranscribeError> {
        self.decoder.write(tokens, past).map_err(|error: DecodeError| failure(&error))
    }

    fn set_threads(&mut self, threads: NonZeroUsize) {
        self.threads = threads;
        self.decoder.set_threads(threads);
    }

    fn kernel(&self) -> &'static str {
        self.encoder.kernel()
    }

    fn times(&self) -> NetworkTimes {
        self.times
    }
}

/// Why the weights cannot be laid out.
struct Trouble(String);

impl From<io::Error> for Trouble {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::Unsupported => Self("its weights are of an uncommon type".to_owned()),
            _ => Self(error.to_string()),
        }
    }
}

impl From<WrongLength> for Trouble {
    fn from(error: WrongLength) -> Self {
        Self(error.to_string())
    }
}

fn failure(error: &dyn std::error::Error) -> TranscribeError {
    TranscribeError::Engine { reason: error.to_string() }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::super::whisper_cpp::WhisperCpp;
    use super::*;
    use crate::audio::{Step, Windows};
    use crate::models::quantised::quantise;
    use crate::models::{ModelLibrary, ModelOrigin};

    /// A prompt of three, and what may follow it.
    const TOKENS: [&[Token]; 4] = [&[50_258, 50_266, 50_359], &[50_364], &[1000], &[2000, 300]];

    fn models() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models")
    }

    /// The first window of speech of a recording.
    fn first_speech() -> Vec<f32> {
        let mut windows = Windows::open(&models().join("recordings/ja-02.wav")).unwrap();
        loop {
            if let Some(Step::Window(window)) = windows.advance().unwrap() {
                return window.samples;
            }
        }
    }

    /// What comes after each piece of [`TOKENS`], from two places of a recording.
    fn logits_of(network: &mut dyn Network) -> Vec<Vec<f32>> {
        network.set_audio(&first_speech()).unwrap();
        let mut all = Vec::new();
        for frame in [0, 150] {
            network.encode(frame).unwrap();
            let mut past = 0;
            for tokens in TOKENS {
                all.push(network.decode(tokens, past).unwrap().to_vec());
                past += tokens.len();
            }
        }
        all
    }

    fn size(numbers: impl Iterator<Item = f32>) -> f64 {
        numbers.map(|it| f64::from(it) * f64::from(it)).sum::<f64>().sqrt()
    }

    /// Fails where logits are further off from whisper.cpp's, as a share of these, than is allowed.
    fn compare(path: &Path, allowed: &[(Precision, f64)]) {
        let library = ModelLibrary::new(models(), None);
        let origin = ModelOrigin::File(path.to_owned());
        let architecture = library.verify(&origin).unwrap().architecture;
        let one = NonZeroUsize::MIN;
        let expected = logits_of(&mut WhisperCpp::load_with(path, one, false).unwrap());
        for &(precision, allowed) in allowed {
            let Some(mut native) = load(path, architecture, precision, one) else { return };
            for (at, (found, expected)) in logits_of(&mut native).iter().zip(&expected).enumerate()
            {
                assert_eq!(found.len(), expected.len());
                let differences = found.iter().zip(expected).map(|(one, other)| one - other);
                let difference = size(differences) / size(expected.iter().copied());
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
