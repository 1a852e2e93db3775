//! Cached keys and values, and attention to them.

use crate::float::exp;
use crate::kernel::RowKernel;
use crate::shape::HEAD;

/// Keys and values of some heads, as 16-bit floats.
pub(super) struct KvCache {
    /// `[heads, blocks, HEAD, HEAD]` row-major: the same number of all keys of a block of places, then the
    /// next one, so that the scores of a block are one weighted sum.
    keys: Vec<u16>,
    /// `[heads, places, HEAD]` row-major.
    values: Vec<u16>,
    /// Places that there is room for: whole blocks.
    places: usize,
}

/// What a cached vector is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    Key,
    Value,
}

/// Places whose keys lie side by side.
const BLOCK: usize = HEAD;

impl KvCache {
    /// Makes room for this many places.
    pub(super) fn new(heads: usize, places: usize) -> Self {
        let places = places.next_multiple_of(BLOCK);
        let count = heads * places * HEAD;
        // Not a copy of one another: memory that was never written is not resident.
        Self { keys: vec![0; count], values: vec![0; count], places }
    }

    /// Stores part of one head's key or value at position `place`; `column` counts through all heads.
    #[inline(always)]
    pub(super) fn put(
        &mut self,
        kernel: impl RowKernel,
        role: Role,
        place: usize,
        column: usize,
        numbers: &[f32],
    ) {
        let (head, column) = (column / HEAD, column % HEAD);
        match role {
            Role::Key => {
                let mut halves = [0; HEAD];
                let halves = &mut halves[..numbers.len()];
                kernel.to_f16(numbers, halves);
                let first = self.block(head, place) + column * BLOCK + place % BLOCK;
                let places = self.keys[first..].iter_mut().step_by(BLOCK);
                places.zip(halves).for_each(|(key, half)| *key = *half);
            }
            Role::Value => {
                let first = (head * self.places + place) * HEAD + column;
                kernel.to_f16(numbers, &mut self.values[first..first + numbers.len()]);
            }
        }
    }

    /// Copies the first `places` places of another cache of the same shape, and perhaps some more.
    pub(super) fn copy_from(&mut self, other: &Self, places: usize) {
        let count = places.next_multiple_of(BLOCK) * HEAD;
        for (own, others) in [(&mut self.keys, &other.keys), (&mut self.values, &other.values)] {
            let heads = own.chunks_exact_mut(self.places * HEAD);
            for (own, others) in heads.zip(others.chunks_exact(self.places * HEAD)) {
                own[..count].copy_from_slice(&others[..count]);
            }
        }
    }

    /// Attends with scaled queries of a head to its first `places` positions. `scores` has room for as
    /// many of each query, in whole blocks.
    #[inline(always)]
    pub(super) fn attend<const N: usize>(
        &self,
        kernel: impl RowKernel,
        head: usize,
        places: usize,
        queries: [&[f32]; N],
        scores: &mut [f32],
    ) -> [[f32; HEAD]; N] {
        let room = places.next_multiple_of(BLOCK);
        let first = self.block(head, 0);
        let keys = self.keys[first..first + room * HEAD].chunks_exact(BLOCK * HEAD);
        for (block, keys) in keys.enumerate() {
            let found = kernel.weighted_sums(queries, keys);
            for (row, found) in found.iter().enumerate() {
                scores[row * room + block * BLOCK..][..BLOCK].copy_from_slice(found);
            }
        }
        let mut totals = [0.0; N];
        for (total, scores) in totals.iter_mut().zip(scores.chunks_exact_mut(room)) {
            *total = exponentiate(&mut scores[..places]);
        }
        let weights: [&[f32]; N] = std::array::from_fn(|row| &scores[row * room..][..places]);
        let mut attended =
            kernel.weighted_sums(weights, &self.values[first..first + places * HEAD]);
        for (numbers, total) in attended.iter_mut().zip(totals) {
            for number in numbers {
                *number /= total;
            }
        }
        attended
    }

    /// Returns where the block of a place begins.
    fn block(&self, head: usize, place: usize) -> usize {
        (head * self.places + place / BLOCK * BLOCK) * HEAD
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
                cache.put(kernel, Role::Key, usize::from(place), head * HEAD, &key);
                let value = [f32::from(place) + if head == 1 { 100.0 } else { 0.0 }; HEAD];
                cache.put(kernel, Role::Value, usize::from(place), head * HEAD, &value);
            }
        }
        let attend = |head, places, like: usize| {
            let mut query = [0.0; HEAD];
            query[like] = 1.0;
            let queries = [query.as_slice(), &[0.0; HEAD]];
            let [attended, mean] =
                cache.attend(kernel, head, places, queries, &mut [0.0; 2 * BLOCK]);
            assert_eq!(
                mean,
                cache.attend(kernel, head, places, [&[0.0; HEAD]], &mut [0.0; BLOCK])[0]
            );
            attended
        };
        assert_eq!(attend(0, 20, 17), [17.0; HEAD]);
        assert_eq!(attend(1, 18, 17), [117.0; HEAD]);
        // No key among so few is like it: it finds the mean of all values.
        assert_eq!(attend(1, 5, 17), [102.0; HEAD]);
    }
}
