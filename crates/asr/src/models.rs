//! Model files: the catalogue, the folder, verification and download.

mod architecture;
mod catalogue;
mod checksum;
mod download;
mod error;
mod format;
mod library;
mod spec;
mod stored;
#[cfg(test)]
pub(crate) mod tests;
mod tokens;

pub use architecture::Architecture;
pub use catalogue::{CatalogueModel, catalogue, find};
pub use error::ModelError;
pub use library::{FileState, ModelLibrary, ModelStatus, VerifiedModel};
pub use spec::{ModelOrigin, ModelSpec, ParseModelError};

pub(crate) use architecture::{AUDIO_CONTEXT, TEXT_CONTEXT};
pub(crate) use checksum::{digits, sha256};
pub(crate) use stored::{Numbers, Stored};
pub(crate) use tokens::tokens;
