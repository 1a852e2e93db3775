//! The name under which a process claims.

use std::process;

/// `host-pid-random`: for people, where it is; for the store, unlike any other, also after a
/// restart under the same process id.
pub(crate) fn name() -> String {
    // Every system that this runs on has one of these; the random part is what counts.
    let host = std::env::var("HOSTNAME")
        .ok()
        .or_else(|| std::fs::read_to_string("/proc/sys/kernel/hostname").ok());
    let host = host.as_deref().map(str::trim).filter(|host| !host.is_empty()).unwrap_or("host");
    format!("{host}-{}-{:08x}", process::id(), fastrand::u32(..))
}
