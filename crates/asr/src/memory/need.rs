//! Memory need of a model on this machine.

#[cfg(feature = "whisper-cpp")]
use super::ggml;
use super::native;
use crate::models::{Architecture, Stored};
use crate::precision::Precision;

/// Implementation of the network.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Implementation {
    Native,
    #[cfg(feature = "whisper-cpp")]
    WhisperCpp,
}

/// Memory that transcribing with a model takes, in each implementation of the network.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MemoryNeed {
    /// `None` if the weights are of a type that only whisper.cpp reads.
    native: Option<u64>,
    /// `None` in a build without whisper.cpp.
    whisper_cpp: Option<u64>,
}

impl MemoryNeed {
    pub(crate) fn of(architecture: Architecture, weights: Stored, precision: Precision) -> Self {
        let precision = precision.of(weights.numbers);
        Self {
            native: precision.map(|precision| native::need_bytes(architecture, precision)),
            #[cfg(feature = "whisper-cpp")]
            whisper_cpp: Some(ggml::need_bytes(architecture, weights.bytes)),
            #[cfg(not(feature = "whisper-cpp"))]
            whisper_cpp: None,
        }
    }

    /// Chooses whisper.cpp where `left_bytes` are left only if the model cannot be computed natively or does
    /// not fit.
    #[cfg(feature = "whisper-cpp")]
    pub(crate) fn implementation(&self, left_bytes: Option<u64>) -> Implementation {
        match self.native(left_bytes) {
            Some(_) => Implementation::Native,
            None => Implementation::WhisperCpp,
        }
    }

    /// Chooses the only one of this build.
    #[cfg(not(feature = "whisper-cpp"))]
    #[expect(clippy::unused_self, reason = "there is no choice in this build only")]
    pub(crate) fn implementation(&self, _left_bytes: Option<u64>) -> Implementation {
        Implementation::Native
    }

    /// Bytes that computing it natively takes, if that is possible and fits.
    fn native(&self, left_bytes: Option<u64>) -> Option<u64> {
        self.native.filter(|&bytes| left_bytes.is_none_or(|left| bytes <= left))
    }

    /// Bytes that it takes where `left_bytes` are left, if that is known: in the implementation that is
    /// chosen there, or the smaller figure where neither fits.
    #[must_use]
    pub fn bytes(&self, left_bytes: Option<u64>) -> u64 {
        let least = || [self.native, self.whisper_cpp].into_iter().flatten().min();
        self.native(left_bytes).or_else(least).unwrap_or_default()
    }

    /// True if it fits where `left_bytes` are left. An unknown figure is taken to be enough.
    #[must_use]
    pub fn fits(&self, left_bytes: Option<u64>) -> bool {
        left_bytes.is_none_or(|left| self.bytes(left_bytes) <= left)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_computed_natively_where_that_fits_and_else_by_whisper_cpp() {
        let need = |native, left| MemoryNeed { native, whisper_cpp: Some(200) }.bytes(left);
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
        for (native, left, expected) in cases {
            assert_eq!(need(native, left), expected, "{native:?} with {left:?} left");
        }
    }
}
