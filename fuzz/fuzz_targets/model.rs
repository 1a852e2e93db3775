//! Bytes as a model file.
#![no_main]

#[path = "../checks/model.rs"]
mod model;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    model::check(bytes);
});
