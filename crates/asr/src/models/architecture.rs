//! The shape of a Whisper model: the figures of its header, and the tensors that follow from them.

use watchme_core::rules::ModelLanguages;

/// Positions of audio that every Whisper model sees at once: 30 s at 50 per second.
pub(crate) const AUDIO_CONTEXT: u32 = 1500;

/// Tokens of text that every Whisper model holds.
pub(crate) const TEXT_CONTEXT: u32 = 448;

/// The width of an attention head, the same in every Whisper model.
const HEAD_WIDTH: u32 = 64;

/// The widest published model (large) has 1280.
const MAX_WIDTH: u32 = 1280;

/// The deepest published model (large) has 32.
const MAX_LAYERS: u32 = 32;

/// Vocabularies that Whisper has: English only, multilingual, and the third large one.
const VOCABULARIES: [u32; 3] = [51_864, 51_865, 51_866];

/// Bands of the mel spectrogram: 80, and 128 since the third large model.
const MEL_BANDS: [u32; 2] = [80, 128];

/// Figures in which Whisper models differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Architecture {
    /// Number of tokens in the vocabulary.
    pub vocabulary: u32,
    /// Width of the layers (`n_audio_state` and `n_text_state`).
    pub width: u32,
    /// Number of encoder layers.
    pub audio_layers: u32,
    /// Number of decoder layers.
    pub text_layers: u32,
    /// Number of bands of the mel spectrogram.
    pub mel_bands: u32,
}

/// Rule for the number type of a tensor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Storage {
    /// 32-bit floats, in every file.
    Float,
    /// The file's own type, or 16-bit floats where that is quantised.
    Convolution,
    /// The file's own type.
    Weight,
}

/// One tensor that a model must have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Tensor {
    pub(crate) name: String,
    /// Innermost first, as ggml has them.
    pub(crate) dimensions: [u32; 3],
    pub(crate) storage: Storage,
}

impl Architecture {
    /// True if the model knows other languages than English.
    #[must_use]
    pub fn is_multilingual(&self) -> bool {
        self.vocabulary >= VOCABULARIES[1]
    }

    /// Languages of the vocabulary.
    #[must_use]
    pub fn languages(&self) -> ModelLanguages {
        match self.vocabulary {
            vocabulary if vocabulary < VOCABULARIES[1] => ModelLanguages::English,
            vocabulary if vocabulary < VOCABULARIES[2] => ModelLanguages::WithoutCantonese,
            _ => ModelLanguages::All,
        }
    }

    /// Shape of the encoder for `watchme-inference`.
    pub(crate) fn encoder_shape(&self) -> watchme_inference::EncoderShape {
        watchme_inference::EncoderShape {
            width: self.width as usize,
            layers: self.audio_layers as usize,
            mel_bands: self.mel_bands as usize,
        }
    }

    /// Shape of the decoder for `watchme-inference`.
    pub(crate) fn decoder_shape(&self) -> watchme_inference::DecoderShape {
        watchme_inference::DecoderShape {
            width: self.width as usize,
            layers: self.text_layers as usize,
            vocabulary: self.vocabulary as usize,
        }
    }

    /// True for the first distilled models, which have not learnt to predict timestamps.
    pub(crate) fn is_early_distilled(&self) -> bool {
        self.text_layers == 2 && self.vocabulary != VOCABULARIES[2]
    }

    /// Reason why no Whisper model has this shape, if none has.
    pub(crate) fn fault(&self, heads: [u32; 2]) -> Option<String> {
        let layers = 1..=MAX_LAYERS;
        if !VOCABULARIES.contains(&self.vocabulary) {
            Some(format!("a vocabulary of {} tokens", self.vocabulary))
        } else if !(HEAD_WIDTH..=MAX_WIDTH).contains(&self.width) {
            Some(format!("layers {} wide", self.width))
        } else if heads.iter().any(|&heads| heads.checked_mul(HEAD_WIDTH) != Some(self.width)) {
            Some(format!("{} and {} attention heads", heads[0], heads[1]))
        } else if !layers.contains(&self.audio_layers) || !layers.contains(&self.text_layers) {
            Some(format!("{} and {} layers", self.audio_layers, self.text_layers))
        } else if !MEL_BANDS.contains(&self.mel_bands) {
            Some(format!("{} mel bands", self.mel_bands))
        } else {
            None
        }
    }

    /// Lists every tensor that a file of this shape has.
    pub(crate) fn tensors(&self) -> Vec<Tensor> {
        let width = self.width;
        let mut tensors = vec![
            tensor("encoder.positional_embedding", [width, AUDIO_CONTEXT, 1], Storage::Float),
            tensor("encoder.conv1.weight", [3, self.mel_bands, width], Storage::Convolution),
            tensor("encoder.conv1.bias", [1, width, 1], Storage::Float),
            tensor("encoder.conv2.weight", [3, width, width], Storage::Convolution),
            tensor("encoder.conv2.bias", [1, width, 1], Storage::Float),
            tensor("decoder.positional_embedding", [width, TEXT_CONTEXT, 1], Storage::Float),
            tensor("decoder.token_embedding.weight", [width, self.vocabulary, 1], Storage::Weight),
        ];
        norm(&mut tensors, "encoder.ln_post", width);
        norm(&mut tensors, "decoder.ln", width);
        for layer in 0..self.audio_layers {
            let block = format!("encoder.blocks.{layer}");
            attention(&mut tensors, &format!("{block}.attn"), width);
            perceptron(&mut tensors, &block, width);
        }
        for layer in 0..self.text_layers {
            let block = format!("decoder.blocks.{layer}");
            attention(&mut tensors, &format!("{block}.attn"), width);
            attention(&mut tensors, &format!("{block}.cross_attn"), width);
            perceptron(&mut tensors, &block, width);
        }
        tensors
    }
}

fn attention(tensors: &mut Vec<Tensor>, name: &str, width: u32) {
    norm(tensors, &format!("{name}_ln"), width);
    for part in ["query", "key", "value", "out"] {
        let weight = format!("{name}.{part}.weight");
        tensors.push(tensor(weight, [width, width, 1], Storage::Weight));
        if part != "key" {
            tensors.push(tensor(format!("{name}.{part}.bias"), [width, 1, 1], Storage::Float));
        }
    }
}

fn perceptron(tensors: &mut Vec<Tensor>, block: &str, width: u32) {
    let inner = 4 * width;
    norm(tensors, &format!("{block}.mlp_ln"), width);
    tensors.push(tensor(format!("{block}.mlp.0.weight"), [width, inner, 1], Storage::Weight));
    tensors.push(tensor(format!("{block}.mlp.0.bias"), [inner, 1, 1], Storage::Float));
    tensors.push(tensor(format!("{block}.mlp.2.weight"), [inner, width, 1], Storage::Weight));
    tensors.push(tensor(format!("{block}.mlp.2.bias"), [width, 1, 1], Storage::Float));
}

fn norm(tensors: &mut Vec<Tensor>, name: &str, width: u32) {
    tensors.push(tensor(format!("{name}.weight"), [width, 1, 1], Storage::Float));
    tensors.push(tensor(format!("{name}.bias"), [width, 1, 1], Storage::Float));
}

fn tensor(name: impl Into<String>, dimensions: [u32; 3], storage: Storage) -> Tensor {
    Tensor { name: name.into(), dimensions, storage }
}
