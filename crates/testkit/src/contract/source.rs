//! The promises of [`AudioSource`], and a macro that makes a named test of each.
//!
//! [`source_contract!`](crate::source_contract) takes the name of an async function from objects
//! (key and bytes) to a [`SourceUnderTest`] that holds them.

use std::any::Any;
use std::fmt;
use std::future::Future;
use std::path::PathBuf;
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use watchme_core::{AudioSource, FetchedAudio, ObjectKey, SourceError};

/// Size limit of a source under test.
pub const LIMIT_BYTES: u64 = 4 << 20;

/// Objects of a source: keys and bytes.
pub type Objects = Vec<(String, Vec<u8>)>;

/// A source, and the guard it needs to live.
pub struct SourceUnderTest {
    /// The source. It refuses more than [`LIMIT_BYTES`].
    pub source: Box<dyn AudioSource>,
    /// Folder it spools to; `None` for a source that hands out the stored file itself.
    pub spool_dir: Option<PathBuf>,
    /// Temporary folders or servers that it needs.
    pub guard: Box<dyn Any + Send + Sync>,
}

impl fmt::Debug for SourceUnderTest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SourceUnderTest")
            .field("source", &self.source)
            .field("spool_dir", &self.spool_dir)
            .finish_non_exhaustive()
    }
}

/// Makes one `#[tokio::test]` of each promise of [`AudioSource`](watchme_core::AudioSource).
#[macro_export]
macro_rules! source_contract {
    ($make_source:path) => {
        $crate::source_contract!(@tests $make_source:
            the_bytes_come_exactly,
            odd_keys_name_their_own_object,
            an_absent_object_is_missing,
            a_folder_is_missing,
            a_recording_at_the_limit_is_fetched,
            a_recording_over_the_limit_is_too_large,
            a_spooled_file_is_deleted_with_the_audio,
            a_dropped_fetch_leaves_no_file,
            two_fetches_of_one_key_are_independent,
            fetches_may_run_at_once,
            a_hostile_key_reaches_nothing,
            a_healthy_source_passes_its_checks,
        );
    };
    (@tests $make_source:path: $($promise:ident,)+) => {
        $(
            #[tokio::test]
            async fn $promise() {
                $crate::contract::source::$promise($make_source).await;
            }
        )+
    };
}

/// Empty, tiny and large recordings arrive as they were stored.
pub async fn the_bytes_come_exactly<Fut>(make_source: impl Fn(Objects) -> Fut)
where
    Fut: Future<Output = SourceUnderTest>,
{
    let every_byte: Vec<u8> = (0..=u8::MAX).collect();
    let objects = vec![
        object("files/empty.wav", Vec::new()),
        object("files/one.wav", vec![0]),
        object("files/every-byte.wav", every_byte),
        object("files/large.wav", noise(3_000_001)),
    ];
    let made = make_source(objects.clone()).await;
    for (name, bytes) in &objects {
        let audio = fetch(&made, name).await.unwrap_or_else(|error| panic!("`{name}`: {error}"));
        assert_holds(&audio, bytes, name);
    }
}

/// Blanks, special characters of URLs, and Japanese are part of the name.
pub async fn odd_keys_name_their_own_object<Fut>(make_source: impl Fn(Objects) -> Fut)
where
    Fut: Future<Output = SourceUnderTest>,
{
    let keys = [
        "files/a b.wav",
        "files/a+b.wav",
        "files/a%20b.wav",
        "files/a&b=c.wav",
        "files/100%.wav",
        "files/why?.wav#top;1",
        "files/'quoted' (1) ~!*,@$.wav",
        "files/\"double\" <b>.wav",
        "files/..audio..wav",
        "files/録音/音 声+a&b.wav",
    ];
    // Each object holds its own key, so a mix-up shows.
    let objects = keys.map(|key| object(key, key.as_bytes().to_vec())).to_vec();
    let made = make_source(objects).await;
    for key in keys {
        let audio = fetch(&made, key).await.unwrap_or_else(|error| panic!("`{key}`: {error}"));
        assert_holds(&audio, key.as_bytes(), key);
    }
}

/// An absent object is [`SourceError::Missing`], with its key.
pub async fn an_absent_object_is_missing<Fut>(make_source: impl Fn(Objects) -> Fut)
where
    Fut: Future<Output = SourceUnderTest>,
{
    let made = make_source(vec![object("files/a.wav", b"a".to_vec())]).await;
    for absent in ["files/b.wav", "files/A.WAV", "a.wav", "nothing/like/it.wav", "files/a.wav/b"] {
        let error = fetch(&made, absent).await.expect_err(absent);
        assert!(
            matches!(&error, SourceError::Missing { key } if key.as_str() == absent),
            "`{absent}`: {error:?}"
        );
    }
    assert_no_spooled_file(&made).await;
}

/// A prefix of keys is not a recording.
pub async fn a_folder_is_missing<Fut>(make_source: impl Fn(Objects) -> Fut)
where
    Fut: Future<Output = SourceUnderTest>,
{
    let made = make_source(vec![object("files/day/a.wav", b"a".to_vec())]).await;
    for prefix in ["files", "files/", "files/day", "files/day/"] {
        let error = fetch(&made, prefix).await.expect_err(prefix);
        assert!(matches!(error, SourceError::Missing { .. }), "`{prefix}`: {error:?}");
    }
    assert_no_spooled_file(&made).await;
}

/// The limit itself is allowed.
pub async fn a_recording_at_the_limit_is_fetched<Fut>(make_source: impl Fn(Objects) -> Fut)
where
    Fut: Future<Output = SourceUnderTest>,
{
    let bytes = noise(LIMIT_BYTES);
    let made = make_source(vec![object("files/a.wav", bytes.clone())]).await;
    let audio = fetch(&made, "files/a.wav").await.expect("a recording at the limit");
    assert_holds(&audio, &bytes, "files/a.wav");
}

/// One byte more than the limit is refused, with the limit, and leaves no file.
pub async fn a_recording_over_the_limit_is_too_large<Fut>(make_source: impl Fn(Objects) -> Fut)
where
    Fut: Future<Output = SourceUnderTest>,
{
    let made = make_source(vec![object("files/a.wav", noise(LIMIT_BYTES + 1))]).await;
    let error = fetch(&made, "files/a.wav").await.expect_err("a recording over the limit");
    let SourceError::TooLarge { size_bytes, limit_bytes } = error else {
        panic!("{error:?}");
    };
    assert_eq!(limit_bytes, LIMIT_BYTES);
    assert!(size_bytes > LIMIT_BYTES, "{size_bytes}");
    assert_no_spooled_file(&made).await;
}

/// The file lives as long as the audio. A source that does not spool keeps the stored file.
pub async fn a_spooled_file_is_deleted_with_the_audio<Fut>(make_source: impl Fn(Objects) -> Fut)
where
    Fut: Future<Output = SourceUnderTest>,
{
    let made = make_source(vec![object("files/a.wav", b"abc".to_vec())]).await;
    let audio = fetch(&made, "files/a.wav").await.expect("a recording");
    assert_holds(&audio, b"abc", "files/a.wav");
    let path = audio.path().to_owned();
    drop(audio);
    assert_eq!(path.exists(), made.spool_dir.is_none(), "{}", path.display());
    assert_no_spooled_file(&made).await;
    // And dropping it took nothing away from the source.
    let again = fetch(&made, "files/a.wav").await.expect("the recording again");
    assert_holds(&again, b"abc", "files/a.wav");
}

/// A fetch that is dropped at any step leaves no file.
pub async fn a_dropped_fetch_leaves_no_file<Fut>(make_source: impl Fn(Objects) -> Fut)
where
    Fut: Future<Output = SourceUnderTest>,
{
    let made = make_source(vec![object("files/a.wav", noise(1_000_000))]).await;
    let name = key("files/a.wav");
    for polls in 0.. {
        let is_complete = poll_at_most(polls, made.source.fetch(&name)).await;
        assert_no_spooled_file(&made).await;
        // Of a fetch with many steps, the last ones are left out.
        if is_complete || polls >= 64 {
            return;
        }
    }
}

/// Each fetch has its own copy, or reads the stored file; dropping one leaves the other.
pub async fn two_fetches_of_one_key_are_independent<Fut>(make_source: impl Fn(Objects) -> Fut)
where
    Fut: Future<Output = SourceUnderTest>,
{
    let made = make_source(vec![object("files/a.wav", b"abc".to_vec())]).await;
    let first = fetch(&made, "files/a.wav").await.expect("the first");
    let second = fetch(&made, "files/a.wav").await.expect("the second");
    drop(first);
    assert_holds(&second, b"abc", "files/a.wav");
}

/// Concurrent fetches do not mix.
pub async fn fetches_may_run_at_once<Fut>(make_source: impl Fn(Objects) -> Fut)
where
    Fut: Future<Output = SourceUnderTest>,
{
    let objects: Objects = (0_u8..8)
        .map(|n| object(format!("files/{n}.wav"), vec![n; 100_000 + usize::from(n)]))
        .collect();
    let made = make_source(objects.clone()).await;
    let calls = objects.iter().map(|(name, _)| fetch(&made, name));
    let answers = futures_util::future::join_all(calls).await;
    for ((name, bytes), audio) in objects.iter().zip(answers) {
        assert_holds(&audio.unwrap_or_else(|error| panic!("`{name}`: {error}")), bytes, name);
    }
}

/// A key that climbs out of the source, or names a place outside, is refused or missing.
pub async fn a_hostile_key_reaches_nothing<Fut>(make_source: impl Fn(Objects) -> Fut)
where
    Fut: Future<Output = SourceUnderTest>,
{
    let made = make_source(vec![object("files/a.wav", b"a".to_vec())]).await;
    let hostile = [
        "..",
        ".",
        "/",
        "../x",
        "../../../../../../../../etc/passwd",
        "/etc/passwd",
        "//etc/passwd",
        "a/../../b",
        "files/../../../../../../../../etc/passwd",
        "files/../files/a.wav",
        "..\\x",
        "files\\a.wav",
        "files\\..\\..\\x",
        "C:\\Windows\\win.ini",
        "file:///etc/passwd",
    ];
    for name in hostile {
        let error = fetch(&made, name).await.expect_err(name);
        assert!(
            matches!(error, SourceError::InvalidKey { .. } | SourceError::Missing { .. }),
            "`{name}`: {error:?}"
        );
    }
    assert_no_spooled_file(&made).await;
}

/// A working source passes its own check.
pub async fn a_healthy_source_passes_its_checks<Fut>(make_source: impl Fn(Objects) -> Fut)
where
    Fut: Future<Output = SourceUnderTest>,
{
    let made = make_source(vec![object("files/a.wav", b"a".to_vec())]).await;
    let checks = made.source.check().await;
    assert!(!checks.is_empty());
    let failed: Vec<_> = checks.iter().filter(|check| check.is_failure()).collect();
    assert!(failed.is_empty(), "{failed:?}");
    assert_no_spooled_file(&made).await;
}

fn object(name: impl Into<String>, bytes: Vec<u8>) -> (String, Vec<u8>) {
    (name.into(), bytes)
}

/// Makes bytes that differ after any compression or at a wrong offset.
fn noise(length: u64) -> Vec<u8> {
    let mut state = 1_u32;
    (0..length)
        .map(|_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            state.to_be_bytes()[0]
        })
        .collect()
}

fn key(name: &str) -> ObjectKey {
    name.parse().unwrap_or_else(|error| panic!("`{name}`: {error}"))
}

async fn fetch(made: &SourceUnderTest, name: &str) -> Result<FetchedAudio, SourceError> {
    made.source.fetch(&key(name)).await
}

fn assert_holds(audio: &FetchedAudio, bytes: &[u8], name: &str) {
    let held = std::fs::read(audio.path()).unwrap_or_else(|error| panic!("`{name}`: {error}"));
    // Not `assert_eq`: megabytes of bytes help nobody.
    assert!(held == bytes, "`{name}`: {} bytes came, not {} as stored", held.len(), bytes.len());
    assert_eq!(audio.size_bytes(), bytes.len() as u64, "`{name}`");
}

/// Polls `future` at most `polls` times and drops it. Returns true if it was complete.
async fn poll_at_most(polls: usize, future: impl Future) -> bool {
    let mut future = pin!(future);
    let mut left = polls;
    std::future::poll_fn(|context| {
        if left == 0 {
            return Poll::Ready(false);
        }
        left -= 1;
        future.as_mut().poll(context).map(|_| true)
    })
    .await
}

/// Waits until the folder is empty: a worker thread may delete its file a moment after the drop.
async fn assert_no_spooled_file(made: &SourceUnderTest) {
    let Some(folder) = &made.spool_dir else { return };
    let is_empty = || std::fs::read_dir(folder).is_ok_and(|mut files| files.next().is_none());
    let emptied = async {
        while !is_empty() {
            tokio::task::yield_now().await;
        }
    };
    let waited = tokio::time::timeout(Duration::from_secs(10), emptied).await;
    assert!(waited.is_ok(), "a file is left in {}", folder.display());
}
