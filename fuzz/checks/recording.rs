//! Checks of any bytes that are read as a recording. Used by the fuzzer and by the tests.

use std::io::Write as _;
use std::panic::PanicHookInfo;
use std::time::Duration;

use watchme_asr::AudioStream;
use watchme_core::TranscribeError;

/// Longest chunk: 0.992 s at 16 kHz.
const MAX_SAMPLES: usize = 31 * 512;

/// Number of chunks (16 s) after which the rest is left: some bytes can hold a day of silence, of
/// which each second is like the one before.
const MAX_CHUNKS: usize = 16;

/// Reads `bytes` to the end; panics if a promise of [`AudioStream`] is broken.
pub(crate) fn check(bytes: &[u8]) {
    let mut file = tempfile::NamedTempFile::new().expect("a temporary file");
    file.write_all(bytes).expect("a file that takes the bytes");
    let mut stream = match AudioStream::open(file.path()) {
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
