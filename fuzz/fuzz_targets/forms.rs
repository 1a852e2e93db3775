//! Bytes as the form of an upload.
#![no_main]

#[path = "../checks/requests.rs"]
mod requests;

use libfuzzer_sys::fuzz_target;

thread_local! {
    // One for all: what a request leaves behind would show as growth.
    static WORLD: requests::World = requests::World::new();
}

fuzz_target!(|bytes: &[u8]| WORLD.with(|world| world.check_form(bytes)));
