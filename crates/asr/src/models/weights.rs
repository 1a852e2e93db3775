//! Reads the numbers of a model file, one tensor at a time.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::path::Path;

use super::format::{FILTERS_AT, Fault, Place, SPECTRUM, walk_with};
use super::ggml_type::GgmlType;
use super::stored::Numbers;

/// Bytes that are read at once: whole blocks of every number type, and at least 32 numbers, which is
/// their least common multiple.
const PIECE_BYTES: u64 = 128 * 9 * 5 * 11 * 17;

/// A model file whose tensors are read by name.
pub(crate) struct Weights {
    file: File,
    places: HashMap<String, Place>,
    numbers: Numbers,
}

impl Weights {
    /// Opens a file. Blocking, as are its reads.
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        let mut places = HashMap::new();
        let mut found = |name, place| {
            places.insert(name, place);
        };
        let contents = walk_with(path, &mut found).map_err(Fault::of_verified)?;
        Ok(Self { file: File::open(path)?, places, numbers: contents.weights.numbers })
    }

    /// Kind of the weights.
    pub(crate) fn numbers(&self) -> Numbers {
        self.numbers
    }

    /// Reads the mel filters: `[bands, 201]` f32, row-major.
    pub(crate) fn filters(&mut self, bands: u32) -> io::Result<Vec<f32>> {
        let place = Place {
            number_type: GgmlType::F32,
            at: FILTERS_AT,
            bytes: u64::from(bands) * u64::from(SPECTRUM) * 4,
        };
        let mut all = Vec::new();
        self.read_at(place, &mut |numbers| all.extend_from_slice(numbers))?;
        Ok(all)
    }

    /// Reads the numbers of a tensor in pieces, so that they are never all in memory as 32-bit floats.
    /// All pieces but the last are whole blocks of 32. [`io::ErrorKind::Unsupported`] where their type is
    /// not read here.
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
            take(&place.number_type.read(&piece).ok_or(io::ErrorKind::Unsupported)?);
            left -= piece.len() as u64;
        }
        Ok(())
    }

    /// Reads all numbers of a tensor. [`io::ErrorKind::Unsupported`] where their type is not read here.
    #[cfg(test)]
    pub(crate) fn read(&mut self, name: &str) -> io::Result<Vec<f32>> {
        let mut all = Vec::new();
        self.read_in_pieces(name, &mut |numbers| all.extend_from_slice(numbers))?;
        Ok(all)
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;

    /// In pieces: a piece of 16-bit floats is 538560 of them.
    const LONG: &str = "decoder.token_embedding.weight";

    fn demo() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models/ggml-synth-tiny.bin")
    }

    #[test]
    fn pieces_are_whole_blocks_and_together_all_numbers() {
        let mut weights = Weights::open(&demo()).unwrap();
        assert_eq!(weights.numbers(), Numbers::Floats);
        let (mut lengths, mut all) = (Vec::new(), Vec::new());
        let mut take = |numbers: &[f32]| {
            lengths.push(numbers.len());
            all.extend_from_slice(numbers);
        };
        weights.read_in_pieces(LONG, &mut take).unwrap();
        assert!(lengths.len() > 1, "{lengths:?}");
        assert!(lengths.iter().all(|length| length % 32 == 0), "{lengths:?}");
        assert_eq!(all.len(), 51_865 * 128);
        assert!(weights.read(LONG).unwrap() == all);
        let short = weights.read("decoder.ln.weight").unwrap();
        assert!(short.len() == 128 && short.iter().all(|number| number.is_finite()));
    }

    #[test]
    fn a_piece_is_whole_blocks_of_every_type() {
        for number_type in GgmlType::ALL.into_iter().filter(|it| it.is_read()) {
            assert_eq!(PIECE_BYTES % number_type.block_bytes(), 0, "{number_type:?}");
            let bytes = vec![0; usize::try_from(PIECE_BYTES).unwrap()];
            assert_eq!(number_type.read(&bytes).unwrap().len() % 32, 0, "{number_type:?}");
        }
    }

    #[test]
    fn the_filters_are_triangles_that_follow_each_other() {
        let filters = Weights::open(&demo()).unwrap().filters(80).unwrap();
        assert_eq!(filters.len(), 80 * 201);
        let middle = |filter: &[f32]| {
            let largest = filter.iter().copied().fold(0.0, f32::max);
            assert!(largest > 0.0 && filter.iter().all(|&weight| weight >= 0.0));
            filter.iter().position(|&weight| weight >= largest).unwrap()
        };
        assert!(filters.chunks(201).map(middle).is_sorted());
    }

    #[test]
    fn what_is_not_there_or_not_read_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("model.bin");
        std::fs::copy(demo(), &path).unwrap();
        let mut weights = Weights::open(&path).unwrap();
        let kind = |weights: &mut Weights, name| weights.read(name).map_err(|error| error.kind());
        assert_eq!(kind(&mut weights, "decoder.ln"), Err(io::ErrorKind::NotFound));
        for place in weights.places.values_mut() {
            place.number_type = GgmlType::Q4K;
        }
        assert_eq!(kind(&mut weights, LONG), Err(io::ErrorKind::Unsupported));
        // Cut while it is open.
        let mut weights = Weights::open(&path).unwrap();
        let cut = weights.places[LONG].at + 1_000_000;
        File::options().write(true).open(&path).unwrap().set_len(cut).unwrap();
        assert_eq!(kind(&mut weights, LONG), Err(io::ErrorKind::UnexpectedEof));
    }
}
