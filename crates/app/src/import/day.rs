//! Copies the recordings of one device and day, named by their time, to where they are fetched from.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use watchme_core::{DeviceId, LocalDate, ObjectKey};

use super::{ImportError, entries};

/// Bytes compared at a time.
const BUFFER_BYTES: usize = 64 << 10;

/// Result of copying a day.
pub(crate) struct CopiedDay {
    /// Keys of the recordings, including those that were already there.
    pub(crate) keys: BTreeSet<ObjectKey>,
    /// Files that are not named by a time.
    pub(crate) unnamed: Vec<String>,
}

/// Copies files named `HH-MM` or `HH-MM-SS`, with any extension, from `folder` to
/// `files/{device}/{date}/{time}/audio.{extension}` below `root`. A copy that is already there is
/// kept. Nothing is copied if another recording is in the way. Blocking.
pub(crate) fn copy_day(
    folder: &Path,
    device: &DeviceId,
    date: LocalDate,
    root: &Path,
) -> Result<CopiedDay, ImportError> {
    let unreadable = |source| ImportError::Folder { path: folder.to_owned(), source };
    fs::metadata(folder).map_err(unreadable)?;
    let mut copies: BTreeMap<ObjectKey, PathBuf> = BTreeMap::new();
    let mut unnamed = Vec::new();
    for file in entries(folder)?.into_iter().filter(|path| path.is_file()) {
        match key_of(&file, device, date) {
            Some(key) => {
                if let Some(other) = copies.insert(key, file) {
                    return Err(ImportError::Exists { path: other });
                }
            }
            None => unnamed.push(file.display().to_string()),
        }
    }
    let (mut keys, mut missing) = (BTreeSet::new(), Vec::new());
    for (key, from) in copies {
        let to = root.join(key.as_str());
        match is_same(&from, &to) {
            Ok(true) => {}
            Ok(false) => return Err(ImportError::Exists { path: to }),
            Err(error) if error.kind() == io::ErrorKind::NotFound => missing.push((from, to)),
            Err(source) => return Err(ImportError::Copy { path: to, source }),
        }
        keys.insert(key);
    }
    for (from, to) in missing {
        copy(&from, &to).map_err(|source| ImportError::Copy { path: to, source })?;
    }
    Ok(CopiedDay { keys, unnamed })
}

fn key_of(file: &Path, device: &DeviceId, date: LocalDate) -> Option<ObjectKey> {
    let time = place(file.file_stem()?.to_str()?)?;
    let extension = match file.extension() {
        Some(extension) => format!(".{}", extension.to_str()?.to_lowercase()),
        None => String::new(),
    };
    format!("files/{device}/{date}/{time}/audio{extension}").parse().ok()
}

/// The folder for a time: `HH-MM` for the start of a half hour, and `HH-MM-SS` for other times, which
/// then belong to the half hour around them.
fn place(stem: &str) -> Option<String> {
    let parts: Vec<&str> = stem.split('-').collect();
    let number = |text: &str, limit: u32| {
        let is_number = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit());
        is_number && text.parse::<u32>().is_ok_and(|number| number < limit)
    };
    match parts[..] {
        [hour, minute @ ("00" | "30")] if number(hour, 24) => Some(format!("{hour}-{minute}")),
        [hour, minute] if number(hour, 24) && number(minute, 60) => {
            Some(format!("{hour}-{minute}-00"))
        }
        [hour, minute, second] if number(hour, 24) && number(minute, 60) && number(second, 60) => {
            Some(stem.to_owned())
        }
        _ => None,
    }
}

fn is_same(one: &Path, other: &Path) -> io::Result<bool> {
    let (mut one, mut other) = (File::open(one)?, File::open(other)?);
    if one.metadata()?.len() != other.metadata()?.len() {
        return Ok(false);
    }
    let (mut left, mut right) = (vec![0; BUFFER_BYTES], vec![0; BUFFER_BYTES]);
    loop {
        let count = one.read(&mut left)?;
        if count == 0 {
            return Ok(true);
        }
        other.read_exact(&mut right[..count])?;
        if left[..count] != right[..count] {
            return Ok(false);
        }
    }
}

/// Copies under another name first, so that a half-written file is never taken for a recording.
fn copy(from: &Path, to: &Path) -> io::Result<()> {
    let folder = to.parent().unwrap_or(to);
    fs::create_dir_all(folder)?;
    let part = folder.join(format!("copy-{}.part", std::process::id()));
    let copied = fs::copy(from, &part).and_then(|_| fs::rename(&part, to));
    if copied.is_err() {
        // It may not even exist.
        let _ = fs::remove_file(&part);
    }
    copied
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_a_half_hour_or_has_seconds() {
        for (stem, expected) in [
            ("12-00", Some("12-00")),
            ("23-30", Some("23-30")),
            ("12-07", Some("12-07-00")),
            ("12-07-59", Some("12-07-59")),
            ("12-00-00", Some("12-00-00")),
            ("24-00", None),
            ("12-60", None),
            ("1-00", None),
            ("12-00-", None),
            ("12-00 2", None),
            ("+2-00", None),
            ("notes", None),
            ("", None),
        ] {
            assert_eq!(place(stem).as_deref(), expected, "{stem}");
        }
    }
}
