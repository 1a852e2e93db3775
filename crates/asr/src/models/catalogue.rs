//! The published models: their names, sizes and checksums.

use super::architecture::Architecture;
use super::stored::{Numbers, Stored};
use crate::memory::MemoryNeed;
use crate::precision::Precision;

/// URL of the folder with the published files.
pub(crate) const SOURCE: &str = "https://huggingface.co/ggerganov/whisper.cpp/resolve/main/";

/// Ending of the names of 8-bit files; all others are 16-bit.
const QUANTISED: &str = "-q8_0";

/// One published model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CatalogueModel {
    /// Name that callers use.
    pub name: &'static str,
    /// Name of the file.
    pub file: &'static str,
    /// Number of parameters, in millions.
    pub parameters_millions: u32,
    /// Size of the file, which is also the size of the download.
    pub size_bytes: u64,
    /// SHA-256 of the file, in hexadecimal digits.
    pub sha256: &'static str,
    /// Shape, from which the memory need follows.
    pub architecture: Architecture,
}

impl CatalogueModel {
    /// URL of the published file.
    #[must_use]
    pub fn url(&self) -> String {
        format!("{SOURCE}{}", self.file)
    }

    /// Memory that transcribing with it takes on this machine.
    #[must_use]
    pub fn memory_need(&self, precision: Precision) -> MemoryNeed {
        let is_quantised = self.name.ends_with(QUANTISED);
        let numbers = if is_quantised { Numbers::Quantised } else { Numbers::Floats };
        let weights = Stored { bytes: self.size_bytes, numbers };
        MemoryNeed::of(self.architecture, weights, precision)
    }
}

/// Lists all published models, smallest first.
#[must_use]
pub fn catalogue() -> &'static [CatalogueModel] {
    &CATALOGUE
}

/// Finds the published model of that name. `large` is `large-v3` and `turbo` is `large-v3-turbo`, as in
/// `OpenAI`'s own tool.
#[must_use]
pub fn find(name: &str) -> Option<&'static CatalogueModel> {
    let name = match name {
        "large" => "large-v3",
        "turbo" => "large-v3-turbo",
        name => name,
    };
    CATALOGUE.iter().find(|model| model.name == name)
}

const TINY: Architecture = architecture(51_865, 384, 4, 4, 80);
const BASE: Architecture = architecture(51_865, 512, 6, 6, 80);
const SMALL: Architecture = architecture(51_865, 768, 12, 12, 80);
const MEDIUM: Architecture = architecture(51_865, 1024, 24, 24, 80);
const LARGE: Architecture = architecture(51_866, 1280, 32, 32, 128);
const TURBO: Architecture = architecture(51_866, 1280, 32, 4, 128);

/// Sizes and checksums are as the publisher's storage states them for each file (the Git LFS
/// object ids of `ggerganov/whisper.cpp` at revision `5359861`). There is no `large-v3-q8_0`.
static CATALOGUE: [CatalogueModel; 11] = [
    CatalogueModel {
        name: "tiny-q8_0",
        file: "ggml-tiny-q8_0.bin",
        parameters_millions: 39,
        size_bytes: 43_537_433,
        sha256: "c2085835d3f50733e2ff6e4b41ae8a2b8d8110461e18821b09a15c40c42d1cca",
        architecture: TINY,
    },
    CatalogueModel {
        name: "tiny",
        file: "ggml-tiny.bin",
        parameters_millions: 39,
        size_bytes: 77_691_713,
        sha256: "be07e048e1e599ad46341c8d2a135645097a538221678b7acdd1b1919c6e1b21",
        architecture: TINY,
    },
    CatalogueModel {
        name: "base-q8_0",
        file: "ggml-base-q8_0.bin",
        parameters_millions: 74,
        size_bytes: 81_768_585,
        sha256: "c577b9a86e7e048a0b7eada054f4dd79a56bbfa911fbdacf900ac5b567cbb7d9",
        architecture: BASE,
    },
    CatalogueModel {
        name: "base",
        file: "ggml-base.bin",
        parameters_millions: 74,
        size_bytes: 147_951_465,
        sha256: "60ed5bc3dd14eea856493d334349b405782ddcaf0028d4b5df4088345fba2efe",
        architecture: BASE,
    },
    CatalogueModel {
        name: "small-q8_0",
        file: "ggml-small-q8_0.bin",
        parameters_millions: 244,
        size_bytes: 264_464_607,
        sha256: "49c8fb02b65e6049d5fa6c04f81f53b867b5ec9540406812c643f177317f779f",
        architecture: SMALL,
    },
    CatalogueModel {
        name: "small",
        file: "ggml-small.bin",
        parameters_millions: 244,
        size_bytes: 487_601_967,
        sha256: "1be3a9b2063867b937e64e2ec7483364a79917e157fa98c5d94b5c1fffea987b",
        architecture: SMALL,
    },
    CatalogueModel {
        name: "medium-q8_0",
        file: "ggml-medium-q8_0.bin",
        parameters_millions: 769,
        size_bytes: 823_369_779,
        sha256: "42a1ffcbe4167d224232443396968db4d02d4e8e87e213d3ee2e03095dea6502",
        architecture: MEDIUM,
    },
    CatalogueModel {
        name: "large-v3-turbo-q8_0",
        file: "ggml-large-v3-turbo-q8_0.bin",
        parameters_millions: 809,
        size_bytes: 874_188_075,
        sha256: "317eb69c11673c9de1e1f0d459b253999804ec71ac4c23c17ecf5fbe24e259a1",
        architecture: TURBO,
    },
    CatalogueModel {
        name: "medium",
        file: "ggml-medium.bin",
        parameters_millions: 769,
        size_bytes: 1_533_763_059,
        sha256: "6c14d5adee5f86394037b4e4e8b59f1673b6cee10e3cf0b11bbdbee79c156208",
        architecture: MEDIUM,
    },
    CatalogueModel {
        name: "large-v3-turbo",
        file: "ggml-large-v3-turbo.bin",
        parameters_millions: 809,
        size_bytes: 1_624_555_275,
        sha256: "1fc70f774d38eb169993ac391eea357ef47c88757ef72ee5943879b7e8e2bc69",
        architecture: TURBO,
    },
    CatalogueModel {
        name: "large-v3",
        file: "ggml-large-v3.bin",
        parameters_millions: 1550,
        size_bytes: 3_095_033_483,
        sha256: "64d182b440b98d5203c4f9bd541544d84c605196c4f7b845dfa11fb23594d1e2",
        architecture: LARGE,
    },
];

const fn architecture(
    vocabulary: u32,
    width: u32,
    audio_layers: u32,
    text_layers: u32,
    mel_bands: u32,
) -> Architecture {
    Architecture { vocabulary, width, audio_layers, text_layers, mel_bands }
}
