//! Layer normalisation.

/// Added to a variance: the default of `torch.nn.LayerNorm`.
const EPSILON: f32 = 1e-5;

/// Shifts and scales each row to mean 0 and variance 1, then by its own weights.
pub(crate) struct LayerNorm {
    weight: Vec<f32>,
    bias: Vec<f32>,
}

impl LayerNorm {
    /// `weight` and `bias` are as long as a row.
    pub(crate) fn new(weight: Vec<f32>, bias: Vec<f32>) -> Self {
        Self { weight, bias }
    }

    /// Writes the normalised `row` to `normal`.
    #[inline(always)]
    pub(crate) fn apply(&self, row: &[f32], normal: &mut [f32]) {
        #[expect(clippy::cast_precision_loss, reason = "no model is wider than 1280")]
        let count = row.len() as f32;
        let mean = sum(row, |number| number) / count;
        let variance = sum(row, |number| (number - mean) * (number - mean)) / count;
        let scale = (variance + EPSILON).sqrt().recip();
        let weights = self.weight.iter().zip(&self.bias);
        for ((normal, number), (weight, bias)) in normal.iter_mut().zip(row).zip(weights) {
            *normal = (number - mean) * scale * weight + bias;
        }
    }

    /// Writes each of the normalised `rows` to `normal`.
    #[inline(always)]
    pub(crate) fn apply_to_rows(&self, rows: &[f32], normal: &mut [f32]) {
        let width = self.weight.len();
        for (row, normal) in rows.chunks_exact(width).zip(normal.chunks_exact_mut(width)) {
            self.apply(row, normal);
        }
    }

    /// Normalises rows in place.
    #[inline(always)]
    pub(crate) fn apply_in_place(&self, rows: &mut [f32]) {
        let mut normal = vec![0.0; self.weight.len()];
        for row in rows.chunks_exact_mut(self.weight.len()) {
            self.apply(row, &mut normal);
            row.copy_from_slice(&normal);
        }
    }
}

/// Adds up `term` of the numbers of a row, in 16 lanes: one after the other, each addition would wait
/// for the one before. The length of the row is a multiple of 16.
#[inline(always)]
fn sum(row: &[f32], term: impl Fn(f32) -> f32) -> f32 {
    let mut lanes = [0.0; 16];
    for numbers in row.chunks_exact(16) {
        for (lane, &number) in lanes.iter_mut().zip(numbers) {
            *lane += term(number);
        }
    }
    lanes.iter().sum()
}
