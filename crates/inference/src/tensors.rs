//! Reading weights by their names.

use crate::kernel::{MatMul, RowKernel};
use crate::layer_norm::LayerNorm;
use crate::packed_matrix::PackedMatrix;
use crate::row_matrix::{RowMatrix, Storage};
use crate::shape::{WrongLength, expect_length};

/// Weights of a model, read by their names in [OpenAI's checkpoints], such as `encoder.conv1.weight`.
///
/// Closures `FnMut(&str, &mut dyn FnMut(&[f32])) -> Result<(), E>` implement it.
///
/// [OpenAI's checkpoints]: https://github.com/openai/whisper/blob/main/whisper/model.py
pub trait Tensors {
    /// Reason why a tensor cannot be read.
    type Error: From<WrongLength>;

    /// Reads the tensor `name`, row-major, and gives its numbers to `take` in order: in one piece, or in
    /// pieces of a multiple of 32 numbers, so that no large tensor has to be in memory as 32-bit floats.
    fn read(&mut self, name: &str, take: &mut dyn FnMut(&[f32])) -> Result<(), Self::Error>;
}

impl<F, E> Tensors for F
where
    F: FnMut(&str, &mut dyn FnMut(&[f32])) -> Result<(), E>,
    E: From<WrongLength>,
{
    type Error = E;

    fn read(&mut self, name: &str, take: &mut dyn FnMut(&[f32])) -> Result<(), E> {
        self(name, take)
    }
}

/// Reader of one side's tensors, which lays them out and checks their lengths.
pub(crate) struct Reader<'a, T> {
    /// Prefix of all names, `encoder.` or `decoder.`.
    pub(crate) side: &'static str,
    pub(crate) tensors: &'a mut T,
}

impl<T: Tensors> Reader<'_, T> {
    /// Reads a tensor of `count` numbers.
    pub(crate) fn numbers(&mut self, name: &str, count: usize) -> Result<Vec<f32>, T::Error> {
        let name = format!("{}{name}", self.side);
        let mut all = Vec::with_capacity(count);
        self.tensors.read(&name, &mut |numbers| all.extend_from_slice(numbers))?;
        expect_length(&name, count, all.len())?;
        Ok(all)
    }

    pub(crate) fn layer_norm(&mut self, name: &str, width: usize) -> Result<LayerNorm, T::Error> {
        let weight = self.numbers(&format!("{name}.weight"), width)?;
        Ok(LayerNorm::new(weight, self.numbers(&format!("{name}.bias"), width)?))
    }

    /// Reads a linear layer with a bias, for products of many rows.
    pub(crate) fn packed_linear<L: MatMul>(
        &mut self,
        name: &str,
        outputs: usize,
        inputs: usize,
    ) -> Result<PackedMatrix<L>, T::Error> {
        let weights = self.packed_matrix(name, outputs, inputs)?;
        Ok(weights.with_bias(self.numbers(&format!("{name}.bias"), outputs)?))
    }

    /// Reads a linear layer without a bias, for products of many rows.
    pub(crate) fn packed_matrix<L: MatMul>(
        &mut self,
        name: &str,
        outputs: usize,
        inputs: usize,
    ) -> Result<PackedMatrix<L>, T::Error> {
        let weights = self.numbers(&format!("{name}.weight"), outputs * inputs)?;
        Ok(PackedMatrix::new(&weights, inputs))
    }

    /// Reads a linear layer with a bias, for products of few rows.
    pub(crate) fn row_linear(
        &mut self,
        kernel: impl RowKernel,
        storage: Storage,
        name: &str,
        outputs: usize,
        inputs: usize,
    ) -> Result<RowMatrix, T::Error> {
        let weights = self.row_matrix(kernel, storage, name, outputs, inputs)?;
        Ok(weights.with_bias(self.numbers(&format!("{name}.bias"), outputs)?))
    }

    /// Reads a linear layer without a bias, for products of few rows. Never all of it in 32 bits at
    /// once: the token embeddings alone would take more memory than the rest of the program.
    pub(crate) fn row_matrix(
        &mut self,
        kernel: impl RowKernel,
        storage: Storage,
        name: &str,
        outputs: usize,
        inputs: usize,
    ) -> Result<RowMatrix, T::Error> {
        let name = format!("{}{name}.weight", self.side);
        let mut matrix = RowMatrix::with_capacity(storage, outputs, inputs);
        self.tensors.read(&name, &mut |numbers| matrix.push(kernel, numbers))?;
        expect_length(&name, outputs * inputs, matrix.len())?;
        Ok(matrix)
    }
}
