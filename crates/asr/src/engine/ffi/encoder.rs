//! The three functions through which whisper.cpp lets somebody else compute its encoder.
//!
//! They are meant for Apple's Core ML. Compiled with `WHISPER_USE_COREML`, whisper.cpp asks for an
//! encoder with each state that it makes, hands it the spectrum of each window, and computes by
//! itself where there is none. Compiled without, it never calls them.
#![allow(unsafe_code, reason = "C calls with raw pointers; each use states why it is sound")]

use std::cell::RefCell;
use std::ffi::c_char;
use std::num::NonZeroUsize;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::time::{Duration, Instant};
use std::{ptr, slice};

use watchme_encoder::Encoder;

/// An encoder that whisper.cpp may use, with the threads it computes on.
#[derive(Debug, Clone)]
pub(in crate::engine) struct OwnEncoder {
    encoder: Arc<Encoder>,
    threads: NonZeroUsize,
    /// C takes no error.
    failed: Arc<AtomicBool>,
    taken: Arc<Taken>,
}

/// What all windows took together.
#[derive(Debug, Default)]
struct Taken {
    nanoseconds: AtomicU64,
    passes: AtomicU32,
}

thread_local! {
    /// What the next state is to use.
    static OFFERED: RefCell<Option<OwnEncoder>> = const { RefCell::new(None) };
}

impl OwnEncoder {
    pub(in crate::engine) fn new(encoder: Encoder, threads: NonZeroUsize) -> Self {
        let (failed, taken) = (Arc::default(), Arc::default());
        Self { encoder: Arc::new(encoder), threads, failed, taken }
    }

    /// The same, on so many threads.
    pub(in crate::engine) fn with_threads(&self, threads: NonZeroUsize) -> Self {
        Self { threads, ..self.clone() }
    }

    /// On which instructions it computes.
    pub(in crate::engine) fn kernel(&self) -> &'static str {
        self.encoder.kernel()
    }

    /// Runs `make`, which makes a state. The state uses this encoder as long as it lives.
    pub(in crate::engine) fn offer<T>(&self, make: impl FnOnce() -> T) -> T {
        OFFERED.replace(Some(self.clone()));
        let state = make();
        OFFERED.take();
        state
    }

    /// Whether it has failed since it was last asked.
    pub(in crate::engine) fn take_failure(&self) -> bool {
        self.failed.swap(false, Ordering::Relaxed)
    }

    /// How often it has encoded, and how long that took.
    pub(in crate::engine) fn taken(&self) -> (u32, Duration) {
        let Taken { nanoseconds, passes } = &*self.taken;
        let time = Duration::from_nanos(nanoseconds.load(Ordering::Relaxed));
        (passes.load(Ordering::Relaxed), time)
    }

    fn encode(&self, spectrum: &[f32], rows: &mut [f32]) {
        let started = Instant::now();
        let encoded = catch_unwind(AssertUnwindSafe(|| {
            self.encoder.encode(spectrum, rows, self.threads).is_ok()
        }));
        if !encoded.unwrap_or(false) {
            self.failed.store(true, Ordering::Relaxed);
        }
        let nanoseconds = u64::try_from(started.elapsed().as_nanos()).unwrap_or(0);
        self.taken.nanoseconds.fetch_add(nanoseconds, Ordering::Relaxed);
        self.taken.passes.fetch_add(1, Ordering::Relaxed);
    }
}

/// Whether whisper.cpp was compiled so that it asks.
pub(in crate::engine) fn is_asked_for() -> bool {
    whisper_rs::print_system_info().contains("COREML = 1")
}

#[unsafe(no_mangle)]
extern "C" fn whisper_coreml_init(_path: *const c_char) -> *mut OwnEncoder {
    OFFERED.take().map_or(ptr::null_mut(), |encoder| Box::into_raw(Box::new(encoder)))
}

/// # Safety
/// `encoder` is an answer of [`whisper_coreml_init`], not null, and not used any more.
#[unsafe(no_mangle)]
unsafe extern "C" fn whisper_coreml_free(encoder: *mut OwnEncoder) {
    // SAFETY: the caller promises that it came out of a box and is freed once.
    drop(unsafe { Box::from_raw(encoder) });
}

/// # Safety
/// `encoder` is an answer of [`whisper_coreml_init`] that is not freed; `spectrum` points to
/// `frames` times `bands` numbers, and `rows` to as many as the model's encoder answers.
#[unsafe(no_mangle)]
unsafe extern "C" fn whisper_coreml_encode(
    encoder: *const OwnEncoder,
    frames: i64,
    bands: i64,
    spectrum: *mut f32,
    rows: *mut f32,
) {
    // SAFETY: the caller promises it.
    let own = unsafe { &*encoder };
    let numbers = usize::try_from(frames.saturating_mul(bands)).unwrap_or(0);
    // SAFETY: the caller promises the lengths; both are buffers of their own, of C++ floats.
    let (spectrum, rows) = unsafe {
        let rows = slice::from_raw_parts_mut(rows, own.encoder.row_numbers());
        (slice::from_raw_parts(spectrum, numbers), rows)
    };
    own.encode(spectrum, rows);
}

#[cfg(test)]
mod tests {
    use super::*;
    use watchme_encoder::{Precision, Shape, WrongLength};

    /// A tiny encoder without weights, where this processor has one.
    fn own() -> Option<OwnEncoder> {
        let shape = Shape { width: 64, layers: 1, bands: 80 };
        let zeros = |name: &str| Ok::<_, WrongLength>(vec![0.0; shape.numbers(name).unwrap()]);
        let encoder = Encoder::new(shape, Precision::Sixteen, zeros).unwrap()?;
        Some(OwnEncoder::new(encoder, NonZeroUsize::MIN))
    }

    #[test]
    fn only_the_state_that_is_being_made_gets_the_encoder() {
        assert!(whisper_coreml_init(ptr::null()).is_null());
        let Some(own) = own() else { return };
        let (first, second) =
            own.offer(|| (whisper_coreml_init(ptr::null()), whisper_coreml_init(ptr::null())));
        assert!(!first.is_null() && second.is_null());
        assert!(whisper_coreml_init(ptr::null()).is_null());
        assert_eq!(Arc::strong_count(&own.encoder), 2);
        // SAFETY: it was made above.
        unsafe { whisper_coreml_free(first) };
        assert_eq!(Arc::strong_count(&own.encoder), 1);
    }

    #[test]
    fn a_spectrum_of_another_shape_is_a_failure() {
        let Some(own) = own() else { return };
        let mut rows = vec![1.0; own.encoder.row_numbers()];
        let mut spectrum = vec![0.0; 80 * 3000];
        for (frames, fails) in [(3000, false), (2999, true)] {
            // SAFETY: both buffers are as long as told, or longer.
            unsafe {
                whisper_coreml_encode(
                    &raw const own,
                    frames,
                    80,
                    spectrum.as_mut_ptr(),
                    rows.as_mut_ptr(),
                );
            }
            assert_eq!(own.take_failure(), fails);
            assert!(!own.take_failure());
        }
        assert!(rows.iter().all(|&number| number == 0.0));
    }
}
