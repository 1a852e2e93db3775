//! Recordings put together from those of the project.

use watchme_core::FetchedAudio;

use super::models;

/// Length of the header of the project's recordings, in bytes; it holds the length of the samples.
pub(super) const HEADER: usize = 44;

/// Makes a recording of these samples: mono, 16 kHz, 16 bits.
pub(super) fn recording(samples: &[u8]) -> FetchedAudio {
    let any = std::fs::read(models().join("recordings/silence.wav")).unwrap();
    let mut wav = [&any[..HEADER], samples].concat();
    let length = u32::try_from(wav.len()).unwrap();
    wav[4..8].copy_from_slice(&(length - 8).to_le_bytes());
    wav[40..44].copy_from_slice(&(length - 44).to_le_bytes());
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), wav).unwrap();
    FetchedAudio::new(file.path().to_owned(), length.into(), file)
}

/// Joins recordings of the project, one after the other.
pub(super) fn joined(names: &[&str]) -> FetchedAudio {
    let all = names.iter().flat_map(|name| {
        std::fs::read(models().join("recordings").join(name)).unwrap().split_off(HEADER)
    });
    recording(&all.collect::<Vec<u8>>())
}
