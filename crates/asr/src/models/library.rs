//! The folder of model files.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;
use std::{fmt, fs, io};

use reqwest::Url;
use watchme_core::rules::ModelLanguages;

use super::architecture::Architecture;
use super::catalogue::{CatalogueModel, SOURCE, catalogue};
use super::checksum::sha256;
use super::format::{Contents, Fault, read_header, walk};
use super::spec::ModelOrigin;
use super::stored::{Numbers, Stored};
use super::{ModelError, download};
use crate::memory::MemoryNeed;
use crate::precision::Precision;

/// Folder of model files, and the server that they are pulled from.
///
/// Clones share the set of files that are verified.
#[derive(Clone)]
pub struct ModelLibrary {
    folder: PathBuf,
    mirror: Option<Url>,
    verified: Arc<Mutex<HashSet<Fingerprint>>>,
}

/// A model file that is whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifiedModel {
    /// Path of the file.
    pub path: PathBuf,
    /// Shape of the model.
    pub architecture: Architecture,
    /// Size of the file.
    pub size_bytes: u64,
    pub(crate) weights: Stored,
}

impl VerifiedModel {
    /// Memory that transcribing with it takes on this machine.
    #[must_use]
    pub fn memory_need(&self, precision: Precision) -> MemoryNeed {
        MemoryNeed::of(self.architecture, self.weights, precision)
    }
}

/// A model of the catalogue, and its file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelStatus {
    /// The model.
    pub model: &'static CatalogueModel,
    /// Path of its file, present or not.
    pub path: PathBuf,
    /// State of the file.
    pub state: FileState,
}

/// State of a file, as far as it is known without reading it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileState {
    /// The file is there and has the right size.
    Present,
    /// The file is there and is not the published one.
    WrongSize {
        /// Size of the file.
        size_bytes: u64,
    },
    /// Part of the file is downloaded.
    Partial {
        /// Bytes that are downloaded.
        done_bytes: u64,
    },
    /// The file is not there.
    Absent,
}

/// A file as it was when it was verified.
#[derive(PartialEq, Eq, Hash)]
struct Fingerprint {
    path: PathBuf,
    size_bytes: u64,
    modified: Option<SystemTime>,
}

impl ModelLibrary {
    /// Creates the library of `folder`, which need not exist yet. Files are pulled from `mirror`, a folder
    /// that serves them under their published names, or else from where they are published.
    #[must_use]
    pub fn new(folder: PathBuf, mirror: Option<Url>) -> Self {
        Self { folder, mirror, verified: Arc::default() }
    }

    /// Path of the file of a model, present or not.
    #[must_use]
    pub fn path(&self, origin: &ModelOrigin) -> PathBuf {
        match origin {
            ModelOrigin::Catalogue(model) => self.folder.join(model.file),
            ModelOrigin::File(path) => path.clone(),
        }
    }

    /// Lists the catalogue with the state of each file. Blocking, quick.
    #[must_use]
    pub fn list(&self) -> Vec<ModelStatus> {
        catalogue()
            .iter()
            .map(|model| {
                let path = self.folder.join(model.file);
                let state = file_state(&path, model);
                ModelStatus { model, path, state }
            })
            .collect()
    }

    /// Languages of a model by the vocabulary in its file, if that can be read. Blocking, quick.
    #[must_use]
    pub fn languages(&self, origin: &ModelOrigin) -> Option<ModelLanguages> {
        read_header(&self.path(origin)).ok().map(|architecture| architecture.languages())
    }

    /// Checks that the file of a model is whole: its structure, and for a model of the catalogue
    /// its checksum. Blocking: about a second for each gigabyte, once for each unchanged file.
    pub fn verify(&self, origin: &ModelOrigin) -> Result<VerifiedModel, ModelError> {
        let path = self.path(origin);
        let fingerprint = fingerprint(&path)?;
        let size_bytes = fingerprint.size_bytes;
        let invalid = |reason| ModelError::Invalid { path: path.clone(), reason };
        let contents = walk(&path).map_err(|fault| match fault {
            Fault::Io(source) => io_error(&path, source),
            Fault::Truncated => invalid("it is truncated".to_owned()),
            Fault::Malformed(reason) => invalid(reason),
        })?;
        if contents.weights.numbers == Numbers::Foreign && !cfg!(feature = "whisper-cpp") {
            let reason = "its weights are of a type that only whisper.cpp reads, which this build is without";
            return Err(invalid(reason.to_owned()));
        }
        if let ModelOrigin::Catalogue(model) = origin
            && !self.is_verified(&fingerprint)
        {
            let sum = sha256(&path).map_err(|source| io_error(&path, source))?;
            if sum != model.sha256 {
                return Err(invalid("its checksum is not the published one".to_owned()));
            }
            self.remember(fingerprint);
        }
        let Contents { architecture, weights } = contents;
        Ok(VerifiedModel { path, architecture, size_bytes, weights })
    }

    /// Downloads a model of the catalogue and returns its path. Resumes an earlier download that
    /// stopped; a file that is here and whole is left as it is.
    ///
    /// `progress` gets the number of bytes that are here and of those there are. A dropped call keeps the
    /// bytes that have arrived.
    pub async fn pull(
        &self,
        model: &CatalogueModel,
        progress: &(dyn Fn(u64, u64) + Send + Sync),
    ) -> Result<PathBuf, ModelError> {
        let path = self.folder.join(model.file);
        if download::is_whole(&path, model).await {
            progress(model.size_bytes, model.size_bytes);
            return Ok(path);
        }
        download::download(model, &self.source()?, &path, progress).await?;
        Ok(path)
    }

    fn source(&self) -> Result<Url, ModelError> {
        let mut source = match &self.mirror {
            Some(mirror) => mirror.clone(),
            None => Url::parse(SOURCE).map_err(|error| ModelError::Refused {
                host: SOURCE.to_owned(),
                file: String::new(),
                reason: error.to_string(),
            })?,
        };
        if !source.path().ends_with('/') {
            source.set_path(&format!("{}/", source.path()));
        }
        Ok(source)
    }

    fn is_verified(&self, fingerprint: &Fingerprint) -> bool {
        self.verified.lock().unwrap_or_else(PoisonError::into_inner).contains(fingerprint)
    }

    fn remember(&self, fingerprint: Fingerprint) {
        self.verified.lock().unwrap_or_else(PoisonError::into_inner).insert(fingerprint);
    }
}

impl fmt::Debug for ModelLibrary {
    /// Leaves out the mirror, whose URL may hold a password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ModelLibrary").field("folder", &self.folder).finish_non_exhaustive()
    }
}

fn file_state(path: &Path, model: &CatalogueModel) -> FileState {
    match (fs::metadata(path), fs::metadata(download::part_of(path))) {
        (Ok(file), _) if file.len() == model.size_bytes => FileState::Present,
        (Ok(file), _) => FileState::WrongSize { size_bytes: file.len() },
        (Err(_), Ok(part)) => FileState::Partial { done_bytes: part.len() },
        (Err(_), Err(_)) => FileState::Absent,
    }
}

fn fingerprint(path: &Path) -> Result<Fingerprint, ModelError> {
    let metadata = fs::metadata(path).map_err(|source| io_error(path, source))?;
    if !metadata.is_file() {
        let reason = "it is no file".to_owned();
        return Err(ModelError::Invalid { path: path.to_owned(), reason });
    }
    Ok(Fingerprint {
        path: path.to_owned(),
        size_bytes: metadata.len(),
        modified: metadata.modified().ok(),
    })
}

fn io_error(path: &Path, source: io::Error) -> ModelError {
    let path = path.to_owned();
    match source.kind() {
        io::ErrorKind::NotFound => ModelError::Absent { path },
        _ => ModelError::Io { path, source },
    }
}
