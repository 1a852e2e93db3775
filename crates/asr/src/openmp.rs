//! Makes whisper.cpp's compute threads sleep while they wait for each other, and freed memory go back.

use std::ffi::OsStr;
use std::io;

/// Environment variable that the OpenMP runtime reads.
const POLICY: &str = "OMP_WAIT_POLICY";

/// Environment variable that glibc reads: blocks of so many bytes are given back to the system when they are
/// freed. Its default grows with what is freed, up to 32 MB, and 155 MB of an unloaded `base` would then
/// stay with the process, in place of 15.
const LARGE_BLOCK: (&str, &str) = ("MALLOC_MMAP_THRESHOLD_", "131072");

/// Environment variable that marks the restarted program, so that it is not restarted again.
const MARKER: &str = "WATCHME_OPENMP_SET";

/// Makes compute threads sleep while they wait, by restarting this program once.
///
/// Spinning threads collapse if cores are shared: two of them on two busy cores were measured seven
/// times slower than sleeping ones. The OpenMP runtime reads its setting before `main`, so a program
/// can change it only by replacing itself, under the same process id. Call this first in `main`. An
/// `OMP_WAIT_POLICY` that is set already is kept; outside Linux nothing happens.
///
/// # Errors
/// The program could not be restarted. It may carry on, slower if cores are shared.
pub fn ensure_passive_waiting() -> io::Result<()> {
    let policy = std::env::var_os(POLICY);
    let marker = std::env::var_os(MARKER);
    if !cfg!(target_os = "linux") || !is_needed(policy.as_deref(), marker.as_deref()) {
        return Ok(());
    }
    restart()
}

fn is_needed(policy: Option<&OsStr>, marker: Option<&OsStr>) -> bool {
    policy.is_none() && marker.is_none()
}

#[cfg(unix)]
fn restart() -> io::Result<()> {
    use std::os::unix::process::CommandExt as _;
    use std::process::Command;

    let mut arguments = std::env::args_os();
    let mut command = Command::new(std::env::current_exe()?);
    if let Some(name) = arguments.next() {
        command.arg0(name);
    }
    let (large_block, bytes) = LARGE_BLOCK;
    if std::env::var_os(large_block).is_none() {
        command.env(large_block, bytes);
    }
    // Returns only on failure.
    Err(command.args(arguments).env(POLICY, "passive").env(MARKER, "1").exec())
}

#[cfg(not(unix))]
fn restart() -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_unset_policy_is_set_and_only_once() {
        let set = Some(OsStr::new("active"));
        assert!(is_needed(None, None));
        assert!(!is_needed(set, None));
        assert!(!is_needed(None, Some(OsStr::new("1"))));
        assert!(!is_needed(set, Some(OsStr::new("1"))));
    }
}
