//! The weights of a decoder, laid out once.

use crate::block::INNER;
use crate::kernel::Kernel;
use crate::kernel::x86_rows::Widening;
use crate::matrix::Matrix;
use crate::model::{Precision, WrongLength, expect_length};
use crate::norm::Norm;
use crate::rows::Rows;

use super::{Shape, TEXT, Tensors};

pub(super) struct Weights<K: Kernel> {
    pub(super) widening: Widening,
    pub(super) kernel: K,
    pub(super) shape: Shape,
    /// For each token what it means, which is also what writes it.
    pub(super) tokens: Rows,
    /// What is added to each token, so that it knows where it is.
    pub(super) positions: Vec<f32>,
    pub(super) layers: Vec<Layer<K>>,
    pub(super) last: Norm,
}

pub(super) struct Layer<K: Kernel> {
    pub(super) before_text: Norm,
    pub(super) text_query: Rows,
    pub(super) text_key: Rows,
    pub(super) text_value: Rows,
    pub(super) text_output: Rows,
    pub(super) before_audio: Norm,
    pub(super) audio_query: Rows,
    /// These two multiply all of the audio at once.
    pub(super) audio_key: Matrix<K>,
    pub(super) audio_value: Matrix<K>,
    pub(super) audio_output: Rows,
    pub(super) before_inner: Norm,
    pub(super) widen: Rows,
    pub(super) narrow: Rows,
}

impl<K: Kernel> Weights<K> {
    pub(super) fn read<E: From<WrongLength>>(
        widening: Widening,
        kernel: K,
        shape: Shape,
        precision: Precision,
        tensors: &mut Tensors<'_, E>,
    ) -> Result<Self, E> {
        let mut reader = Reader { widening, precision, tensors };
        let width = shape.width;
        let tokens = reader.rows("token_embedding", shape.vocabulary, width)?;
        let positions = reader.numbers("positional_embedding", TEXT * width)?;
        let layers = (0..shape.layers).map(|layer| reader.layer(layer, width));
        let layers = layers.collect::<Result<_, E>>()?;
        let last = reader.norm("ln", width)?;
        Ok(Self { widening, kernel, shape, tokens, positions, layers, last })
    }
}

struct Reader<'a, 'b, E> {
    widening: Widening,
    precision: Precision,
    tensors: &'a mut Tensors<'b, E>,
}

impl<E: From<WrongLength>> Reader<'_, '_, E> {
    fn layer<K: Kernel>(&mut self, layer: usize, width: usize) -> Result<Layer<K>, E> {
        let name = |part: &str| format!("blocks.{layer}.{part}");
        let wide = width * INNER;
        Ok(Layer {
            before_text: self.norm(&name("attn_ln"), width)?,
            text_query: self.linear(&name("attn.query"), width, width)?,
            text_key: self.rows(&name("attn.key"), width, width)?,
            text_value: self.linear(&name("attn.value"), width, width)?,
            text_output: self.linear(&name("attn.out"), width, width)?,
            before_audio: self.norm(&name("cross_attn_ln"), width)?,
            audio_query: self.linear(&name("cross_attn.query"), width, width)?,
            // A bias of the keys would move all scores of a query alike.
            audio_key: self.matrix(&name("cross_attn.key"), width, false)?,
            audio_value: self.matrix(&name("cross_attn.value"), width, true)?,
            audio_output: self.linear(&name("cross_attn.out"), width, width)?,
            before_inner: self.norm(&name("mlp_ln"), width)?,
            widen: self.linear(&name("mlp.0"), wide, width)?,
            narrow: self.linear(&name("mlp.2"), width, wide)?,
        })
    }

    fn norm(&mut self, name: &str, width: usize) -> Result<Norm, E> {
        let weight = self.numbers(&format!("{name}.weight"), width)?;
        Ok(Norm::new(weight, self.numbers(&format!("{name}.bias"), width)?))
    }

    fn linear(&mut self, name: &str, outputs: usize, inputs: usize) -> Result<Rows, E> {
        let rows = self.rows(name, outputs, inputs)?;
        Ok(rows.with_bias(self.numbers(&format!("{name}.bias"), outputs)?))
    }

    /// Never all in 32 bits at once: the tokens alone would take more than the rest of the program.
    fn rows(&mut self, name: &str, outputs: usize, inputs: usize) -> Result<Rows, E> {
        let name = format!("decoder.{name}.weight");
        let mut rows = Rows::with_room(self.precision, outputs, inputs);
        (self.tensors)(&name, &mut |numbers| rows.push(self.widening, numbers))?;
        expect_length(&name, outputs * inputs, rows.count())?;
        Ok(rows)
    }

    fn matrix<K: Kernel>(
        &mut self,
        name: &str,
        width: usize,
        has_bias: bool,
    ) -> Result<Matrix<K>, E> {
        let weights = self.numbers(&format!("{name}.weight"), width * width)?;
        let bias =
            if has_bias { self.numbers(&format!("{name}.bias"), width)? } else { Vec::new() };
        Ok(Matrix::new(&weights, width, bias))
    }

    fn numbers(&mut self, name: &str, count: usize) -> Result<Vec<f32>, E> {
        let name = format!("decoder.{name}");
        let mut all = Vec::with_capacity(count);
        (self.tensors)(&name, &mut |numbers| all.extend_from_slice(numbers))?;
        expect_length(&name, count, all.len())?;
        Ok(all)
    }
}
