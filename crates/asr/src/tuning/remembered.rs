//! The file that remembers the fastest numbers of threads.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::path::Path;
use std::time::Duration;
use std::{fs, io};

use serde::{Deserialize, Serialize};
use tempfile::NamedTempFile;

use super::{Reason, Threads};

/// Most pairs of machine and model that are remembered. A data folder is seldom moved.
const MAX_ENTRIES: usize = 32;

/// Largest file that is read, in bytes.
const MAX_BYTES: u64 = 64 * 1024;

#[derive(Default, Serialize, Deserialize)]
struct File {
    /// By the digest of machine and model.
    fastest: BTreeMap<String, Line>,
}

#[derive(Serialize, Deserialize)]
struct Line {
    threads: NonZeroUsize,
    /// Threads, each with the microseconds of one run of the encoder.
    measured_us: Vec<(NonZeroUsize, u64)>,
}

/// Returns the number remembered under `digest`. An unreadable file counts as empty.
pub(super) fn find(file: &Path, digest: &str) -> Option<Threads> {
    let line = read(file).fastest.remove(digest)?;
    let measured = line.measured_us.into_iter();
    let measured = measured.map(|(threads, took)| (threads, Duration::from_micros(took)));
    Some(Threads { count: line.threads, reason: Reason::Measured(measured.collect()) })
}

/// Remembers a measured number.
pub(super) fn keep(file: &Path, digest: String, found: &Threads) -> io::Result<()> {
    let Reason::Measured(measured) = &found.reason else { return Ok(()) };
    let microseconds = |took: Duration| u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
    let measured_us = measured.iter().map(|&(n, took)| (n, microseconds(took))).collect();
    let mut all = read(file);
    if all.fastest.len() >= MAX_ENTRIES {
        all.fastest.clear();
    }
    all.fastest.insert(digest, Line { threads: found.count, measured_us });
    let folder = file.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder)?;
    // Whole or not at all: another process may read it meanwhile.
    let new = NamedTempFile::new_in(folder)?;
    serde_json::to_writer_pretty(new.as_file(), &all)?;
    new.persist(file)?;
    Ok(())
}

fn read(file: &Path) -> File {
    let is_ours = fs::metadata(file).is_ok_and(|it| it.is_file() && it.len() <= MAX_BYTES);
    let text = if is_ours { fs::read(file).ok() } else { None };
    text.and_then(|text| serde_json::from_slice(&text).ok()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn threads(count: usize) -> Threads {
        let count = NonZeroUsize::new(count).unwrap();
        let reason = Reason::Measured(vec![(count, Duration::from_millis(5))]);
        Threads { count, reason }
    }

    #[test]
    fn a_new_entry_is_found_beside_the_old_ones() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("made/threads.json");
        assert_eq!(find(&file, "a"), None);
        keep(&file, "a".to_owned(), &threads(1)).unwrap();
        keep(&file, "b".to_owned(), &threads(2)).unwrap();
        keep(&file, "b".to_owned(), &threads(3)).unwrap();
        assert_eq!((find(&file, "a"), find(&file, "b")), (Some(threads(1)), Some(threads(3))));
        assert_eq!(find(&file, "c"), None);
    }

    #[test]
    fn a_broken_file_counts_as_empty_and_is_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("threads.json");
        for broken in ["", "{", "[]", r#"{"fastest":{"a":{"threads":0,"measured_us":[]}}}"#] {
            fs::write(&file, broken).unwrap();
            assert_eq!(find(&file, "a"), None, "{broken}");
            keep(&file, "a".to_owned(), &threads(1)).unwrap();
            assert_eq!(find(&file, "a"), Some(threads(1)), "{broken}");
        }
        fs::write(&file, " ".repeat(100_000)).unwrap();
        assert_eq!(find(&file, "a"), None);
    }

    #[test]
    fn it_does_not_grow() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("threads.json");
        for number in 0..100 {
            keep(&file, number.to_string(), &threads(1)).unwrap();
            assert!(read(&file).fastest.len() <= MAX_ENTRIES);
        }
        assert!(find(&file, "99").is_some());
    }
}
