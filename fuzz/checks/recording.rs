//! Checks of any bytes that are read as a recording. Used by the fuzzer and by the tests.

use std::cell::OnceCell;
use std::io::{Seek as _, Write as _};
use std::panic::PanicHookInfo;
use std::path::Path;
use std::time::Duration;

use tempfile::NamedTempFile;

use watchme_asr::AudioStream;
use watchme_core::TranscribeError;

/// Longest chunk: 0.992 s at 16 kHz.
const MAX_SAMPLES: usize = 31 * 512;

/// Number of chunks (4 s) after which the rest is left: some bytes can hold a day of silence, of
/// which each second is like the one before. No seed is longer than two.
const MAX_CHUNKS: usize = 4;

thread_local! {
    /// File that all inputs are written to: making one and deleting it takes longer than reading most.
    static FILE: OnceCell<NamedTempFile> = const { OnceCell::new() };
}

/// Makes a file in memory where there is such a folder.
fn make_file() -> NamedTempFile {
    let folder = Path::new("/dev/shm");
    let made = if folder.is_dir() { NamedTempFile::new_in(folder) } else { NamedTempFile::new() };
    made.expect("a temporary file")
}

/// Reads `bytes` to the end; panics if a promise of [`AudioStream`] is broken.
pub(crate) fn check(bytes: &[u8]) {
    FILE.with(|file| {
        let file = file.get_or_init(make_file);
        let mut contents = file.as_file();
        contents.rewind().expect("a file that can be sought in");
        contents.write_all(bytes).expect("a file that takes the bytes");
        contents.set_len(bytes.len() as u64).expect("a file that can be cut");
        read(file.path());
    });
}

fn read(recording: &Path) {
    let mut stream = match AudioStream::open(recording) {
        Ok(stream) => stream,
        Err(error) => return is_about_the_recording(&error),
    };
    if let Some(total) = stream.total() {
        assert!(total <= Duration::from_hours(24), "{total:?}");
    }
    let mut end = Duration::ZERO;
    for _ in 0..MAX_CHUNKS {
        match stream.next_chunk() {
            Ok(Some(chunk)) => {
                assert_eq!(chunk.start, end, "chunks follow on one another");
                assert!((1..=MAX_SAMPLES).contains(&chunk.samples.len()));
                assert!(chunk.samples.iter().all(|sample| (-1.0..=1.0).contains(sample)));
                end = chunk.end();
            }
            ended => {
                if let Err(error) = ended {
                    is_about_the_recording(&error);
                }
                assert!(matches!(stream.next_chunk(), Ok(None)), "nothing comes after the end");
                return;
            }
        }
    }
}

/// Checks the kind of an error: any other would blame this machine for the bytes.
fn is_about_the_recording(error: &TranscribeError) {
    let is_typed =
        matches!(error, TranscribeError::Unsupported { .. } | TranscribeError::Damaged { .. });
    assert!(is_typed, "{error:?}");
}

/// Prints a panic of a parser in one line if `FUZZ_PANICS` is set: such a panic is caught.
#[allow(dead_code, reason = "the tests have a hook of their own")]
pub(crate) fn note_panic(panic: &PanicHookInfo<'_>) {
    let is_own = panic.location().is_some_and(|place| {
        place.file().contains("crates/asr") || place.file().contains("checks/recording.rs")
    });
    if is_own || std::env::var_os("FUZZ_PANICS").is_some() {
        let _ = writeln!(std::io::stderr(), "{panic}");
    }
    if is_own {
        // Before the stack unwinds, so that the place is on it.
        std::process::abort();
    }
}
