//! The model files: which there are, where they lie, whether they are whole, how they come here.

mod architecture;
mod catalogue;
mod checksum;
mod download;
mod error;
mod format;
mod library;
mod numbers;
#[cfg(test)]
pub(crate) mod quantised;
mod spec;
mod tokens;
mod weights;

pub use architecture::Architecture;
pub use catalogue::{CatalogueModel, catalogue, find};
pub use error::ModelError;
pub use library::{FileState, ModelLibrary, ModelStatus, VerifiedModel};
pub use spec::{ModelOrigin, ModelSpec, ParseModelError};

pub(crate) use architecture::{AUDIO_CONTEXT, TEXT_CONTEXT};
pub(crate) use checksum::{digits, sha256};
pub(crate) use numbers::{Numbers, Stored};
pub(crate) use tokens::tokens;
pub(crate) use weights::Weights;
