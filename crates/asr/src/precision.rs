//! The precision of matrix products, as the settings choose it.

use crate::models::Numbers;

/// Precision of the matrix products with the weights of a 16-bit file. Those of a quantised file are
/// multiplied in 8 bits either way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Precision {
    /// 16 bits if that is faster on this processor. Of two tokens that are nearly as likely, another one
    /// may win than with 32 bits.
    #[default]
    Fast,
    /// 32 bits, for about twice the time of the encoder.
    Exact,
}

impl Precision {
    /// Returns the precision of the native network for weights of this kind; `None` if it cannot read
    /// them.
    pub(crate) fn of(self, numbers: Numbers) -> Option<watchme_inference::Precision> {
        use watchme_inference::Precision::{F32, Half, Int8};

        match (numbers, self) {
            (Numbers::Floats, Self::Fast) => Some(Half),
            (Numbers::Floats, Self::Exact) => Some(F32),
            // The weights have no more digits than that.
            (Numbers::Quantised, _) => Some(Int8),
            (Numbers::Foreign, _) => None,
        }
    }
}
