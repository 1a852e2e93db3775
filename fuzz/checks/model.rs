//! Checks of any bytes that are read as a model file. Used by the fuzzer and by the tests.

use std::io::{Seek as _, SeekFrom, Write as _};

use watchme_asr::models::{ModelError, ModelOrigin};
use watchme_asr::{ModelLibrary, Precision};

/// Longest file: the largest model has 3 GB.
const MAX_BYTES: u64 = 8 << 30;

/// Walks the model file that `recipe` describes; panics where a promise of
/// [`ModelLibrary::verify`] is broken.
///
/// A model is megabytes of numbers that the walk seeks over. A recipe leaves them out: it is
/// pieces of a length (16 bits), that many bytes, and the length of the hole that follows (32
/// bits), all little-endian. The holes are holes of the file too. Returns true if it is a model.
pub(crate) fn check(recipe: &[u8]) -> bool {
    let mut file = tempfile::NamedTempFile::new().expect("a temporary file");
    let mut rest = recipe;
    let mut length = 0;
    while let Some((bytes, hole)) = piece(&mut rest) {
        if length + bytes.len() as u64 + hole > MAX_BYTES {
            break;
        }
        file.seek(SeekFrom::Start(length)).expect("a file that can be sought in");
        file.write_all(bytes).expect("a file that takes the bytes");
        length += bytes.len() as u64 + hole;
    }
    file.as_file().set_len(length).expect("a file with holes");
    let library = ModelLibrary::new(std::env::temp_dir(), None);
    match library.verify(&ModelOrigin::File(file.path().to_owned())) {
        Ok(model) => {
            assert_eq!(model.size_bytes, length);
            assert!(model.memory_need(Precision::Fast).bytes(None) > 0);
            true
        }
        Err(ModelError::Invalid { .. }) => false,
        Err(error) => panic!("{error:?}"),
    }
}

/// Returns the next piece; the last one may be cut short.
fn piece<'a>(rest: &mut &'a [u8]) -> Option<(&'a [u8], u64)> {
    let length = u16::from_le_bytes(*rest.split_off(..2)?.first_chunk()?);
    let length = usize::from(length).min(rest.len());
    let bytes = rest.split_off(..length)?;
    let hole = rest.split_off(..4).and_then(|hole| hole.first_chunk().copied());
    Some((bytes, hole.map_or(0, u32::from_le_bytes).into()))
}
