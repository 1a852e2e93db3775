//! Reader of Whisper models in the format of whisper.cpp: one file of hyperparameters, mel filters,
//! tokens and tensors.
//!
//! [`models/README.md`] of whisper.cpp has a script that makes such files of OpenAI's checkpoints.
//!
//! [`models/README.md`]: https://github.com/ggml-org/whisper.cpp/blob/master/models/README.md

mod number_type;

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::path::Path;

pub use self::number_type::GgmlType;
use crate::shape::{DecoderShape, EncoderShape, WrongLength};
use crate::tensors::Tensors;

/// `ggml`, as a little-endian number.
const MAGIC: u32 = 0x6767_6d6c;

/// The header's file type holds the version of the quantisation in its thousands.
const QUANTISATION_VERSIONS: u32 = 1000;

/// Length of a tensor's name at most: the longest of Whisper's has 39 characters.
const MAX_NAME_BYTES: u32 = 64;

/// Bytes that are read at once: whole blocks of every number type, and at least 32 numbers, which is
/// their least common multiple.
const PIECE_BYTES: u64 = 128 * 9 * 5 * 11 * 17;

/// Open model file, whose tensors are read by name.
///
/// Reading is blocking. Opening it checks that the file is well-formed, and the encoder and decoder
/// check the length of each tensor that they read.
pub struct ModelFile {
    file: File,
    encoder_shape: EncoderShape,
    decoder_shape: DecoderShape,
    number_type: GgmlType,
    mel_filters: Vec<f32>,
    places: HashMap<String, Place>,
}

/// Place of a tensor in its file.
#[derive(Debug, Clone, Copy)]
struct Place {
    number_type: GgmlType,
    /// Offset from the start of the file, in bytes.
    at: u64,
    bytes: u64,
}

impl ModelFile {
    /// Opens a file, and reads everything but tokens and tensors.
    pub fn open(path: &Path) -> io::Result<Self> {
        let file = File::open(path)?;
        let length = file.metadata()?.len();
        let mut walk = Walk { file: BufReader::new(&file), at: 0, length };
        if walk.number()? != MAGIC {
            return Err(malformed("it does not begin like a ggml model"));
        }
        let mut header = [0; 11];
        for field in &mut header {
            *field = walk.number()?;
        }
        let [vocabulary, _, width, _, audio_layers, _, _, _, text_layers, mel_bands, file_type] =
            header;
        let number_type = GgmlType::of_file(file_type % QUANTISATION_VERSIONS)
            .ok_or_else(|| malformed("its number type is unknown"))?;
        let mel_filters = walk.mel_filters()?;
        walk.skip_tokens()?;
        let places = walk.tensors()?;
        let [vocabulary, width, mel_bands] = [vocabulary, width, mel_bands].map(|it| it as usize);
        Ok(Self {
            encoder_shape: EncoderShape { width, layers: audio_layers as usize, mel_bands },
            decoder_shape: DecoderShape { width, layers: text_layers as usize, vocabulary },
            number_type,
            mel_filters,
            places,
            file,
        })
    }

    /// Shape of the model's encoder.
    #[must_use]
    pub fn encoder_shape(&self) -> EncoderShape {
        self.encoder_shape
    }

    /// Shape of the model's decoder.
    #[must_use]
    pub fn decoder_shape(&self) -> DecoderShape {
        self.decoder_shape
    }

    /// Number type of the weights.
    #[must_use]
    pub fn number_type(&self) -> GgmlType {
        self.number_type
    }

    /// Filters for a [`MelSpectrogram`](crate::MelSpectrogram), `[mel_bands, 201]` row-major.
    #[must_use]
    pub fn mel_filters(&self) -> &[f32] {
        &self.mel_filters
    }
}

/// Fails with [`io::ErrorKind::NotFound`] if there is no such tensor, and with
/// [`io::ErrorKind::Unsupported`] if its number type is not read here.
impl Tensors for ModelFile {
    type Error = io::Error;

    fn read(&mut self, name: &str, take: &mut dyn FnMut(&[f32])) -> io::Result<()> {
        let place = *self.places.get(name).ok_or(io::ErrorKind::NotFound)?;
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
}

impl From<WrongLength> for io::Error {
    fn from(error: WrongLength) -> Self {
        Self::new(io::ErrorKind::InvalidData, error)
    }
}

/// Walk over a file's headers. It never reads beyond the file, nor allocates more than its length.
struct Walk<'a> {
    file: BufReader<&'a File>,
    at: u64,
    length: u64,
}

impl Walk<'_> {
    fn mel_filters(&mut self) -> io::Result<Vec<f32>> {
        let count = u64::from(self.number()?) * u64::from(self.number()?);
        let bytes = self.bytes(count.saturating_mul(4))?;
        Ok(bytes.as_chunks().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect())
    }

    fn skip_tokens(&mut self) -> io::Result<()> {
        for _ in 0..self.number()? {
            let bytes = self.number()?;
            self.skip(bytes.into())?;
        }
        Ok(())
    }

    fn tensors(&mut self) -> io::Result<HashMap<String, Place>> {
        let mut places = HashMap::new();
        while self.at < self.length {
            let (rank, name_bytes, number_type) = (self.number()?, self.number()?, self.number()?);
            if !(1..=3).contains(&rank) || name_bytes > MAX_NAME_BYTES {
                return Err(malformed("the header of a tensor is broken"));
            }
            let mut dimensions = [1; 3];
            for dimension in dimensions.iter_mut().take(rank as usize) {
                *dimension = self.number()?;
            }
            let name = String::from_utf8_lossy(&self.bytes(name_bytes.into())?).into_owned();
            let place = GgmlType::of_tensor(number_type).and_then(|number_type| {
                let bytes = number_type.tensor_bytes(dimensions)?;
                Some(Place { number_type, at: self.at, bytes })
            });
            let place = place.ok_or_else(|| malformed("the header of a tensor is broken"))?;
            self.skip(place.bytes)?;
            places.insert(name, place);
        }
        Ok(places)
    }

    fn number(&mut self) -> io::Result<u32> {
        let mut bytes = [0; 4];
        self.file.read_exact(&mut bytes)?;
        self.at += 4;
        Ok(u32::from_le_bytes(bytes))
    }

    fn bytes(&mut self, count: u64) -> io::Result<Vec<u8>> {
        self.expect(count)?;
        let mut bytes = Vec::new();
        self.file.by_ref().take(count).read_to_end(&mut bytes)?;
        self.at += count;
        Ok(bytes)
    }

    fn skip(&mut self, count: u64) -> io::Result<()> {
        self.expect(count)?;
        self.at += count;
        match i64::try_from(count) {
            Ok(count) => self.file.seek_relative(count),
            Err(_) => self.file.seek(SeekFrom::Start(self.at)).map(drop),
        }
    }

    fn expect(&self, count: u64) -> io::Result<()> {
        if count > self.length - self.at {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        Ok(())
    }
}

fn malformed(reason: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, reason)
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

    fn read(file: &mut ModelFile, name: &str) -> io::Result<Vec<f32>> {
        let mut all = Vec::new();
        file.read(name, &mut |numbers| all.extend_from_slice(numbers))?;
        Ok(all)
    }

    #[test]
    fn the_shapes_are_those_of_the_header() {
        let file = ModelFile::open(&demo()).unwrap();
        let (encoder, decoder) = (file.encoder_shape(), file.decoder_shape());
        assert_eq!((encoder.width, encoder.layers, encoder.mel_bands), (128, 4, 80));
        assert_eq!((decoder.width, decoder.layers, decoder.vocabulary), (128, 3, 51_865));
        assert_eq!(file.number_type(), GgmlType::F16);
        for (name, place) in &file.places {
            let length = encoder.tensor_len(name).or(decoder.tensor_len(name)).unwrap() as u64;
            assert_eq!(place.number_type.tensor_bytes([1, 1, 1]).unwrap() * length, place.bytes);
        }
    }

    #[test]
    fn pieces_are_whole_blocks_and_together_all_numbers() {
        let mut file = ModelFile::open(&demo()).unwrap();
        let (mut lengths, mut all) = (Vec::new(), Vec::new());
        let mut take = |numbers: &[f32]| {
            lengths.push(numbers.len());
            all.extend_from_slice(numbers);
        };
        file.read(LONG, &mut take).unwrap();
        assert!(lengths.len() > 1, "{lengths:?}");
        assert!(lengths.iter().all(|length| length % 32 == 0), "{lengths:?}");
        assert_eq!(all.len(), 51_865 * 128);
        let short = read(&mut file, "decoder.ln.weight").unwrap();
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
        let file = ModelFile::open(&demo()).unwrap();
        let filters = file.mel_filters();
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
        let mut file = ModelFile::open(&path).unwrap();
        let kind = |file: &mut ModelFile, name| read(file, name).map_err(|error| error.kind());
        assert_eq!(kind(&mut file, "decoder.ln"), Err(io::ErrorKind::NotFound));
        for place in file.places.values_mut() {
            place.number_type = GgmlType::Q4K;
        }
        assert_eq!(kind(&mut file, LONG), Err(io::ErrorKind::Unsupported));
        // Cut while it is open.
        let mut file = ModelFile::open(&path).unwrap();
        let cut = file.places[LONG].at + 1_000_000;
        File::options().write(true).open(&path).unwrap().set_len(cut).unwrap();
        assert_eq!(kind(&mut file, LONG), Err(io::ErrorKind::UnexpectedEof));
    }

    #[test]
    fn broken_files_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("model.bin");
        let bytes = std::fs::read(demo()).unwrap();
        let open = |bytes: &[u8]| {
            std::fs::write(&path, bytes).unwrap();
            ModelFile::open(&path).err().map(|error| error.kind())
        };
        assert_eq!(open(&bytes), None);
        let cut = [3, 47, 100, 70_000, bytes.len() - 1];
        assert_eq!(cut.map(|at| open(&bytes[..at])), [Some(io::ErrorKind::UnexpectedEof); 5]);
        // The magic, the file type, the bands and the length of the first token.
        for (at, expected) in [
            (0, io::ErrorKind::InvalidData),
            (44, io::ErrorKind::InvalidData),
            (48, io::ErrorKind::UnexpectedEof),
            (56 + 80 * 201 * 4 + 4, io::ErrorKind::UnexpectedEof),
        ] {
            let mut bytes = bytes.clone();
            bytes[at..at + 4].copy_from_slice(&0xffff_fff0_u32.to_le_bytes());
            assert_eq!(open(&bytes), Some(expected), "byte {at}");
        }
    }
}
