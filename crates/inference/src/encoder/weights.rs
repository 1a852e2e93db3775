//! The weights of an encoder, laid out once.

use super::convolution::{Convolutions, taps_outermost};
use super::layer::Layer;
use crate::kernel::{AttentionKernel, MatMul};
use crate::layer_norm::LayerNorm;
use crate::packed_matrix::PackedMatrix;
use crate::shape::{EncoderShape, MLP, POSITIONS};
use crate::tensors::{Reader, Tensors};

pub(super) struct Weights<L: MatMul, K: AttentionKernel> {
    pub(super) linear: L,
    pub(super) kernel: K,
    pub(super) shape: EncoderShape,
    pub(super) convolutions: Convolutions<K>,
    pub(super) layers: Vec<Layer<L>>,
    pub(super) ln_post: LayerNorm,
}

impl<L: MatMul, K: AttentionKernel> Weights<L, K> {
    pub(super) fn read<T: Tensors>(
        linear: L,
        kernel: K,
        shape: EncoderShape,
        tensors: &mut T,
    ) -> Result<Self, T::Error> {
        let EncoderShape { width, layers, mel_bands } = shape;
        let mut reader = Reader { side: "encoder.", tensors };
        let mut convolution = |name: &str, inputs: usize| {
            let weights = reader.numbers(&format!("{name}.weight"), 3 * inputs * width)?;
            let packed = PackedMatrix::new(&taps_outermost(&weights, inputs), 3 * inputs);
            Ok::<_, T::Error>(packed.with_bias(reader.numbers(&format!("{name}.bias"), width)?))
        };
        let convolutions = Convolutions {
            conv1: convolution("conv1", mel_bands)?,
            conv2: convolution("conv2", width)?,
            mel_bands,
            width,
            positional_embedding: reader.numbers("positional_embedding", POSITIONS * width)?,
        };
        let layers = (0..layers).map(|layer| read_layer(&mut reader, layer, width));
        let layers = layers.collect::<Result<_, T::Error>>()?;
        let ln_post = reader.layer_norm("ln_post", width)?;
        Ok(Self { linear, kernel, shape, convolutions, layers, ln_post })
    }
}

fn read_layer<L: MatMul, T: Tensors>(
    reader: &mut Reader<'_, T>,
    layer: usize,
    width: usize,
) -> Result<Layer<L>, T::Error> {
    let name = |part: &str| format!("blocks.{layer}.{part}");
    Ok(Layer {
        attn_ln: reader.layer_norm(&name("attn_ln"), width)?,
        query: reader.packed_linear(&name("attn.query"), width, width)?,
        // Whisper's keys have no bias: it would move all scores of a query alike.
        key: reader.packed_matrix(&name("attn.key"), width, width)?,
        value: reader.packed_linear(&name("attn.value"), width, width)?,
        out: reader.packed_linear(&name("attn.out"), width, width)?,
        mlp_ln: reader.layer_norm(&name("mlp_ln"), width)?,
        fc1: reader.packed_linear(&name("mlp.0"), width * MLP, width)?,
        fc2: reader.packed_linear(&name("mlp.2"), width, width * MLP)?,
    })
}
