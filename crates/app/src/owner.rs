//! The name under which a process claims recordings.

use std::process;

/// Makes a name `host-pid-random`. Host and pid help people to find the process. The random part
/// makes it unique, even if a restarted process gets the same pid.
pub(crate) fn name() -> String {
    // Every supported system has one of these. Without them the random part suffices.
    let host = std::env::var("HOSTNAME")
        .ok()
        .or_else(|| std::fs::read_to_string("/proc/sys/kernel/hostname").ok());
    let host = host.as_deref().map(str::trim).filter(|host| !host.is_empty()).unwrap_or("host");
    format!("{host}-{}-{:08x}", process::id(), fastrand::u32(..))
}
