//! Bytes as a recording.
#![no_main]

#[path = "../checks/recording.rs"]
mod recording;

use libfuzzer_sys::fuzz_target;

// libFuzzer's hook ends the process at the first panic; the decoder's own parsers may panic, which
// the decoder catches. A panic that nobody catches still ends the process.
fuzz_target!(init: std::panic::set_hook(Box::new(recording::note_panic)), |bytes: &[u8]| {
    recording::check(bytes);
});
