//! Keys and values that are attended to, and how.

use crate::attention::HEAD;
use crate::float::exp;
use crate::kernel::x86_rows::Widening;

/// Keys and values of some heads.
pub(super) struct Memory {
    pub(super) keys: Cells,
    pub(super) values: Cells,
}

/// Numbers of some heads in 16 bits: each head has room for as many places.
pub(super) struct Cells {
    numbers: Vec<u16>,
    places: usize,
}

impl Memory {
    pub(super) fn new(heads: usize, places: usize) -> Self {
        Self { keys: Cells::new(heads, places), values: Cells::new(heads, places) }
    }

    /// What `query` finds with a head in the first `places` places. `scores` has room for so many.
    #[inline(always)]
    pub(super) fn find(
        &self,
        kernel: Widening,
        head: usize,
        places: usize,
        query: &[f32],
        scores: &mut [f32],
        found: &mut [f32; HEAD],
    ) {
        let scores = &mut scores[..places];
        kernel.multiply_sixteen(self.keys.first(head, places), [query], |place, [score]| {
            scores[place] = score;
        });
        let sum = exponentials(scores);
        kernel.blend(scores, self.values.first(head, places), found);
        for number in found {
            *number /= sum;
        }
    }
}

impl Cells {
    fn new(heads: usize, places: usize) -> Self {
        Self { numbers: vec![0; heads * places * HEAD], places }
    }

    /// Takes some at a place, of those of all heads one after the other from `column` on. They are of
    /// one head.
    #[inline(always)]
    pub(super) fn put(&mut self, kernel: Widening, place: usize, column: usize, numbers: &[f32]) {
        let at = (column / HEAD * self.places + place) * HEAD + column % HEAD;
        kernel.halve(numbers, &mut self.numbers[at..at + numbers.len()]);
    }

    /// Those of a head in its first places.
    fn first(&self, head: usize, places: usize) -> &[u16] {
        let start = head * self.places * HEAD;
        &self.numbers[start..start + places * HEAD]
    }
}

/// Replaces scores by their exponentials, the largest by 1, and tells their sum.
#[inline(always)]
fn exponentials(scores: &mut [f32]) -> f32 {
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

    #[test]
    fn a_query_finds_the_value_of_the_key_that_it_is_like() {
        let Some(kernel) = Widening::detect() else { return };
        let mut memory = Memory::new(2, 20);
        for place in 0..20_u8 {
            for head in 0..2 {
                let mut key = [0.0; HEAD];
                key[usize::from(place)] = 40.0;
                memory.keys.put(kernel, usize::from(place), head * HEAD, &key);
                let value = [f32::from(place) + if head == 1 { 100.0 } else { 0.0 }; HEAD];
                memory.values.put(kernel, usize::from(place), head * HEAD, &value);
            }
        }
        let find = |head, places, like: usize| {
            let (mut query, mut found) = ([0.0; HEAD], [0.0; HEAD]);
            query[like] = 1.0;
            memory.find(kernel, head, places, &query, &mut [0.0; 20], &mut found);
            found
        };
        assert_eq!(find(0, 20, 17), [17.0; HEAD]);
        assert_eq!(find(1, 18, 17), [117.0; HEAD]);
        // Nothing is like it among so few: it finds the middle of all.
        assert_eq!(find(1, 5, 17), [102.0; HEAD]);
    }
}
