//! Walks a ggml model file from its magic to its last byte, so that the C++ loader only gets files
//! that are what their header says.
//!
//! The loader trusts lengths and types that it reads: a broken or hostile file makes it allocate
//! without bound or end the process. The walk reads the headers only and seeks over the numbers.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::path::Path;

use watchme_inference::ggml::GgmlType;

use super::architecture::{AUDIO_CONTEXT, Architecture, Storage, TEXT_CONTEXT, Tensor};
use super::stored::Stored;

/// `ggml`, as a little-endian number.
const MAGIC: u32 = 0x6767_6d6c;

/// The header's file type holds the version of the quantisation in its thousands.
const QUANTISATION_VERSIONS: u32 = 1000;

/// Values of the spectrum of a 400-sample Hann window.
const SPECTRUM: u32 = 201;

/// Tokens that whisper.cpp looks up without checking that they are there.
const NEEDED_TOKENS: [&[u8]; 3] = [b" ", b" -", b" '"];

/// No token of Whisper's is half as long.
const MAX_TOKEN_BYTES: u32 = 1024;

/// The longest name of a tensor has 39 characters.
const MAX_NAME_BYTES: u32 = 64;

/// Contents of a well-formed file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Contents {
    pub(crate) architecture: Architecture,
    pub(crate) weights: Stored,
}

/// Reason why a file is no model.
#[derive(Debug)]
pub(crate) enum Fault {
    /// It cannot be read.
    Io(io::Error),
    /// It ends too early.
    Truncated,
    /// It holds something else.
    Malformed(String),
}

/// Place of a tensor in its file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) number_type: GgmlType,
    /// Offset from the start of the file, in bytes.
    pub(crate) at: u64,
    pub(crate) bytes: u64,
}

/// Walks the file at `path`. Blocking.
pub(crate) fn walk(path: &Path) -> Result<Contents, Fault> {
    walk_with(path, &mut |_, _| {})
}

/// Reads the header of the file at `path`. Blocking, quick.
pub(crate) fn read_header(path: &Path) -> Result<Architecture, Fault> {
    Ok(Walk::open(path)?.header()?.0)
}

/// Walks the file at `path` and reports the place of each tensor. Blocking.
pub(crate) fn walk_with(
    path: &Path,
    found: &mut dyn FnMut(String, Place),
) -> Result<Contents, Fault> {
    let mut walk = Walk::open(path)?;
    let (architecture, weight_type) = walk.header()?;
    walk.mel_filters(&architecture)?;
    walk.vocabulary(&architecture, &mut |_| {})?;
    let bytes = walk.tensors(&architecture, weight_type, found)?;
    let weights = Stored { bytes, numbers: weight_type.into() };
    Ok(Contents { architecture, weights })
}

/// Walks the file at `path` up to its weights and reports its tokens in the order of their numbers.
/// Blocking.
pub(super) fn walk_tokens(path: &Path, found: &mut dyn FnMut(&[u8])) -> Result<(), Fault> {
    let mut walk = Walk::open(path)?;
    let (architecture, _) = walk.header()?;
    walk.mel_filters(&architecture)?;
    walk.vocabulary(&architecture, found)
}

struct Walk {
    file: BufReader<File>,
    at: u64,
    length: u64,
}

impl Walk {
    fn open(path: &Path) -> io::Result<Self> {
        let file = File::open(path)?;
        let length = file.metadata()?.len();
        Ok(Self { file: BufReader::new(file), at: 0, length })
    }

    fn header(&mut self) -> Result<(Architecture, GgmlType), Fault> {
        if self.number()? != MAGIC {
            return Err(malformed("it does not begin like a ggml model"));
        }
        let mut header = [0; 11];
        for field in &mut header {
            *field = self.number()?;
        }
        let [
            vocabulary,
            audio_context,
            width,
            audio_heads,
            audio_layers,
            text_context,
            text_width,
            text_heads,
            text_layers,
            mel_bands,
            file_type,
        ] = header;
        let architecture = Architecture { vocabulary, width, audio_layers, text_layers, mel_bands };
        if (audio_context, text_context) != (AUDIO_CONTEXT, TEXT_CONTEXT) || width != text_width {
            return Err(malformed("no Whisper model has such a header"));
        }
        if let Some(fault) = architecture.fault([audio_heads, text_heads]) {
            return Err(Fault::Malformed(format!("no Whisper model has {fault}")));
        }
        let file_type = file_type % QUANTISATION_VERSIONS;
        GgmlType::of_file(file_type)
            .map(|weight_type| (architecture, weight_type))
            .ok_or_else(|| Fault::Malformed(format!("unknown file type {file_type}")))
    }

    fn mel_filters(&mut self, architecture: &Architecture) -> Result<(), Fault> {
        let (bands, spectrum) = (self.number()?, self.number()?);
        if (bands, spectrum) != (architecture.mel_bands, SPECTRUM) {
            return Err(malformed("its mel filters do not fit its header"));
        }
        self.skip(u64::from(bands) * u64::from(spectrum) * 4)
    }

    fn vocabulary(
        &mut self,
        architecture: &Architecture,
        found: &mut dyn FnMut(&[u8]),
    ) -> Result<(), Fault> {
        let tokens = self.number()?;
        if !(1..=architecture.vocabulary).contains(&tokens) {
            return Err(malformed("its vocabulary does not fit its header"));
        }
        let mut missing = NEEDED_TOKENS.to_vec();
        let mut token = Vec::new();
        for _ in 0..tokens {
            let bytes = self.number()?;
            if bytes > MAX_TOKEN_BYTES {
                return Err(malformed("a token is too long"));
            }
            token.resize(bytes as usize, 0);
            self.fill(&mut token)?;
            missing.retain(|needed| *needed != token);
            found(&token);
        }
        match missing.len() {
            0 => Ok(()),
            _ => Err(malformed("its vocabulary lacks the blank tokens")),
        }
    }

    fn tensors(
        &mut self,
        architecture: &Architecture,
        weight_type: GgmlType,
        found: &mut dyn FnMut(String, Place),
    ) -> Result<u64, Fault> {
        let mut missing: HashMap<String, Tensor> = architecture
            .tensors()
            .into_iter()
            .map(|tensor| (tensor.name.clone(), tensor))
            .collect();
        let mut weight_bytes = 0;
        while self.at < self.length {
            let (dimensions, number_type, name) = self.tensor_header()?;
            let Some(tensor) = missing.remove(&name) else {
                return Err(malformed("it has a tensor that no Whisper model has"));
            };
            let wanted = match tensor.storage {
                Storage::Float => GgmlType::F32,
                Storage::Convolution if weight_type == GgmlType::F32 => GgmlType::F32,
                Storage::Convolution => GgmlType::F16,
                Storage::Weight => weight_type,
            };
            if dimensions != tensor.dimensions || number_type != Some(wanted) {
                return Err(Fault::Malformed(format!("the tensor `{name}` has another shape")));
            }
            let bytes = wanted
                .tensor_bytes(dimensions)
                .ok_or_else(|| Fault::Malformed(format!("the tensor `{name}` has half a block")))?;
            found(name, Place { number_type: wanted, at: self.at, bytes });
            self.skip(bytes)?;
            weight_bytes += bytes;
        }
        match missing.len() {
            0 => Ok(weight_bytes),
            // A file cut between two tensors has every length right.
            _ => Err(Fault::Truncated),
        }
    }

    fn tensor_header(&mut self) -> Result<([u32; 3], Option<GgmlType>, String), Fault> {
        let (rank, name_bytes, number_type) = (self.number()?, self.number()?, self.number()?);
        if !(1..=3).contains(&rank) || !(1..=MAX_NAME_BYTES).contains(&name_bytes) {
            return Err(malformed("the header of a tensor is broken"));
        }
        let mut dimensions = [1; 3];
        for dimension in dimensions.iter_mut().take(rank as usize) {
            *dimension = self.number()?;
        }
        let mut name = [0; MAX_NAME_BYTES as usize];
        let name = &mut name[..name_bytes as usize];
        self.fill(name)?;
        let number_type = GgmlType::of_tensor(number_type);
        Ok((dimensions, number_type, String::from_utf8_lossy(name).into_owned()))
    }

    fn number(&mut self) -> Result<u32, Fault> {
        let mut bytes = [0; 4];
        self.fill(&mut bytes)?;
        Ok(u32::from_le_bytes(bytes))
    }

    fn fill(&mut self, bytes: &mut [u8]) -> Result<(), Fault> {
        self.file.read_exact(bytes)?;
        self.at += bytes.len() as u64;
        Ok(())
    }

    fn skip(&mut self, bytes: u64) -> Result<(), Fault> {
        if bytes > self.length - self.at {
            return Err(Fault::Truncated);
        }
        self.at += bytes;
        match i64::try_from(bytes) {
            Ok(bytes) => self.file.seek_relative(bytes)?,
            Err(_) => {
                self.file.seek(SeekFrom::Start(self.at))?;
            }
        }
        Ok(())
    }
}

fn malformed(reason: &str) -> Fault {
    Fault::Malformed(reason.to_owned())
}

impl Fault {
    /// Converts the fault of a file that was well-formed when it was verified.
    pub(super) fn of_verified(self) -> io::Error {
        match self {
            Self::Io(error) => error,
            _ => io::Error::other("the file has changed"),
        }
    }
}

impl From<io::Error> for Fault {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::UnexpectedEof => Self::Truncated,
            _ => Self::Io(error),
        }
    }
}
