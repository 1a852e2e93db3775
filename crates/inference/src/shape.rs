//! Shapes of Whisper models, and the precision of their arithmetic.
//!
//! Names follow [`ModelDimensions`] of the reference: `width` is `n_audio_state` and `n_text_state`,
//! `layers` is `n_audio_layer` or `n_text_layer`, `mel_bands` is `n_mels`, `vocabulary` is `n_vocab`.
//!
//! [`ModelDimensions`]: https://github.com/openai/whisper/blob/main/whisper/model.py

use std::fmt;

/// Most positions of the encoder's output: 30 s at 50 in a second (`n_audio_ctx`). A multiple of the
/// rows of a strip.
pub(crate) const POSITIONS: usize = 1500;

/// Tokens that a decoder attends to at most (`n_text_ctx`).
pub(crate) const TEXT: usize = 448;

/// Width of an attention head, the same in every Whisper model.
pub(crate) const HEAD: usize = 64;

/// Hidden width of the MLP in a layer, as a multiple of the model's width.
pub(crate) const MLP: usize = 4;

/// Dimensions of an encoder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EncoderShape {
    /// Width of its layers: a multiple of 64, the width of an attention head.
    pub width: usize,
    /// Number of its layers.
    pub layers: usize,
    /// Bands of the mel spectrogram that it takes: an even number, 80 or 128 in OpenAI's models.
    pub mel_bands: usize,
}

/// Dimensions of a decoder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DecoderShape {
    /// Width of its layers: a multiple of 64, the width of an attention head.
    pub width: usize,
    /// Number of its layers.
    pub layers: usize,
    /// Number of its tokens.
    pub vocabulary: usize,
}

/// Upper bound on the precision of matrix products: a kernel may multiply more exactly where that is
/// as fast, never less.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Precision {
    /// 32-bit floats.
    F32,
    /// 16-bit floats where the processor multiplies them faster than 32-bit ones, summed in 32 bits.
    /// Not called `F16` or `Bf16`: which format it is differs from processor to processor.
    Half,
    /// 8-bit integers with a scale for each 32 where the processor multiplies them faster. Loses
    /// nothing if the weights were quantised to 8 bits or fewer before.
    Int8,
}

/// A tensor or a buffer that does not fit the shape.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrongLength {
    /// Name of the tensor or buffer.
    pub name: String,
    /// Numbers that it should hold.
    pub expected: usize,
    /// Numbers that it holds.
    pub found: usize,
}

impl EncoderShape {
    /// Returns the number of elements of an encoder tensor, or `None` if there is none of that name.
    #[must_use]
    pub fn tensor_len(&self, name: &str) -> Option<usize> {
        let Self { width, layers, mel_bands } = *self;
        Some(match strip_layer(name, "encoder.", layers)? {
            "conv1.weight" => 3 * mel_bands * width,
            "conv2.weight" => 3 * width * width,
            "positional_embedding" => POSITIONS * width,
            "attn.query.weight" | "attn.key.weight" | "attn.value.weight" | "attn.out.weight" => {
                width * width
            }
            "mlp.0.weight" | "mlp.2.weight" => width * width * MLP,
            "mlp.0.bias" => width * MLP,
            _ => width,
        })
    }
}

impl DecoderShape {
    /// Returns the number of elements of a decoder tensor, or `None` if there is none of that name.
    #[must_use]
    pub fn tensor_len(&self, name: &str) -> Option<usize> {
        let Self { width, layers, vocabulary } = *self;
        let part = strip_layer(name, "decoder.", layers)?;
        Some(match part {
            "token_embedding.weight" => vocabulary * width,
            "positional_embedding" => TEXT * width,
            "mlp.0.weight" | "mlp.2.weight" => width * width * MLP,
            "mlp.0.bias" => width * MLP,
            _ if part.contains("attn.") && part.ends_with("weight") => width * width,
            _ => width,
        })
    }
}

/// Strips `side` and `blocks.{i}.` from a tensor's name. `None` if the tensor is of the other side, or
/// there is no layer `i`.
fn strip_layer<'a>(name: &'a str, side: &str, layers: usize) -> Option<&'a str> {
    let name = name.strip_prefix(side)?;
    let Some(block) = name.strip_prefix("blocks.") else { return Some(name) };
    let (layer, part) = block.split_once('.')?;
    (layer.parse::<usize>().ok()? < layers).then_some(part)
}

/// Returns an error that carries `name` unless both lengths are equal.
pub(crate) fn expect_length(name: &str, expected: usize, found: usize) -> Result<(), WrongLength> {
    if expected == found {
        Ok(())
    } else {
        Err(WrongLength { name: name.to_owned(), expected, found })
    }
}

impl fmt::Display for WrongLength {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, expected, found } = self;
        write!(f, "`{name}` has {found} numbers in place of {expected}")
    }
}

impl std::error::Error for WrongLength {}
