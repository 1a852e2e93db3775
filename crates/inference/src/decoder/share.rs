//! What one of the threads computes of each step.

use std::sync::Arc;

use crate::attention::{BLOCK, HEAD};
use crate::block::INNER;
use crate::float::gelu;
use crate::kernel::{COLUMNS, Kernel, ROWS};
use crate::network::POSITIONS;
use crate::rows::Rows;
use crate::strips::{Strips, put};

use super::crew::Place;
use super::memory::Memory;
use super::weights::{Layer, Weights};
use super::{Closed, TEXT};

/// Outputs are shared out in so many, whole lines of the cache.
const UNIT: usize = 16;

/// The memory of one thread: that of its heads.
pub(super) struct Share<K: Kernel> {
    weights: Arc<Weights<K>>,
    /// By layer.
    text: Vec<Memory>,
    audio: Vec<Memory>,
    scores: Vec<f32>,
}

/// The rows of a step on their way through the layers, the same in all threads.
struct Step<'a, 'b, K: Kernel> {
    weights: &'a Weights<K>,
    place: &'a mut Place<'b>,
    rows: usize,
    /// The residual.
    sums: Vec<f32>,
    normal: Vec<f32>,
    /// What this thread has computed.
    own: Vec<f32>,
    /// What all have computed.
    all: Vec<f32>,
}

impl<K: Kernel> Share<K> {
    /// That of a thread with so many heads.
    pub(super) fn new(weights: Arc<Weights<K>>, heads: usize) -> Self {
        let memories =
            |places| (0..weights.shape.layers).map(|_| Memory::new(heads, places)).collect();
        let (text, audio) = (memories(TEXT), memories(POSITIONS));
        Self { text, audio, scores: vec![0.0; POSITIONS], weights }
    }

    /// Remembers the keys and values of what the encoder has found.
    pub(super) fn listen(&mut self, place: &Place<'_>, found: &[f32]) {
        let Weights { kernel, widening, shape, layers, .. } = &*self.weights;
        let own = place.share(shape.width, HEAD);
        let mut strips = Strips::<K>::new(BLOCK / ROWS, shape.width);
        let audio = &mut self.audio;
        kernel.vectorize(
            #[inline(always)]
            || {
                for (block, rows) in found.chunks(BLOCK * shape.width).enumerate() {
                    for (index, row) in rows.chunks_exact(shape.width).enumerate() {
                        put::<K>(strips.strip_mut(index / ROWS), index % ROWS, row);
                    }
                    let count = rows.len() / shape.width / ROWS;
                    let panels = own.start / COLUMNS..own.end / COLUMNS;
                    for (layer, memory) in layers.iter().zip(&mut *audio) {
                        let first = block * BLOCK;
                        for (matrix, cells) in [
                            (&layer.audio_key, &mut memory.keys),
                            (&layer.audio_value, &mut memory.values),
                        ] {
                            matrix.multiply_panels(
                                *kernel,
                                &strips,
                                count,
                                panels.clone(),
                                #[inline(always)]
                                |strip, column, tile| {
                                    for (row, numbers) in tile.iter().enumerate() {
                                        let place = first + strip * ROWS + row;
                                        cells.put(*widening, place, column - own.start, numbers);
                                    }
                                },
                            );
                        }
                    }
                }
            },
        );
    }

    /// Tells the others this thread's share of the logits after the last of `tokens`, which come after
    /// `past` others.
    pub(super) fn write(
        &mut self,
        place: &mut Place<'_>,
        tokens: &[u32],
        past: usize,
    ) -> Result<(), Closed> {
        let weights = Arc::clone(&self.weights);
        let mut step = Step::new(&weights, place, tokens, past);
        weights.kernel.vectorize(
            #[inline(always)]
            || {
                for (index, layer) in weights.layers.iter().enumerate() {
                    step.attend_to_text(layer, &mut self.text[index], past, &mut self.scores)?;
                    step.attend_to_audio(layer, &self.audio[index], &mut self.scores)?;
                    step.think(layer)?;
                }
                step.tell_logits()
            },
        )
    }
}

impl<'a, 'b, K: Kernel> Step<'a, 'b, K> {
    fn new(weights: &'a Weights<K>, place: &'a mut Place<'b>, tokens: &[u32], past: usize) -> Self {
        let width = weights.shape.width;
        let mut sums = vec![0.0; tokens.len() * width];
        let positions = weights.positions[past * width..].chunks_exact(width);
        for ((row, token), position) in sums.chunks_exact_mut(width).zip(tokens).zip(positions) {
            weights.tokens.read(*token as usize, row);
            row.iter_mut().zip(position).for_each(|(sum, number)| *sum += number);
        }
        let size = sums.len();
        Self {
            weights,
            place,
            rows: tokens.len(),
            sums,
            normal: vec![0.0; size],
            own: Vec::new(),
            all: vec![0.0; size * INNER],
        }
    }

    #[inline(always)]
    fn attend_to_text(
        &mut self,
        layer: &Layer<K>,
        memory: &mut Memory,
        past: usize,
        scores: &mut [f32],
    ) -> Result<(), Closed> {
        let (kernel, width) = (self.weights.widening, self.weights.shape.width);
        layer.before_text.apply_to_rows(&self.sums, &mut self.normal);
        let own = self.place.share(width, HEAD);
        let project = |rows: &Rows, projected: &mut Vec<f32>| {
            projected.resize(self.rows * own.len(), 0.0);
            rows.multiply(kernel, &self.normal, own.clone(), projected);
        };
        let mut projected = Vec::new();
        for (rows, cells) in
            [(&layer.text_key, &mut memory.keys), (&layer.text_value, &mut memory.values)]
        {
            project(rows, &mut projected);
            for (row, numbers) in projected.chunks_exact(own.len().max(1)).enumerate() {
                for (head, numbers) in numbers.as_chunks::<HEAD>().0.iter().enumerate() {
                    cells.put(kernel, past + row, head * HEAD, numbers);
                }
            }
        }
        project(&layer.text_query, &mut projected);
        // Each token attends to itself and to what is before it.
        self.find(memory, projected, |row| past + row + 1, scores)?;
        self.add_product(&layer.text_output)
    }

    #[inline(always)]
    fn attend_to_audio(
        &mut self,
        layer: &Layer<K>,
        memory: &Memory,
        scores: &mut [f32],
    ) -> Result<(), Closed> {
        let (kernel, width) = (self.weights.widening, self.weights.shape.width);
        layer.before_audio.apply_to_rows(&self.sums, &mut self.normal);
        let own = self.place.share(width, HEAD);
        let mut queries = vec![0.0; self.rows * own.len()];
        layer.audio_query.multiply(kernel, &self.normal, own, &mut queries);
        self.find(memory, queries, |_| POSITIONS, scores)?;
        self.add_product(&layer.audio_output)
    }

    /// What queries find, each among the first `places` of its row.
    #[inline(always)]
    fn find(
        &mut self,
        memory: &Memory,
        mut queries: Vec<f32>,
        places: impl Fn(usize) -> usize,
        scores: &mut [f32],
    ) -> Result<(), Closed> {
        let width = self.weights.shape.width;
        // The root of the scale on either side is the whole of it on one.
        #[expect(clippy::cast_precision_loss, reason = "64")]
        let scale = (HEAD as f32).sqrt().recip();
        let heads = queries.len() / self.rows / HEAD;
        self.own.resize(queries.len(), 0.0);
        let found = self.own.as_chunks_mut::<HEAD>().0.iter_mut();
        for (index, (query, found)) in
            queries.as_chunks_mut::<HEAD>().0.iter_mut().zip(found).enumerate()
        {
            for number in query.iter_mut() {
                *number *= scale;
            }
            let (row, head) = (index / heads, index % heads);
            memory.find(self.weights.widening, head, places(row), query, scores, found);
        }
        let all = &mut self.all[..self.rows * width];
        self.place.exchange(&self.own, self.rows, HEAD, all)
    }

    #[inline(always)]
    fn think(&mut self, layer: &Layer<K>) -> Result<(), Closed> {
        let (kernel, wide) = (self.weights.widening, self.weights.shape.width * INNER);
        layer.before_inner.apply_to_rows(&self.sums, &mut self.normal);
        let own = self.place.share(wide, UNIT);
        self.own.resize(self.rows * own.len(), 0.0);
        layer.widen.multiply(kernel, &self.normal, own, &mut self.own);
        for number in &mut self.own {
            *number = gelu(*number);
        }
        self.place.exchange(&self.own, self.rows, UNIT, &mut self.all)?;
        self.add_product(&layer.narrow)
    }

    /// Adds the product of what all have computed to the residual.
    #[inline(always)]
    fn add_product(&mut self, rows: &Rows) -> Result<(), Closed> {
        let (kernel, width) = (self.weights.widening, self.weights.shape.width);
        let own = self.place.share(width, UNIT);
        self.own.resize(self.rows * own.len(), 0.0);
        rows.multiply(kernel, &self.all[..self.rows * rows.inputs()], own, &mut self.own);
        self.place.exchange(&self.own, self.rows, UNIT, &mut self.normal)?;
        self.sums.iter_mut().zip(&self.normal).for_each(|(sum, number)| *sum += number);
        Ok(())
    }

    #[inline(always)]
    fn tell_logits(&mut self) -> Result<(), Closed> {
        let Weights { widening, shape, tokens, last, .. } = self.weights;
        let start = self.sums.len() - shape.width;
        last.apply(&self.sums[start..], &mut self.normal[start..]);
        let own = self.place.share(shape.vocabulary, UNIT);
        self.own.resize(own.len(), 0.0);
        tokens.multiply(*widening, &self.normal[start..], own, &mut self.own);
        self.place.tell(&self.own)
    }
}

/// How the logits are shared, for who puts them together.
pub(super) const LOGITS_UNIT: usize = UNIT;
