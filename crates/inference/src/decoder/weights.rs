//! The weights of a decoder, laid out once.

use crate::kernel::{AttentionKernel, RowKernel};
use crate::layer_norm::LayerNorm;
use crate::packed_matrix::PackedMatrix;
use crate::row_matrix::{RowMatrix, Storage};
use crate::shape::{DecoderShape, MLP, TEXT};
use crate::tensors::{Reader, Tensors};

pub(super) struct Weights<K: AttentionKernel, R: RowKernel> {
    pub(super) kernel: K,
    pub(super) row_kernel: R,
    pub(super) shape: DecoderShape,
    /// Token embeddings, tied to the output projection: `[vocabulary, width]`.
    pub(super) token_embedding: RowMatrix,
    /// `[448, width]` row-major.
    pub(super) positional_embedding: Vec<f32>,
    pub(super) layers: Vec<Layer<K>>,
    pub(super) ln: LayerNorm,
}

/// Weights of a layer (`ResidualAttentionBlock`).
pub(super) struct Layer<K: AttentionKernel> {
    pub(super) attn_ln: LayerNorm,
    pub(super) self_query: RowMatrix,
    pub(super) self_key: RowMatrix,
    pub(super) self_value: RowMatrix,
    pub(super) self_out: RowMatrix,
    pub(super) cross_attn_ln: LayerNorm,
    pub(super) cross_query: RowMatrix,
    /// Multiplies all positions of the audio at once, as does the next.
    pub(super) cross_key: PackedMatrix<K>,
    pub(super) cross_value: PackedMatrix<K>,
    pub(super) cross_out: RowMatrix,
    pub(super) mlp_ln: LayerNorm,
    pub(super) fc1: RowMatrix,
    pub(super) fc2: RowMatrix,
}

impl<K: AttentionKernel, R: RowKernel> Weights<K, R> {
    pub(super) fn read<T: Tensors>(
        kernel: K,
        row_kernel: R,
        shape: DecoderShape,
        storage: Storage,
        tensors: &mut T,
    ) -> Result<Self, T::Error> {
        let DecoderShape { width, layers, vocabulary } = shape;
        let mut reader = Reader { side: "decoder.", tensors };
        let token_embedding =
            reader.row_matrix(row_kernel, storage, "token_embedding", vocabulary, width)?;
        let positional_embedding = reader.numbers("positional_embedding", TEXT * width)?;
        let layers =
            (0..layers).map(|layer| read_layer(&mut reader, row_kernel, storage, layer, width));
        let layers = layers.collect::<Result<_, T::Error>>()?;
        let ln = reader.layer_norm("ln", width)?;
        Ok(Self { kernel, row_kernel, shape, token_embedding, positional_embedding, layers, ln })
    }
}

fn read_layer<K: AttentionKernel, T: Tensors>(
    reader: &mut Reader<'_, T>,
    row_kernel: impl RowKernel,
    storage: Storage,
    layer: usize,
    width: usize,
) -> Result<Layer<K>, T::Error> {
    let name = |part: &str| format!("blocks.{layer}.{part}");
    let linear = |reader: &mut Reader<'_, T>, part: &str, outputs: usize, inputs: usize| {
        reader.row_linear(row_kernel, storage, &name(part), outputs, inputs)
    };
    Ok(Layer {
        attn_ln: reader.layer_norm(&name("attn_ln"), width)?,
        self_query: linear(reader, "attn.query", width, width)?,
        // Whisper's keys have no bias: it would move all scores of a query alike.
        self_key: reader.row_matrix(row_kernel, storage, &name("attn.key"), width, width)?,
        self_value: linear(reader, "attn.value", width, width)?,
        self_out: linear(reader, "attn.out", width, width)?,
        cross_attn_ln: reader.layer_norm(&name("cross_attn_ln"), width)?,
        cross_query: linear(reader, "cross_attn.query", width, width)?,
        cross_key: reader.packed_matrix(&name("cross_attn.key"), width, width)?,
        cross_value: reader.packed_linear(&name("cross_attn.value"), width, width)?,
        cross_out: linear(reader, "cross_attn.out", width, width)?,
        mlp_ln: reader.layer_norm(&name("mlp_ln"), width)?,
        fc1: linear(reader, "mlp.0", width * MLP, width)?,
        fc2: linear(reader, "mlp.2", width, width * MLP)?,
    })
}
