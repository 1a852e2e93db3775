//! The numbers of a model file, one tensor at a time.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::path::Path;

use super::format::{F16, Fault, Place, walk_with};
use super::numbers::numbers;

/// A model file whose tensors are read by name.
pub(crate) struct Weights {
    file: File,
    places: HashMap<String, Place>,
}

impl Weights {
    /// Opens a file. Blocking, as are its reads.
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        let mut places = HashMap::new();
        let mut found = |name, place| {
            places.insert(name, place);
        };
        walk_with(path, &mut found).map_err(Fault::of_verified)?;
        Ok(Self { file: File::open(path)?, places })
    }

    /// Whether the weights are stored in 8 bits or fewer.
    pub(crate) fn are_quantised(&self) -> bool {
        self.places.values().any(|place| place.number_type > F16)
    }

    /// The numbers of a tensor. [`io::ErrorKind::Unsupported`] where their type is not read here.
    pub(crate) fn read(&mut self, name: &str) -> io::Result<Vec<f32>> {
        let place = self.places.get(name).ok_or(io::ErrorKind::NotFound)?;
        self.file.seek(SeekFrom::Start(place.at))?;
        let mut bytes = Vec::new();
        (&self.file).take(place.bytes).read_to_end(&mut bytes)?;
        numbers(place.number_type, &bytes).ok_or_else(|| io::ErrorKind::Unsupported.into())
    }
}
