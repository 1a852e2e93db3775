//! Cached keys and values, and attention to them.

use crate::float::exp;
use crate::kernel::RowKernel;
use crate::shape::HEAD;

/// Keys and values of some heads.
pub(super) struct KvCache {
    pub(super) keys: HeadCache,
    pub(super) values: HeadCache,
}

/// Vectors of some heads as 16-bit floats, `[heads, places, HEAD]` row-major.
pub(super) struct HeadCache {
    halves: Vec<u16>,
    places: usize,
}

impl KvCache {
    pub(super) fn new(heads: usize, places: usize) -> Self {
        Self { keys: HeadCache::new(heads, places), values: HeadCache::new(heads, places) }
    }

    /// Copies the first `places` places of another cache of the same shape.
    pub(super) fn copy_from(&mut self, other: &Self, places: usize) {
        self.keys.copy_from(&other.keys, places);
        self.values.copy_from(&other.values, places);
    }

    /// Attends with a scaled query of a head to its first `places` positions. `scores` has room for as
    /// many.
    #[inline(always)]
    pub(super) fn attend(
        &self,
        kernel: impl RowKernel,
        head: usize,
        places: usize,
        query: &[f32],
        scores: &mut [f32],
        attended: &mut [f32; HEAD],
    ) {
        let scores = &mut scores[..places];
        kernel.dot_f16(self.keys.first(head, places), [query], |place, [score]| {
            scores[place] = score;
        });
        let sum = exponentiate(scores);
        kernel.weighted_sum(scores, self.values.first(head, places), attended);
        for number in attended {
            *number /= sum;
        }
    }
}

impl HeadCache {
    fn new(heads: usize, places: usize) -> Self {
        Self { halves: vec![0; heads * places * HEAD], places }
    }

    /// Stores part of one head's vector at position `place`; `column` counts through all heads.
    #[inline(always)]
    pub(super) fn put(
        &mut self,
        kernel: impl RowKernel,
        place: usize,
        column: usize,
        numbers: &[f32],
    ) {
        let at = (column / HEAD * self.places + place) * HEAD + column % HEAD;
        kernel.to_f16(numbers, &mut self.halves[at..at + numbers.len()]);
    }

    fn copy_from(&mut self, other: &Self, places: usize) {
        let heads = self.halves.chunks_exact_mut(self.places * HEAD);
        for (own, others) in heads.zip(other.halves.chunks_exact(self.places * HEAD)) {
            own[..places * HEAD].copy_from_slice(&others[..places * HEAD]);
        }
    }

    /// Returns the vectors of a head at its first places.
    fn first(&self, head: usize, places: usize) -> &[u16] {
        let start = head * self.places * HEAD;
        &self.halves[start..start + places * HEAD]
    }
}

/// Replaces scores by their softmax weights before division: exponentials, the largest 1. Returns
/// their sum.
#[inline(always)]
fn exponentiate(scores: &mut [f32]) -> f32 {
    let mut largest = f32::NEG_INFINITY;
    for &score in &*scores {
        largest = if score > largest { score } else { largest };
    }
    let mut lanes = [0.0; 16];
    let (whole, rest) = scores.as_chunks_mut::<16>();
    for scores in whole {
        for (lane, score) in lanes.iter_mut().zip(scores) {
            *score = exp(*score - largest);
            *lane += *score;
        }
    }
    let mut sum: f32 = lanes.iter().sum();
    for score in rest {
        *score = exp(*score - largest);
        sum += *score;
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::tests::on_every_kernel;
    use crate::kernel::{AttentionKernel, Kernels, MatMul, WithKernels};

    #[derive(Clone, Copy)]
    struct Queries;

    impl WithKernels for Queries {
        type Output = ();

        fn run<L: MatMul, K: AttentionKernel, R: RowKernel>(self, kernels: Kernels<L, K, R>) {
            expect_values(kernels.rows);
        }
    }

    #[test]
    fn a_query_finds_the_value_of_the_key_that_it_is_like() {
        on_every_kernel(Queries);
    }

    fn expect_values(kernel: impl RowKernel) {
        let mut cache = KvCache::new(2, 20);
        for place in 0..20_u8 {
            for head in 0..2 {
                let mut key = [0.0; HEAD];
                key[usize::from(place)] = 40.0;
                cache.keys.put(kernel, usize::from(place), head * HEAD, &key);
                let value = [f32::from(place) + if head == 1 { 100.0 } else { 0.0 }; HEAD];
                cache.values.put(kernel, usize::from(place), head * HEAD, &value);
            }
        }
        let attend = |head, places, like: usize| {
            let (mut query, mut attended) = ([0.0; HEAD], [0.0; HEAD]);
            query[like] = 1.0;
            cache.attend(kernel, head, places, &query, &mut [0.0; 20], &mut attended);
            attended
        };
        assert_eq!(attend(0, 20, 17), [17.0; HEAD]);
        assert_eq!(attend(1, 18, 17), [117.0; HEAD]);
        // No key among so few is like it: it finds the mean of all values.
        assert_eq!(attend(1, 5, 17), [102.0; HEAD]);
    }
}
