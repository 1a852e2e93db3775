//! The only unsafe code: the functions that whisper.cpp calls.
//!
//! whisper-rs wraps the abort callback too, but hands C a closure under the wrong type, so that
//! one which captures anything aborts every run. Here C gets a plain function and a pointer.
#![allow(unsafe_code, reason = "C calls back with raw pointers; each use states why it is sound")]

mod encoder;
mod product;

use std::ffi::{CStr, c_char, c_uint, c_void};
use std::ptr;
use std::sync::Once;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use whisper_rs::{FullParams, WhisperError, WhisperState};

pub(super) use self::encoder::{OwnEncoder, is_asked_for};
#[cfg(test)]
pub(super) use self::product::leave_to_ggml;
pub(super) use self::product::{ExactProducts, time_of_products};

/// The levels that are passed on: information, warnings and errors.
const LEVELS: std::ops::RangeInclusive<c_uint> = 2..=4;

/// When a run is to stop early.
#[derive(Debug)]
pub(super) struct Stop<'a> {
    /// Set when nobody wants the result any more.
    pub(super) cancelled: &'a AtomicBool,
    /// When it has taken too long.
    pub(super) deadline: Instant,
}

impl Stop<'_> {
    pub(super) fn is_cancelled(&self) -> bool {
        self.cancelled.load(Ordering::Relaxed)
    }

    pub(super) fn is_late(&self) -> bool {
        Instant::now() >= self.deadline
    }
}

/// Runs the model on `samples`. Asks `stop` after each pass through the encoder or the decoder,
/// and fails once that says so.
pub(super) fn full(
    state: &mut WhisperState,
    mut params: FullParams<'_, '_>,
    samples: &[f32],
    stop: &Stop<'_>,
) -> Result<(), WhisperError> {
    // SAFETY: `poll` has the signature that whisper.cpp calls and only reads the `Stop` behind the
    // pointer. `params` goes into the call below and is gone after it, and `stop` is borrowed for
    // longer than that: the pointer is never used when `stop` is not alive.
    unsafe {
        params.set_abort_callback(Some(poll));
        params.set_abort_callback_user_data(ptr::from_ref(stop).cast_mut().cast());
    }
    state.full(params, samples)
}

/// Sends what whisper.cpp and ggml say to `tracing` instead of the standard error stream.
///
/// At `debug`, whatever they call it: they name a cancelled run an error. What they say at their
/// own debug level is left out: it holds what was spoken.
pub(super) fn log_to_tracing() {
    static INSTALL: Once = Once::new();
    // SAFETY: `log` has the signature that whisper.cpp calls and needs no user data. The hook is
    // global there; `Once` keeps two threads from setting it at the same time.
    INSTALL.call_once(|| unsafe { whisper_rs::set_log_callback(Some(log), ptr::null_mut()) });
}

/// # Safety
/// `stop` points to a live [`Stop`].
unsafe extern "C" fn poll(stop: *mut c_void) -> bool {
    // SAFETY: the caller promises it; see `full`.
    let stop = unsafe { &*stop.cast_const().cast::<Stop<'_>>() };
    stop.is_cancelled() || stop.is_late()
}

/// # Safety
/// `text` is null or points to a C string.
unsafe extern "C" fn log(level: c_uint, text: *const c_char, _user_data: *mut c_void) {
    if text.is_null() || !LEVELS.contains(&level) {
        return;
    }
    // SAFETY: not null, and whisper.cpp passes the C string that it has just formatted.
    let text = unsafe { CStr::from_ptr(text) }.to_string_lossy();
    let text = text.trim();
    if !text.is_empty() {
        tracing::debug!(target: "whisper_cpp", "{text}");
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn poll_of(stop: &Stop<'_>) -> bool {
        // SAFETY: `stop` lives until the call returns.
        unsafe { poll(ptr::from_ref(stop).cast_mut().cast()) }
    }

    #[test]
    fn the_callback_reads_the_flag_and_the_clock_behind_its_pointer() {
        let cancelled = AtomicBool::new(false);
        let later = Instant::now() + Duration::from_hours(1);
        assert!(!poll_of(&Stop { cancelled: &cancelled, deadline: later }));
        assert!(poll_of(&Stop { cancelled: &cancelled, deadline: Instant::now() }));
        cancelled.store(true, Ordering::Relaxed);
        assert!(poll_of(&Stop { cancelled: &cancelled, deadline: later }));
    }

    #[test]
    fn a_null_log_line_is_ignored() {
        // SAFETY: null is allowed.
        unsafe { log(4, ptr::null(), ptr::null_mut()) }
    }
}
