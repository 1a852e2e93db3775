//! The shard of one thread: some heads of each attention, and some outputs of each matrix.

use std::sync::Arc;

use super::hypotheses::Hypotheses;
use super::kv_cache::{KvCache, Role};
use super::team::{Closed, Member};
use super::weights::{Layer, Weights};
use crate::float::gelu;
use crate::kernel::{AttentionKernel, BLOCK, COLUMNS, ROWS, RowKernel};
use crate::row_matrix::RowMatrix;
use crate::shape::{HEAD, MLP, POSITIONS};
use crate::strips::Strips;

/// Outputs are shared in units of a cache line.
const UNIT: usize = 16;

/// Unit that the logits are shared in, for the thread that gathers them.
pub(super) const LOGITS_UNIT: usize = UNIT;

/// Keys and values of the heads of one thread.
pub(super) struct Shard<K: AttentionKernel, R: RowKernel> {
    weights: Arc<Weights<K, R>>,
    /// Those of the tokens.
    hypotheses: Hypotheses,
    /// Those of the audio, by layer.
    cross_caches: Vec<KvCache>,
    /// Positions of the audio.
    positions: usize,
    /// Room for the scores of the rows that attend at once.
    scores: Vec<f32>,
}

/// Places of the rows of a forward pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rows {
    /// Tokens that follow each other, the first of them after `past` others.
    Sequence { past: usize },
    /// One token of each hypothesis, after `past` others.
    Beam { past: usize },
}

/// Forward pass: rows of tokens on their way through the layers. All threads hold the same hidden state.
struct Forward<'a, 'b, K: AttentionKernel, R: RowKernel> {
    weights: &'a Weights<K, R>,
    member: &'a mut Member<'b>,
    rows: usize,
    places: Rows,
    /// Residual stream, `[rows, width]`.
    hidden: Vec<f32>,
    /// The same, normalised.
    normal: Vec<f32>,
    /// Numbers that this thread has computed.
    own: Vec<f32>,
    /// Numbers that all have computed.
    all: Vec<f32>,
}

impl<K: AttentionKernel, R: RowKernel> Shard<K, R> {
    /// Makes the shard of a thread that has `heads` heads.
    pub(super) fn new(weights: Arc<Weights<K, R>>, heads: usize) -> Self {
        let layers = weights.shape.layers;
        let hypotheses = Hypotheses::new(layers, heads);
        let cross_caches = (0..layers).map(|_| KvCache::new(heads, POSITIONS)).collect();
        let scores = vec![0.0; R::ABREAST * POSITIONS.next_multiple_of(HEAD)];
        Self { hypotheses, cross_caches, positions: POSITIONS, scores, weights }
    }

    /// Caches the keys and values of the encoder's output, `[positions, width]`.
    pub(super) fn set_audio(&mut self, member: &Member<'_>, encoder_output: &[f32]) {
        let Weights { kernel, row_kernel, shape, layers, .. } = &*self.weights;
        self.positions = encoder_output.len() / shape.width;
        let own = member.share(shape.width, HEAD);
        let panels = own.start / COLUMNS..own.end / COLUMNS;
        let mut strips = Strips::<K>::new(BLOCK / ROWS, shape.width);
        let caches = &mut self.cross_caches;
        kernel.vectorize(
            #[inline(always)]
            || {
                for (block, rows) in encoder_output.chunks(BLOCK * shape.width).enumerate() {
                    let count = strips.put_rows(rows, shape.width);
                    for (layer, cache) in layers.iter().zip(&mut *caches) {
                        for (matrix, role) in
                            [(&layer.cross_key, Role::Key), (&layer.cross_value, Role::Value)]
                        {
                            matrix.multiply_panels(
                                *kernel,
                                &strips,
                                count,
                                panels.clone(),
                                #[inline(always)]
                                |strip, column, tile| {
                                    for (row, numbers) in tile.iter().enumerate() {
                                        let place = block * BLOCK + strip * ROWS + row;
                                        let column = column - own.start;
                                        cache.put(*row_kernel, role, place, column, numbers);
                                    }
                                },
                            );
                        }
                    }
                }
            },
        );
    }

    /// Makes hypotheses continue others, see [`Hypotheses::branch`].
    pub(super) fn branch(&mut self, parents: &[usize], past: usize) {
        self.hypotheses.branch(parents, past);
    }

    /// Computes and publishes this thread's share of the logits: after the last token of a sequence,
    /// or after each of a beam.
    pub(super) fn forward(
        &mut self,
        member: &mut Member<'_>,
        tokens: &[u32],
        places: Rows,
    ) -> Result<(), Closed> {
        let weights = Arc::clone(&self.weights);
        let mut forward = Forward::new(&weights, member, tokens, places);
        weights.kernel.vectorize(
            #[inline(always)]
            || {
                for (index, layer) in weights.layers.iter().enumerate() {
                    let hypotheses = &mut self.hypotheses;
                    forward.add_self_attention(layer, index, hypotheses, &mut self.scores)?;
                    forward.add_cross_attention(
                        layer,
                        (&self.cross_caches[index], self.positions),
                        &mut self.scores,
                    )?;
                    forward.add_mlp(layer)?;
                }
                forward.publish_logits()
            },
        )
    }
}

impl Rows {
    fn hypothesis(self, row: usize) -> usize {
        match self {
            Self::Sequence { .. } => 0,
            Self::Beam { .. } => row,
        }
    }

    fn position(self, row: usize) -> usize {
        match self {
            Self::Sequence { past } => past + row,
            Self::Beam { past } => past,
        }
    }
}

impl<'a, 'b, K: AttentionKernel, R: RowKernel> Forward<'a, 'b, K, R> {
    /// Embeds the tokens.
    fn new(
        weights: &'a Weights<K, R>,
        member: &'a mut Member<'b>,
        tokens: &[u32],
        places: Rows,
    ) -> Self {
        let width = weights.shape.width;
        let mut hidden = vec![0.0; tokens.len() * width];
        for (index, (row, token)) in hidden.chunks_exact_mut(width).zip(tokens).enumerate() {
            weights.token_embedding.read_row(weights.row_kernel, *token as usize, row);
            let position = &weights.positional_embedding[places.position(index) * width..];
            row.iter_mut().zip(position).for_each(|(sum, number)| *sum += number);
        }
        let size = hidden.len();
        Self {
            weights,
            member,
            rows: tokens.len(),
            places,
            hidden,
            normal: vec![0.0; size],
            own: Vec::new(),
            all: vec![0.0; size * MLP],
        }
    }

    #[inline(always)]
    fn add_self_attention(
        &mut self,
        layer: &Layer<K>,
        index: usize,
        hypotheses: &mut Hypotheses,
        scores: &mut [f32],
    ) -> Result<(), Closed> {
        let places = self.places;
        let (kernel, width) = (self.weights.row_kernel, self.weights.shape.width);
        layer.attn_ln.apply_to_rows(&self.hidden, &mut self.normal);
        let own = self.member.share(width, HEAD);
        let project = |matrix: &RowMatrix, projected: &mut Vec<f32>| {
            projected.resize(self.rows * own.len(), 0.0);
            matrix.multiply(kernel, &self.normal, own.clone(), projected);
        };
        let mut projected = Vec::new();
        for (matrix, role) in [(&layer.self_key, Role::Key), (&layer.self_value, Role::Value)] {
            project(matrix, &mut projected);
            for (row, numbers) in projected.chunks_exact(own.len().max(1)).enumerate() {
                let cache = hypotheses.layer_mut(places.hypothesis(row), index);
                for (head, numbers) in numbers.as_chunks::<HEAD>().0.iter().enumerate() {
                    cache.put(kernel, role, places.position(row), head * HEAD, numbers);
                }
            }
        }
        project(&layer.self_query, &mut projected);
        scale(&mut projected);
        self.own.clear();
        for (row, queries) in projected.chunks_exact(own.len().max(1)).enumerate() {
            let cache = hypotheses.layer(places.hypothesis(row), index);
            // The causal mask: each token attends to itself and to those before it.
            let seen = places.position(row) + 1;
            for (head, query) in queries.chunks_exact(HEAD).enumerate() {
                let [attended] = cache.attend(kernel, head, seen, [query], scores);
                self.own.extend(attended);
            }
        }
        self.gather_heads()?;
        self.add_product(&layer.self_out)
    }

    #[inline(always)]
    fn add_cross_attention(
        &mut self,
        layer: &Layer<K>,
        audio: (&KvCache, usize),
        scores: &mut [f32],
    ) -> Result<(), Closed> {
        let (kernel, width) = (self.weights.row_kernel, self.weights.shape.width);
        layer.cross_attn_ln.apply_to_rows(&self.hidden, &mut self.normal);
        let own = self.member.share(width, HEAD);
        let mut queries = vec![0.0; self.rows * own.len()];
        layer.cross_query.multiply(kernel, &self.normal, own.clone(), &mut queries);
        scale(&mut queries);
        self.own.resize(queries.len(), 0.0);
        let group = R::ABREAST * own.len().max(1);
        for (queries, attended) in queries.chunks(group).zip(self.own.chunks_mut(group)) {
            match queries.len() / own.len() {
                1 => attend_together::<1>(kernel, audio, queries, attended, scores),
                2 => attend_together::<2>(kernel, audio, queries, attended, scores),
                3 => attend_together::<3>(kernel, audio, queries, attended, scores),
                4 => attend_together::<4>(kernel, audio, queries, attended, scores),
                _ => attend_together::<5>(kernel, audio, queries, attended, scores),
            }
        }
        self.gather_heads()?;
        self.add_product(&layer.cross_out)
    }

    /// Gathers what the heads of all threads have attended to.
    #[inline(always)]
    fn gather_heads(&mut self) -> Result<(), Closed> {
        let all = &mut self.all[..self.rows * self.weights.shape.width];
        self.member.all_gather(&self.own, self.rows, HEAD, all)
    }

    #[inline(always)]
    fn add_mlp(&mut self, layer: &Layer<K>) -> Result<(), Closed> {
        let (kernel, width) = (self.weights.row_kernel, self.weights.shape.width * MLP);
        layer.mlp_ln.apply_to_rows(&self.hidden, &mut self.normal);
        let own = self.member.share(width, UNIT);
        self.own.resize(self.rows * own.len(), 0.0);
        layer.fc1.multiply(kernel, &self.normal, own, &mut self.own);
        for number in &mut self.own {
            *number = gelu(*number);
        }
        self.member.all_gather(&self.own, self.rows, UNIT, &mut self.all)?;
        self.add_product(&layer.fc2)
    }

    /// Multiplies what all have computed, and adds the product to the residual stream.
    #[inline(always)]
    fn add_product(&mut self, matrix: &RowMatrix) -> Result<(), Closed> {
        let (kernel, width) = (self.weights.row_kernel, self.weights.shape.width);
        let own = self.member.share(width, UNIT);
        self.own.resize(self.rows * own.len(), 0.0);
        matrix.multiply(kernel, &self.all[..self.rows * matrix.inputs()], own, &mut self.own);
        self.member.all_gather(&self.own, self.rows, UNIT, &mut self.normal)?;
        self.hidden.iter_mut().zip(&self.normal).for_each(|(sum, number)| *sum += number);
        Ok(())
    }

    #[inline(always)]
    fn publish_logits(&mut self) -> Result<(), Closed> {
        let Weights { row_kernel, shape, token_embedding, ln, .. } = self.weights;
        let start = match self.places {
            Rows::Sequence { .. } => self.hidden.len() - shape.width,
            Rows::Beam { .. } => 0,
        };
        ln.apply_to_rows(&self.hidden[start..], &mut self.normal[start..]);
        let own = self.member.share(shape.vocabulary, UNIT);
        self.own.resize((self.hidden.len() - start) / shape.width * own.len(), 0.0);
        token_embedding.multiply(*row_kernel, &self.normal[start..], own, &mut self.own);
        self.member.publish(&self.own)
    }
}

/// Scales queries: Whisper scales them and the keys by the fourth root of 1/64 each; scaling queries alone
/// by the square root is the same.
#[inline(always)]
fn scale(queries: &mut [f32]) {
    #[expect(clippy::cast_precision_loss, reason = "64")]
    let scale = (HEAD as f32).sqrt().recip();
    for number in queries {
        *number *= scale;
    }
}

/// Attends with the queries of `N` rows, `[N, heads, HEAD]`, to the same positions, so that their keys and
/// values are widened once.
#[inline(always)]
fn attend_together<const N: usize>(
    kernel: impl RowKernel,
    (cache, positions): (&KvCache, usize),
    queries: &[f32],
    attended: &mut [f32],
    scores: &mut [f32],
) {
    let width = queries.len() / N;
    for head in 0..width / HEAD {
        let at = |row: usize| row * width + head * HEAD;
        let queries = std::array::from_fn(|row| &queries[at(row)..][..HEAD]);
        let found: [_; N] = cache.attend(kernel, head, positions, queries, scores);
        for (row, numbers) in found.iter().enumerate() {
            attended[at(row)..][..HEAD].copy_from_slice(numbers);
        }
    }
}
