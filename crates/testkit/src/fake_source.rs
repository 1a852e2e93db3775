//! An [`AudioSource`] in memory, with scripted failures and gates.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard};

use async_trait::async_trait;
use tempfile::{NamedTempFile, TempDir};
use watchme_core::{AudioSource, Check, FetchedAudio, ObjectKey, SourceError};

use crate::Gate;
use crate::gate::{Passage, closed_gate};

/// Recordings in memory. A fetch spools one to a temporary file, as a real source does.
///
/// Cheap to clone; clones share everything.
#[derive(Clone)]
pub struct FakeSource {
    shared: Arc<Shared>,
}

struct Shared {
    spool: TempDir,
    limit_bytes: u64,
    /// A plain lock, since it is never held across an await.
    script: Mutex<Script>,
}

type Failure = Arc<dyn Fn() -> SourceError + Send + Sync>;

#[derive(Default)]
struct Script {
    objects: BTreeMap<String, Arc<[u8]>>,
    failures: BTreeMap<String, Failure>,
    gates: BTreeMap<String, Passage>,
    fetches: Vec<ObjectKey>,
}

impl FakeSource {
    /// Makes a source of `objects`, each a key and its bytes, without a size limit.
    pub fn new<K, B>(objects: impl IntoIterator<Item = (K, B)>) -> Self
    where
        K: Into<String>,
        B: Into<Vec<u8>>,
    {
        Self::with_limit(objects, u64::MAX)
    }

    /// Makes a source of `objects` that refuses those larger than `limit_bytes`.
    ///
    /// # Panics
    /// If no temporary folder can be made.
    pub fn with_limit<K, B>(objects: impl IntoIterator<Item = (K, B)>, limit_bytes: u64) -> Self
    where
        K: Into<String>,
        B: Into<Vec<u8>>,
    {
        let spool = TempDir::new().expect("a temporary folder");
        let objects = objects.into_iter().map(|(key, bytes)| (key.into(), bytes.into().into()));
        let script = Script { objects: objects.collect(), ..Script::default() };
        Self { shared: Arc::new(Shared { spool, limit_bytes, script: Mutex::new(script) }) }
    }

    /// Puts or replaces an object.
    pub fn put(&self, key: &str, bytes: impl Into<Vec<u8>>) {
        self.script().objects.insert(key.to_owned(), bytes.into().into());
    }

    /// Makes every fetch of `key` fail with `error`, until [`FakeSource::recover`].
    pub fn fail(&self, key: &str, error: impl Fn() -> SourceError + Send + Sync + 'static) {
        self.script().failures.insert(key.to_owned(), Arc::new(error));
    }

    /// Ends the failures of `key`.
    pub fn recover(&self, key: &str) {
        self.script().failures.remove(key);
    }

    /// Holds every fetch of `key`, its bytes already spooled, until the gate is opened.
    #[must_use]
    pub fn hold(&self, key: &str) -> Gate {
        let (gate, passage) = closed_gate();
        self.script().gates.insert(key.to_owned(), passage);
        gate
    }

    /// Returns the keys that were asked for, in order, failed fetches included.
    #[must_use]
    pub fn fetches(&self) -> Vec<ObjectKey> {
        self.script().fetches.clone()
    }

    /// Clears [`Self::fetches`], which grow with each call.
    pub fn forget_fetches(&self) {
        self.script().fetches.clear();
    }

    /// Returns the number of spooled files that are alive.
    #[must_use]
    pub fn spooled_files(&self) -> usize {
        std::fs::read_dir(self.shared.spool.path()).map_or(0, Iterator::count)
    }

    /// Returns the folder of the spooled files.
    #[must_use]
    pub fn spool_dir(&self) -> &std::path::Path {
        self.shared.spool.path()
    }

    fn script(&self) -> MutexGuard<'_, Script> {
        self.shared.script.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    fn spool(&self, bytes: &[u8]) -> Result<NamedTempFile, SourceError> {
        let folder = self.shared.spool.path();
        NamedTempFile::new_in(folder)
            .and_then(|file| std::fs::write(file.path(), bytes).map(|()| file))
            .map_err(|source| SourceError::Spool { reason: "the test's own".to_owned(), source })
    }
}

#[async_trait]
impl AudioSource for FakeSource {
    async fn fetch(&self, key: &ObjectKey) -> Result<FetchedAudio, SourceError> {
        let (object, failure, held) = {
            let mut script = self.script();
            script.fetches.push(key.clone());
            let name = key.as_str();
            (
                script.objects.get(name).cloned(),
                script.failures.get(name).cloned(),
                script.gates.get(name).cloned(),
            )
        };
        let spooled = object.as_deref().map(|bytes| self.spool(bytes)).transpose()?;
        if let Some(passage) = held {
            passage.pass().await;
        }
        if let Some(error) = failure {
            return Err(error());
        }
        let (Some(bytes), Some(file)) = (object, spooled) else {
            return Err(SourceError::Missing { key: key.clone() });
        };
        let size_bytes = bytes.len() as u64;
        let limit_bytes = self.shared.limit_bytes;
        if size_bytes > limit_bytes {
            return Err(SourceError::TooLarge { size_bytes, limit_bytes });
        }
        Ok(FetchedAudio::new(file.path().to_owned(), size_bytes, (file, self.clone())))
    }

    async fn check(&self) -> Vec<Check> {
        vec![Check::pass("source", "in memory")]
    }
}

impl fmt::Debug for FakeSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let script = self.script();
        f.debug_struct("FakeSource")
            .field("objects", &script.objects.keys())
            .field("failures", &script.failures.keys())
            .finish_non_exhaustive()
    }
}
