//! The engine's models, for frontends.

pub use watchme_asr::memory::left_bytes as memory_left_bytes;
pub use watchme_asr::models::{
    CatalogueModel, FileState, ModelError, ModelLibrary, ModelOrigin, ModelSpec, ModelStatus,
    VerifiedModel, catalogue, find,
};
pub use watchme_asr::{Measurement, Precision, StageTimes, processor};

pub use crate::engine::model_library;
