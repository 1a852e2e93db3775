//! One entry of the list of allowed models, as it is written in the settings.

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use watchme_core::ModelName;

use super::catalogue::{CatalogueModel, catalogue, find};
use super::format::walk;
use crate::memory::MemoryNeed;
use crate::precision::Precision;

/// A model that callers may ask for.
///
/// Written as a name of the catalogue (`base`), a file (`/srv/models/ggml-mine.bin`, which callers
/// ask for as `ggml-mine`), or a name with the file that answers to it (`base=/srv/mine.bin`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelSpec {
    /// Name that callers use.
    pub name: ModelName,
    /// File behind the name.
    pub origin: ModelOrigin,
}

/// Origin of a model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ModelOrigin {
    /// A model of the catalogue; its file is in the folder of models.
    Catalogue(&'static CatalogueModel),
    /// A file of the operator's own.
    File(PathBuf),
}

impl ModelSpec {
    /// Memory that transcribing with it takes on this machine, by the catalogue or by its file, if that can
    /// be read. Blocking, quick.
    pub(crate) fn memory_need(&self, precision: Precision) -> Option<MemoryNeed> {
        match &self.origin {
            ModelOrigin::Catalogue(model) => Some(model.memory_need(precision)),
            ModelOrigin::File(path) => {
                let found = walk(path).ok()?;
                Some(MemoryNeed::of(found.architecture, found.weights, precision))
            }
        }
    }
}

/// A text that names no model.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ParseModelError {
    /// The catalogue has no such model.
    #[error("unknown model `{name}`, use one of {}, or the path of a ggml file", known())]
    Unknown {
        /// Name that was asked for.
        name: String,
    },
    /// The name before `=`, or the file's name, cannot be a model's name.
    #[error(
        "`{name}` cannot name a model, write `NAME={path}` with letters, digits, `-`, `_` and `.`"
    )]
    Name {
        /// The name.
        name: String,
        /// The file.
        path: String,
    },
    /// There is nothing after `=`.
    #[error("no file after `{name}=`")]
    NoFile {
        /// The name before it.
        name: String,
    },
}

impl FromStr for ModelSpec {
    type Err = ParseModelError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        if let Some((name, path)) = text.split_once('=') {
            if path.is_empty() {
                return Err(ParseModelError::NoFile { name: name.to_owned() });
            }
            return file(name, path);
        }
        let is_path = text.contains(['/', '\\'])
            || Path::new(text).extension().is_some_and(|extension| extension == "bin");
        if is_path {
            let stem = Path::new(text).file_stem().unwrap_or_default();
            return file(&stem.to_string_lossy(), text);
        }
        let unknown = || ParseModelError::Unknown { name: text.to_owned() };
        let model = find(text).ok_or_else(unknown)?;
        let name = text.parse().map_err(|_| unknown())?;
        Ok(Self { name, origin: ModelOrigin::Catalogue(model) })
    }
}

impl fmt::Display for ModelSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.origin {
            ModelOrigin::Catalogue(_) => self.name.fmt(f),
            ModelOrigin::File(path) => write!(f, "{}={}", self.name, path.display()),
        }
    }
}

fn file(name: &str, path: &str) -> Result<ModelSpec, ParseModelError> {
    let invalid = |_| ParseModelError::Name { name: name.to_owned(), path: path.to_owned() };
    let origin = ModelOrigin::File(PathBuf::from(path));
    Ok(ModelSpec { name: name.parse().map_err(invalid)?, origin })
}

fn known() -> String {
    let names: Vec<String> = catalogue().iter().map(|model| format!("`{}`", model.name)).collect();
    names.join(", ")
}
