//! The only unsafe code: what whisper.cpp calls.
#![allow(unsafe_code, reason = "C calls back with raw pointers; each use states why it is sound")]

use std::ffi::{CStr, c_char, c_uint, c_void};
use std::ptr;
use std::sync::Once;

/// The levels that are passed on: information, warnings and errors.
const LEVELS: std::ops::RangeInclusive<c_uint> = 2..=4;

/// Sends what whisper.cpp and ggml say to `tracing` instead of the standard error stream.
///
/// At `debug`, whatever they call it: they name a cancelled run an error. What they say at their
/// own debug level is left out: it holds what was spoken.
pub(crate) fn log_to_tracing() {
    static INSTALL: Once = Once::new();
    // SAFETY: `log` has the signature that whisper.cpp calls and needs no user data. The hook is
    // global there; `Once` keeps two threads from setting it at the same time.
    INSTALL.call_once(|| unsafe { whisper_rs::set_log_callback(Some(log), ptr::null_mut()) });
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
    use super::*;

    #[test]
    fn a_null_log_line_is_ignored() {
        // SAFETY: null is allowed.
        unsafe { log(4, ptr::null(), ptr::null_mut()) }
    }
}
