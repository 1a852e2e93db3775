//! Adds recordings of a folder to the embedded store.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::{fs, io};

use jiff::SignedDuration;
use jiff::civil::{DateTime, Time};
use jiff::tz::TimeZone;
use watchme_core::{
    LocalDate, ObjectKey, RecordedAt, RecordingQuery, RecordingRow, StoreError, TimeBlock,
    TranscriptStore,
};
use watchme_store_sqlite::{NewRecording, SqliteStore};

mod day;

pub(crate) use day::copy_day;

/// Number of keys per query.
const BATCH: usize = 500;

/// Result of an import.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Imported {
    /// Number of recordings found.
    pub found: usize,
    /// Keys of the rows that were added.
    pub added: Vec<ObjectKey>,
    /// Keys that contain no device, day and time.
    pub unnamed: Vec<String>,
}

/// Reason why recordings could not be imported.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The store is Supabase. There, whoever uploads a recording makes its row.
    #[error("only the embedded store takes rows; this one is Supabase")]
    NotEmbedded,
    /// Recordings are fetched from a bucket, so that there is no folder to copy them to.
    #[error("recordings are fetched from a bucket, not from a folder")]
    Bucket,
    /// There is already another recording at the place to copy to.
    #[error("there is already another recording at `{}`", path.display())]
    Exists {
        /// The existing file.
        path: PathBuf,
    },
    /// The folder cannot be read.
    #[error("cannot read the folder `{}`", path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
        /// Error of the operating system.
        source: io::Error,
    },
    /// A recording cannot be copied.
    #[error("cannot copy to `{}`", path.display())]
    Copy {
        /// The file to write.
        path: PathBuf,
        /// Error of the operating system.
        source: io::Error,
    },
    /// The store failed.
    #[error("cannot add rows")]
    Store(#[from] StoreError),
}

/// Maximum number of files with the same time. Each takes the next free millisecond.
const MAX_OF_ONE_MOMENT: usize = 1000;

/// Finds the recordings below `root`: `files/{device}/{YYYY-MM-DD}/{HH-MM}/audio.*`. Blocking.
pub(crate) fn find(root: &Path) -> Result<BTreeSet<ObjectKey>, ImportError> {
    let mut folders = vec![root.join("files")];
    for _level in ["device", "date", "block"] {
        let inner: Result<Vec<_>, _> = folders.iter().map(|folder| entries(folder)).collect();
        folders = inner?.into_iter().flatten().filter(|path| path.is_dir()).collect();
    }
    let mut keys = BTreeSet::new();
    for folder in folders {
        for file in entries(&folder)? {
            let is_audio = file.file_stem().is_some_and(|stem| stem == "audio") && file.is_file();
            let key = file.strip_prefix(root).ok().and_then(Path::to_str);
            if let (true, Some(key)) = (is_audio, key) {
                // Keys have slashes on every system.
                let key = key.replace(std::path::MAIN_SEPARATOR, "/");
                keys.extend(key.parse::<ObjectKey>());
            }
        }
    }
    Ok(keys)
}

/// Adds a pending row for each of `keys` without one.
pub(crate) async fn register(
    store: &SqliteStore,
    keys: BTreeSet<ObjectKey>,
    zone: &TimeZone,
) -> Result<Imported, StoreError> {
    let mut imported = Imported { found: keys.len(), ..Imported::default() };
    let known = known_keys(store, &keys).await?;
    let mut rows = Vec::new();
    for key in keys.into_iter().filter(|key| !known.contains(key)) {
        match new_row(&key, zone) {
            Some(row) => rows.push(row),
            None => imported.unnamed.push(key.to_string()),
        }
    }
    imported.added = rows.iter().map(|row| row.object_key.clone()).collect();

    // The store skips a row whose device and time are taken: by another file of the same folder,
    // or by a row with another key.
    for _ in 0..MAX_OF_ONE_MOMENT {
        for batch in rows.chunks(BATCH) {
            store.register(batch).await?;
        }
        let asked = rows.iter().map(|row| row.object_key.clone()).collect();
        let known = known_keys(store, &asked).await?;
        rows.retain(|row| !known.contains(&row.object_key));
        if rows.is_empty() {
            break;
        }
        for row in &mut rows {
            row.recorded_at = a_millisecond_after(&row.recorded_at);
        }
    }
    let left: BTreeSet<ObjectKey> = rows.into_iter().map(|row| row.object_key).collect();
    imported.added.retain(|key| !left.contains(key));
    Ok(imported)
}

async fn known_keys(
    store: &SqliteStore,
    keys: &BTreeSet<ObjectKey>,
) -> Result<BTreeSet<ObjectKey>, StoreError> {
    let keys: Vec<&ObjectKey> = keys.iter().collect();
    let mut known = BTreeSet::new();
    for batch in keys.chunks(BATCH) {
        let asked = batch.iter().copied().cloned().collect();
        for row in store.recordings(&RecordingQuery::Objects(asked)).await? {
            match row {
                RecordingRow::Readable(row) => known.insert(row.object_key),
                // Its label is its key, if it has one.
                RecordingRow::Unreadable(row) => {
                    row.label.parse().is_ok_and(|key| known.insert(key))
                }
            };
        }
    }
    Ok(known)
}

/// Builds the row for a key `files/{device}/{YYYY-MM-DD}/{HH-MM}/{name}`, or with `HH-MM-SS`. Its
/// time is that local time in `zone`.
fn new_row(key: &ObjectKey, zone: &TimeZone) -> Option<NewRecording> {
    let mut parts = key.as_str().rsplit('/');
    let (_name, folder, date, device) =
        (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let date: LocalDate = date.parse().ok()?;
    let (block, time) = block_and_time(folder)?;
    let local = DateTime::from_parts(date.date(), time);
    let instant = zone.to_ambiguous_timestamp(local).compatible().ok()?;
    Some(NewRecording {
        device: device.parse().ok()?,
        recorded_at: instant.to_string().parse().ok()?,
        object_key: key.clone(),
        local_date: Some(date),
        time_block: Some(block),
    })
}

/// Parses `HH-MM`, which is a block, or `HH-MM-SS`, which belongs to the half hour around it.
fn block_and_time(folder: &str) -> Option<(TimeBlock, Time)> {
    let number = |text: &str| text.parse::<i8>().ok();
    let (block, seconds) = if let Ok(block) = folder.parse::<TimeBlock>() {
        (block, 0)
    } else {
        let (block, seconds) = folder.rsplit_once('-')?;
        (block.parse::<TimeBlock>().ok()?.slot(), number(seconds)?)
    };
    let (hour, minute) = (number(folder.get(0..2)?)?, number(folder.get(3..5)?)?);
    Some((block, Time::new(hour, minute, seconds, 0).ok()?))
}

fn a_millisecond_after(time: &RecordedAt) -> RecordedAt {
    let next = time.instant().checked_add(SignedDuration::from_millis(1));
    let next = next.ok().and_then(|next| next.to_string().parse().ok());
    next.unwrap_or_else(|| time.clone())
}

/// Entries of a folder, sorted. Empty if the folder does not exist.
fn entries(folder: &Path) -> Result<Vec<PathBuf>, ImportError> {
    let unreadable = |source| ImportError::Folder { path: folder.to_owned(), source };
    let listing = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        listing => listing.map_err(unreadable)?,
    };
    let paths = listing.map(|entry| entry.map(|entry| entry.path()));
    let mut paths: Vec<PathBuf> = paths.collect::<Result<_, _>>().map_err(unreadable)?;
    paths.sort();
    Ok(paths)
}
