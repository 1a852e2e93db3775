//! The log of whisper.cpp, sent to `tracing`. The only unsafe code of this crate: C calls it back.
#![allow(unsafe_code, reason = "C calls back with raw pointers; each use states why it is sound")]

use std::ffi::{CStr, c_char, c_uint, c_void};
use std::ptr;
use std::sync::Once;

/// Levels of ggml that are passed on: information, warnings and errors.
const LEVELS: std::ops::RangeInclusive<c_uint> = 2..=4;

/// Sends the log of whisper.cpp and ggml to `tracing` instead of the standard error stream.
///
/// Everything is logged at `debug`, whatever its level there: they call a cancelled run an error.
/// Their own debug level is left out, because it contains what was spoken.
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
