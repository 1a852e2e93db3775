//! Weights as they are stored in a file.

use watchme_inference::ggml::GgmlType;

/// Weights of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stored {
    /// Size of all weights.
    pub(crate) bytes: u64,
    pub(crate) numbers: Numbers,
}

/// Kind of numbers that the weights of a file are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Numbers {
    /// Floats of 16 or 32 bits.
    Floats,
    /// Integers of 8 bits or fewer, with scales.
    Quantised,
    /// A type that is not read here.
    Foreign,
}

impl From<GgmlType> for Numbers {
    fn from(of: GgmlType) -> Self {
        match of {
            GgmlType::F32 | GgmlType::F16 => Self::Floats,
            _ if of.is_read() => Self::Quantised,
            _ => Self::Foreign,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_that_are_not_read_are_foreign() {
        for of in GgmlType::ALL {
            assert_ne!(of.is_read(), Numbers::from(of) == Numbers::Foreign, "{of:?}");
        }
    }
}
