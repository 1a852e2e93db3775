//! Caches of the hypotheses that are continued side by side.

use super::kv_cache::KvCache;
use crate::shape::TEXT;

/// Keys and values of the tokens of each hypothesis, by layer.
pub(super) struct Hypotheses {
    /// As many as were ever continued at once, the current ones first. There is always one.
    caches: Vec<Vec<KvCache>>,
    heads: usize,
}

impl Hypotheses {
    pub(super) fn new(layers: usize, heads: usize) -> Self {
        Self { caches: vec![empty(layers, heads)], heads }
    }

    /// Returns the cache of a layer.
    pub(super) fn layer(&self, hypothesis: usize, layer: usize) -> &KvCache {
        &self.caches[hypothesis][layer]
    }

    pub(super) fn layer_mut(&mut self, hypothesis: usize, layer: usize) -> &mut KvCache {
        &mut self.caches[hypothesis][layer]
    }

    /// Makes hypothesis `i` a continuation of what `parents[i]` was, whose first `past` tokens are cached.
    /// The first that continues a parent takes over its cache; the others get a copy.
    pub(super) fn branch(&mut self, parents: &[usize], past: usize) {
        let layers = self.caches[0].len();
        let mut before: Vec<_> = std::mem::take(&mut self.caches).into_iter().map(Some).collect();
        let mut heirs = vec![None; before.len()];
        for (child, &parent) in parents.iter().enumerate() {
            heirs[parent].get_or_insert(child);
        }
        let mut after: Vec<Option<Vec<KvCache>>> = Vec::with_capacity(parents.len());
        after.extend(
            parents
                .iter()
                .enumerate()
                .map(|(child, &parent)| before[parent].take_if(|_| heirs[parent] == Some(child))),
        );
        let mut unused: Vec<_> = before.into_iter().flatten().collect();
        for child in 0..parents.len() {
            if after[child].is_some() {
                continue;
            }
            let mut copy = unused.pop().unwrap_or_else(|| empty(layers, self.heads));
            if let Some(heir) = heirs[parents[child]].and_then(|heir| after[heir].as_ref()) {
                copy.iter_mut().zip(heir).for_each(|(copy, of)| copy.copy_from(of, past));
            }
            after[child] = Some(copy);
        }
        self.caches = after.into_iter().flatten().chain(unused).collect();
    }
}

fn empty(layers: usize, heads: usize) -> Vec<KvCache> {
    (0..layers).map(|_| KvCache::new(heads, TEXT)).collect()
}
