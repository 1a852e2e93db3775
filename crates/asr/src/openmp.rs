//! How the compute threads wait for each other.

use std::ffi::OsStr;
use std::io;

/// What the OpenMP runtime reads.
const POLICY: &str = "OMP_WAIT_POLICY";

/// Set for the program that was started again, so that it is not started a third time.
const MARKER: &str = "WATCHME_OPENMP_SET";

/// Makes compute threads sleep while they wait, by starting this program again once.
///
/// Spinning threads collapse where cores are shared: two of them on two busy cores were measured
/// seven times slower than sleeping ones. The OpenMP runtime reads its setting before `main`, so
/// that a program can change it only by replacing itself, under the same process id. Call this
/// first in `main`. An `OMP_WAIT_POLICY` that is set already is kept; outside Linux nothing
/// happens.
///
/// # Errors
/// The program could not be started again. It may go on, slower where cores are shared.
pub fn ensure_passive_waiting() -> io::Result<()> {
    let policy = std::env::var_os(POLICY);
    let marker = std::env::var_os(MARKER);
    if !cfg!(target_os = "linux") || !is_needed(policy.as_deref(), marker.as_deref()) {
        return Ok(());
    }
    start_again()
}

fn is_needed(policy: Option<&OsStr>, marker: Option<&OsStr>) -> bool {
    policy.is_none() && marker.is_none()
}

#[cfg(unix)]
fn start_again() -> io::Result<()> {
    use std::os::unix::process::CommandExt as _;
    use std::process::Command;

    let mut arguments = std::env::args_os();
    let mut command = Command::new(std::env::current_exe()?);
    if let Some(name) = arguments.next() {
        command.arg0(name);
    }
    // Returns only where it fails.
    Err(command.args(arguments).env(POLICY, "passive").env(MARKER, "1").exec())
}

#[cfg(not(unix))]
fn start_again() -> io::Result<()> {
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
