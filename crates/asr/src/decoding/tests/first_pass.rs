//! Runs the first pass of whisper.cpp's own decoding loop, the reference for ours.
#![allow(unsafe_code, reason = "C calls back with raw pointers; each use states why it is sound")]

use std::ffi::c_void;
use std::ptr;
use std::sync::atomic::{AtomicUsize, Ordering};

use whisper_rs::{FullParams, WhisperError, WhisperState, WhisperSysContext, WhisperSysState};

/// Runs the model on `samples` and stops before its encoder runs a second time.
pub(super) fn run_first_pass(
    state: &mut WhisperState,
    mut params: FullParams<'_, '_>,
    samples: &[f32],
) -> Result<(), WhisperError> {
    let passes = AtomicUsize::new(0);
    // SAFETY: `is_first` has the signature that whisper.cpp calls and only counts up the number
    // behind the pointer. `params` goes into the call below and is gone after it, and `passes`
    // lives longer than that.
    unsafe {
        params.set_start_encoder_callback(Some(is_first));
        params.set_start_encoder_callback_user_data(ptr::from_ref(&passes).cast_mut().cast());
    }
    state.full(params, samples)
}

/// # Safety
/// `passes` points to a live counter.
unsafe extern "C" fn is_first(
    _context: *mut WhisperSysContext,
    _state: *mut WhisperSysState,
    passes: *mut c_void,
) -> bool {
    // SAFETY: the caller promises it; see `run_first_pass`.
    let passes = unsafe { &*passes.cast_const().cast::<AtomicUsize>() };
    passes.fetch_add(1, Ordering::Relaxed) == 0
}
