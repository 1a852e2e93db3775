//! Recordings for playback: each is fetched once and kept for a short time, so that seeking does
//! not fetch it again.

mod kind;
mod range;

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::ops::Range;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use axum::body::Bytes;
use futures_util::stream::{self, Stream};
use tokio::sync::OnceCell;
use tokio::task::spawn_blocking;
use tokio::time::{Instant, sleep_until};
use watchme_core::{AudioSource, FetchedAudio, ObjectKey, SourceError};

pub(crate) use range::RangeRequest;
pub(crate) use range::parse as parse_range;

/// Time for which a recording is kept after its last use. It is fetched again after a longer pause.
const KEPT_FOR: Duration = Duration::from_mins(1);

/// Number of recordings kept at once. A new one replaces the least recently used.
const KEPT_AT_MOST: usize = 4;

/// Bytes read at once: two seconds of what the devices record, 16 bits at 16 kHz.
const CHUNK_BYTES: u64 = 64 * 1024;

/// Recordings for playback.
#[derive(Debug)]
pub(crate) struct Playback {
    source: Arc<dyn AudioSource>,
    shelf: Arc<Mutex<Shelf>>,
}

/// Reason why a recording cannot be played.
#[derive(Debug)]
pub(crate) enum NotPlayed {
    /// The limit of recordings that are fetched at once is reached.
    TooMany,
    /// The source failed.
    Source(SourceError),
    /// The fetched file could not be read.
    Unreadable(io::Error),
}

/// A recording ready for playback.
#[derive(Debug)]
pub(crate) struct Playable {
    entry: Arc<Entry>,
    /// Size in bytes.
    pub(crate) size: u64,
    pub(crate) media_type: &'static str,
}

#[derive(Debug, Default)]
struct Shelf {
    entries: Vec<Arc<Entry>>,
    /// True while a task removes entries that were not used for long.
    is_swept: bool,
}

/// Entry of one recording. A fetch or a read holds a strong reference. A body that is being sent
/// does not, so that a client that stops reading keeps no file.
#[derive(Debug)]
struct Entry {
    key: ObjectKey,
    fetched: OnceCell<Fetched>,
    last_use: Mutex<Instant>,
}

#[derive(Debug)]
struct Fetched {
    audio: FetchedAudio,
    media_type: &'static str,
}

impl Playback {
    pub(crate) fn new(source: Arc<dyn AudioSource>) -> Self {
        Self { source, shelf: Arc::default() }
    }

    /// Returns the recording, fetching it if necessary. Simultaneous callers share one fetch.
    pub(crate) async fn get(&self, key: &ObjectKey) -> Result<Playable, NotPlayed> {
        let entry = self.place(key).ok_or(NotPlayed::TooMany)?;
        let fetched = entry.fetched.get_or_try_init(|| self.fetch(key)).await;
        entry.touch();
        let (size, media_type) = match fetched {
            Ok(fetched) => (fetched.audio.size_bytes(), fetched.media_type),
            Err(error) => {
                self.lock().remove(&entry);
                return Err(error);
            }
        };
        Ok(Playable { entry, size, media_type })
    }

    async fn fetch(&self, key: &ObjectKey) -> Result<Fetched, NotPlayed> {
        let audio = self.source.fetch(key).await.map_err(NotPlayed::Source)?;
        let path = audio.path().to_owned();
        let length = audio.size_bytes().min(kind::LOOKED_AT as u64);
        let start = blocking(move || read(&path, 0..length)).await;
        let start = start.map_err(NotPlayed::Unreadable)?;
        Ok(Fetched { audio, media_type: kind::media_type(&start) })
    }

    /// Returns the entry of a recording, new or existing; `None` if all entries are being fetched.
    fn place(&self, key: &ObjectKey) -> Option<Arc<Entry>> {
        let mut kept = self.lock();
        if let Some(entry) = kept.entries.iter().find(|entry| entry.key == *key) {
            entry.touch();
            return Some(entry.clone());
        }
        if kept.entries.len() >= KEPT_AT_MOST {
            let idle = kept.entries.iter().enumerate().filter(|(_, entry)| is_idle(entry));
            let (oldest, _) = idle.min_by_key(|(_, entry)| entry.last_use())?;
            kept.entries.remove(oldest);
        }
        let last_use = Mutex::new(Instant::now());
        let entry = Arc::new(Entry { key: key.clone(), fetched: OnceCell::new(), last_use });
        kept.entries.push(entry.clone());
        if !std::mem::replace(&mut kept.is_swept, true) {
            tokio::spawn(sweep(Arc::downgrade(&self.shelf)));
        }
        Some(entry)
    }

    fn lock(&self) -> MutexGuard<'_, Shelf> {
        lock(&self.shelf)
    }
}

impl Playable {
    /// Streams a range of bytes. Each chunk counts as a use. If the client pauses so long that the
    /// recording is removed, the stream breaks off and a player requests the rest again.
    pub(crate) fn bytes(
        &self,
        range: Range<u64>,
    ) -> impl Stream<Item = io::Result<Bytes>> + Send + use<> {
        let entry = Arc::downgrade(&self.entry);
        stream::try_unfold(range, move |rest| {
            let entry = entry.clone();
            async move {
                if rest.is_empty() {
                    return Ok(None);
                }
                let middle = rest.end.min(rest.start + CHUNK_BYTES);
                let chunk = entry_bytes(&entry, rest.start..middle).await?;
                Ok(Some((chunk, middle..rest.end)))
            }
        })
    }
}

async fn entry_bytes(entry: &Weak<Entry>, range: Range<u64>) -> io::Result<Bytes> {
    let put_away = || io::Error::other("the recording was put away meanwhile");
    let entry = entry.upgrade().ok_or_else(put_away)?;
    entry.touch();
    blocking(move || {
        let fetched = entry.fetched.get().ok_or_else(put_away)?;
        read(fetched.audio.path(), range).map(Bytes::from)
    })
    .await
}

/// Removes entries that were not used for long, until none is left or the service is dropped.
async fn sweep(shelf: Weak<Mutex<Shelf>>) {
    loop {
        let next = {
            let Some(shelf) = shelf.upgrade() else { return };
            let mut shelf = lock(&shelf);
            let now = Instant::now();
            shelf.entries.retain(|entry| !is_idle(entry) || entry.last_use() + KEPT_FOR > now);
            let first = shelf.entries.iter().map(|entry| entry.last_use()).min();
            // An entry that is still in use is checked again a little later.
            let next = first.map(|last_use| (last_use + KEPT_FOR).max(now + KEPT_FOR / 60));
            shelf.is_swept = next.is_some();
            next
        };
        let Some(next) = next else { return };
        sleep_until(next).await;
    }
}

impl Shelf {
    fn remove(&mut self, entry: &Arc<Entry>) {
        self.entries.retain(|other| !Arc::ptr_eq(other, entry));
    }
}

impl Entry {
    fn touch(&self) {
        *lock(&self.last_use) = Instant::now();
    }

    fn last_use(&self) -> Instant {
        *lock(&self.last_use)
    }
}

/// True if only the shelf holds the entry: nobody fetches or reads it at the moment.
fn is_idle(entry: &Arc<Entry>) -> bool {
    Arc::strong_count(entry) == 1
}

fn read(path: &Path, range: Range<u64>) -> io::Result<Vec<u8>> {
    let length = usize::try_from(range.end - range.start).map_err(io::Error::other)?;
    let mut bytes = vec![0; length];
    let mut file = File::open(path)?;
    file.seek(SeekFrom::Start(range.start))?;
    file.read_exact(&mut bytes)?;
    Ok(bytes)
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> io::Result<T> {
    spawn_blocking(work).await.unwrap_or_else(|stopped| Err(io::Error::other(stopped)))
}

/// Locks a mutex, poisoned or not: each change behind it is a single step.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
