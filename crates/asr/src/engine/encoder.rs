//! Whether the encoder is computed here instead of by whisper.cpp.

use std::io;
use std::num::NonZeroUsize;
use std::path::Path;

use watchme_encoder::{self as own, Encoder, Shape, WrongLength};

use super::ffi::{OwnEncoder, is_asked_for};
use crate::config::Precision;
use crate::models::{Architecture, Weights};

/// How many bytes the encoder of a model takes at most when it is computed here.
pub(super) fn need_bytes(architecture: Architecture, precision: Precision) -> Option<u64> {
    Encoder::need_bytes(shape(architecture), of_floats(precision)).filter(|_| is_asked_for())
}

/// Lays out the encoder of the model at `path`. `None` where whisper.cpp computes it as well or
/// better: a processor without matrix instructions, weights of an uncommon type. Blocking.
pub(super) fn lay_out(
    path: &Path,
    architecture: Architecture,
    precision: Precision,
    threads: NonZeroUsize,
) -> Option<OwnEncoder> {
    let laid_out = Weights::open(path).map_err(Trouble::from).and_then(|mut weights| {
        // whisper.cpp itself multiplies the numbers of a quantised file as integers of 8 bits.
        let precision =
            if weights.are_quantised() { own::Precision::Eight } else { of_floats(precision) };
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

/// How weights that are floats are multiplied.
fn of_floats(precision: Precision) -> own::Precision {
    match precision {
        Precision::Fast => own::Precision::Sixteen,
        Precision::Exact => own::Precision::ThirtyTwo,
    }
}

fn shape(architecture: Architecture) -> Shape {
    Shape {
        width: architecture.width as usize,
        layers: architecture.audio_layers as usize,
        bands: architecture.mel_bands as usize,
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use whisper_rs::{WhisperContext, WhisperContextParameters};

    use super::super::ffi::leave_to_ggml;
    use super::*;
    use crate::models::{ModelLibrary, ModelOrigin};

    /// What the decoder makes of a spectrum when nothing is written yet.
    fn logits(path: &Path, own: Option<&OwnEncoder>) -> Vec<f32> {
        let mut parameters = WhisperContextParameters::new();
        parameters.flash_attn(false);
        let context = WhisperContext::new_with_params(path, parameters).unwrap();
        let create = || context.create_state().unwrap();
        let mut state = own.map_or_else(create, |own| own.offer(create));
        let tone: Vec<f32> = (0_u16..48_000).map(|it| (f32::from(it) * 0.1).sin() * 0.3).collect();
        state.pcm_to_mel(&tone, 1).unwrap();
        state.encode(0, 1).unwrap();
        state.decode(&[context.token_sot()], 0, 1).unwrap();
        state.get_logits().unwrap().to_vec()
    }

    #[test]
    fn the_decoder_hears_what_whisper_cpp_would_have_it_hear() {
        assert!(
            is_asked_for(),
            "whisper.cpp was compiled without the CXXFLAGS of .cargo/config.toml"
        );
        let models = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models");
        let path: PathBuf = models.join("ggml-synth-tiny.bin");
        let library = ModelLibrary::new(models, None);
        let architecture = library.verify(&ModelOrigin::File(path.clone())).unwrap().architecture;
        let expected = leave_to_ggml(|| logits(&path, None));
        for (precision, allowed) in [(Precision::Exact, 0.002), (Precision::Fast, 0.02)] {
            let own = lay_out(&path, architecture, precision, NonZeroUsize::MIN);
            let Some(own) = own else { return };
            let found = logits(&path, Some(&own));
            assert_ne!(found, expected, "it was not asked");
            let size = |numbers: &mut dyn Iterator<Item = f32>| {
                numbers.map(|it| f64::from(it) * f64::from(it)).sum::<f64>().sqrt()
            };
            let mut differences =
                found.iter().zip(&expected).map(|(found, expected)| found - expected);
            let difference = size(&mut differences) / size(&mut expected.iter().copied());
            assert!(difference < allowed, "{precision:?}: off by {difference} of their size");
        }
    }
}
