//! Whether the encoder is computed here instead of by whisper.cpp.

use std::io;
use std::num::NonZeroUsize;
use std::path::Path;

use watchme_encoder::{Encoder, Precision, Shape, WrongLength};

use super::ffi::{OwnEncoder, is_asked_for};
use crate::models::{Architecture, Weights};

/// How many bytes the encoder of a model takes when it is computed here.
pub(super) fn need_bytes(architecture: Architecture) -> Option<u64> {
    Encoder::need_bytes(shape(architecture)).filter(|_| is_asked_for())
}

/// Lays out the encoder of the model at `path`. `None` where whisper.cpp computes it as well or
/// better: a processor without matrix instructions, weights of an uncommon type. Blocking.
pub(super) fn lay_out(
    path: &Path,
    architecture: Architecture,
    threads: NonZeroUsize,
) -> Option<OwnEncoder> {
    let laid_out = Weights::open(path).map_err(Trouble::from).and_then(|mut weights| {
        // whisper.cpp itself multiplies the numbers of a quantised file as integers of 8 bits.
        let precision =
            if weights.are_quantised() { Precision::Eight } else { Precision::Sixteen };
        Encoder::new(shape(architecture), precision, |name| {
            weights.read(name).map_err(Trouble::from)
        })
    });
    match laid_out {
        Ok(encoder) => encoder.map(|encoder| {
            tracing::debug!(kernel = encoder.kernel(), "the encoder is computed here");
            OwnEncoder::new(encoder, threads)
        }),
        Err(Trouble(reason)) => {
            tracing::info!(reason, "the encoder is left to whisper.cpp");
            None
        }
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

fn shape(architecture: Architecture) -> Shape {
    Shape {
        width: architecture.width as usize,
        layers: architecture.audio_layers as usize,
        bands: architecture.mel_bands as usize,
    }
}
