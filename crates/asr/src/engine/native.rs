//! The network computed here, by crates/encoder, without whisper.cpp.

use std::io;
use std::num::NonZeroUsize;
use std::path::Path;
use std::time::Instant;

use watchme_core::TranscribeError;
use watchme_encoder::decoder::{self, DecodeError, Decoder};
use watchme_encoder::{self as own, Encoder, Spectrum, WrongLength};

use super::clock::Parts;
use super::network::{Network, Token};
use crate::config::Precision;
use crate::models::{Architecture, Weights};

/// The audio of one window in its forms and what the decoder and resampler before it take, the
/// vocabulary, and what the allocator does not give back.
const FIXED_BYTES: u64 = 32_000_000;

/// A model laid out for this processor.
pub(super) struct Native {
    spectrum: Spectrum,
    encoder: Encoder,
    decoder: Decoder,
    threads: NonZeroUsize,
    /// What the encoder hears, and what it finds.
    window: Vec<f32>,
    found: Vec<f32>,
    parts: Parts,
}

/// How many bytes a model takes at most when it is computed here. `None` where this processor has
/// nothing that is worth it.
pub(super) fn need_bytes(architecture: Architecture, precision: Precision) -> Option<u64> {
    let precision = of_floats(precision);
    let encoder = Encoder::need_bytes(encoder_shape(architecture), precision)?;
    let decoder = Decoder::need_bytes(decoder_shape(architecture), precision)?;
    Some(encoder + decoder + FIXED_BYTES)
}

/// Lays out the model at `path`. `None` where whisper.cpp computes it as well or better: a processor
/// without wide instructions, weights of an uncommon type. Blocking: reads the whole file.
pub(super) fn load(
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
    // Numbers of a quantised file are known no better than in 8 bits.
    let precision =
        if weights.are_quantised() { own::Precision::Eight } else { of_floats(precision) };
    let filters = weights.filters(architecture.mel_bands)?;
    let spectrum = Spectrum::new(&filters, architecture.mel_bands as usize)?;
    let encoder = Encoder::new(encoder_shape(architecture), precision, |name| {
        weights.read(name).map_err(Trouble::from)
    })?;
    let Some(encoder) = encoder else { return Ok(None) };
    let mut tensors = |name: &str, take: &mut dyn FnMut(&[f32])| {
        weights.read_in_pieces(name, take).map_err(Trouble::from)
    };
    let shape = decoder_shape(architecture);
    let Some(decoder) = Decoder::new(shape, precision, threads, &mut tensors)? else {
        return Ok(None);
    };
    let found = vec![0.0; encoder.row_numbers()];
    let (window, parts) = (Vec::new(), Parts::default());
    Ok(Some(Native { spectrum, encoder, decoder, threads, window, found, parts }))
}

impl Network for Native {
    fn listen(&mut self, samples: &[f32]) -> Result<(), TranscribeError> {
        self.spectrum.listen(samples);
        Ok(())
    }

    fn encode(&mut self, frame: usize) -> Result<(), TranscribeError> {
        let started = Instant::now();
        self.spectrum.window(frame, &mut self.window);
        let encoded = self.encoder.encode(&self.window, &mut self.found, self.threads);
        encoded.map_err(|error| failure(&error))?;
        let encoder = started.elapsed();
        self.decoder.listen(&self.found).map_err(|error| failure(&error))?;
        self.parts.passes += 1;
        self.parts.encoder += encoder;
        self.parts.products += started.elapsed() - encoder;
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

    fn parts(&self) -> Parts {
        self.parts
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

/// How weights that are floats are multiplied.
fn of_floats(precision: Precision) -> own::Precision {
    match precision {
        Precision::Fast => own::Precision::Sixteen,
        Precision::Exact => own::Precision::ThirtyTwo,
    }
}

fn encoder_shape(architecture: Architecture) -> own::Shape {
    own::Shape {
        width: architecture.width as usize,
        layers: architecture.audio_layers as usize,
        bands: architecture.mel_bands as usize,
    }
}

fn decoder_shape(architecture: Architecture) -> decoder::Shape {
    decoder::Shape {
        width: architecture.width as usize,
        layers: architecture.text_layers as usize,
        vocabulary: architecture.vocabulary as usize,
    }
}
