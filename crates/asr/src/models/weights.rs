//! The numbers of a model file, one tensor at a time.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::path::Path;

use super::format::{F16, F32, FILTERS_AT, Fault, Place, SPECTRUM, walk_with};
use super::numbers::numbers;

/// Bytes that are read at once: whole blocks of every number type, and at least 32 numbers, which is
/// their least common multiple.
const PIECE_BYTES: u64 = 128 * 9 * 5 * 11 * 17;

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

    /// The filters of the spectrum, 201 weights for each of `bands`.
    pub(crate) fn filters(&mut self, bands: u32) -> io::Result<Vec<f32>> {
        let place = Place {
            number_type: F32,
            at: FILTERS_AT,
            bytes: u64::from(bands) * u64::from(SPECTRUM) * 4,
        };
        let mut all = Vec::new();
        self.read_at(place, &mut |numbers| all.extend_from_slice(numbers))?;
        Ok(all)
    }

    /// Gives the numbers of a tensor in pieces, so that they are never all in memory in 32 bits: whole
    /// blocks of 32, but the last. [`io::ErrorKind::Unsupported`] where their type is not read here.
    pub(crate) fn read_in_pieces(
        &mut self,
        name: &str,
        take: &mut dyn FnMut(&[f32]),
    ) -> io::Result<()> {
        let place = *self.places.get(name).ok_or(io::ErrorKind::NotFound)?;
        self.read_at(place, take)
    }

    fn read_at(&mut self, place: Place, take: &mut dyn FnMut(&[f32])) -> io::Result<()> {
        self.file.seek(SeekFrom::Start(place.at))?;
        let mut left = place.bytes;
        let mut piece = Vec::new();
        while left > 0 {
            piece.clear();
            (&self.file).take(left.min(PIECE_BYTES)).read_to_end(&mut piece)?;
            if piece.is_empty() {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            take(&numbers(place.number_type, &piece).ok_or(io::ErrorKind::Unsupported)?);
            left -= piece.len() as u64;
        }
        Ok(())
    }

    /// The numbers of a tensor. [`io::ErrorKind::Unsupported`] where their type is not read here.
    pub(crate) fn read(&mut self, name: &str) -> io::Result<Vec<f32>> {
        let mut all = Vec::new();
        self.read_in_pieces(name, &mut |numbers| all.extend_from_slice(numbers))?;
        Ok(all)
    }
}
