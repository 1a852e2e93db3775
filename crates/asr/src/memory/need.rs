//! What a model takes on this machine.

use super::{ggml, native};
use crate::config::Precision;
use crate::models::{Architecture, Stored};

/// How much memory transcribing with a model takes, by who computes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MemoryNeed {
    /// `None` where it cannot be computed here.
    here: Option<u64>,
    whisper_cpp: u64,
}

impl MemoryNeed {
    pub(crate) fn of(architecture: Architecture, weights: Stored, precision: Precision) -> Self {
        let precision = precision.of(weights.numbers);
        Self {
            here: precision.and_then(|precision| native::need_bytes(architecture, precision)),
            whisper_cpp: ggml::need_bytes(architecture, weights.bytes),
        }
    }

    /// How many bytes it takes to compute it here, where that can be and fits.
    pub(crate) fn here(&self, left_bytes: Option<u64>) -> Option<u64> {
        self.here.filter(|&here| left_bytes.is_none_or(|left| here <= left))
    }

    /// How many bytes it takes where `left_bytes` are left, if that is known: as it is computed there,
    /// or at the least where it does not fit.
    #[must_use]
    pub fn bytes(&self, left_bytes: Option<u64>) -> u64 {
        let least = self.here.map_or(self.whisper_cpp, |here| here.min(self.whisper_cpp));
        self.here(left_bytes).unwrap_or(least)
    }

    /// Whether it fits where `left_bytes` are left. What is not known is taken to be enough.
    #[must_use]
    pub fn fits(&self, left_bytes: Option<u64>) -> bool {
        left_bytes.is_none_or(|left| self.bytes(left_bytes) <= left)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_computed_here_where_that_fits_and_else_by_whisper_cpp() {
        let need = |here, left| MemoryNeed { here, whisper_cpp: 200 }.bytes(left);
        let cases = [
            (Some(100), None, 100),
            (Some(100), Some(100), 100),
            (Some(100), Some(99), 100),
            // In 32 bits it takes more than whisper.cpp.
            (Some(300), None, 300),
            (Some(300), Some(299), 200),
            (Some(300), Some(199), 200),
            (None, None, 200),
            (None, Some(200), 200),
            (None, Some(199), 200),
        ];
        for (here, left, expected) in cases {
            assert_eq!(need(here, left), expected, "{here:?} with {left:?} left");
        }
    }
}
