//! Makes the compute threads of whisper.cpp sleep while they wait for each other.

use std::ffi::OsStr;
use std::io;

use watchme_asr::memory;

use crate::settings::SpeechSettings;

/// Environment variable that the OpenMP runtime reads.
const POLICY: &str = "OMP_WAIT_POLICY";

/// Environment variable that marks the restarted program, so that it is not restarted again. Not a setting.
pub(crate) const MARKER: &str = "WATCHME_OPENMP_SET";

/// Restarts this program once, with compute threads that sleep while they wait, if whisper.cpp will compute
/// one of the models. Never where everything is computed natively.
///
/// Spinning threads collapse if cores are shared: two of them on two busy cores were measured seven
/// times slower than sleeping ones. The OpenMP runtime reads its setting before `main`, so a program
/// can change it only by replacing itself, under the same process id: call this before anything that must
/// not be done twice. An `OMP_WAIT_POLICY` that is set already is kept; outside Linux nothing happens.
///
/// # Errors
/// The program could not be restarted. It may carry on, slower if cores are shared.
pub fn ensure_passive_waiting(speech: &SpeechSettings) -> io::Result<()> {
    let policy = std::env::var_os(POLICY);
    let marker = std::env::var_os(MARKER);
    if cfg!(target_os = "linux")
        && is_unset(policy.as_deref(), marker.as_deref())
        && is_used(speech)
    {
        restart()
    } else {
        Ok(())
    }
}

fn is_unset(policy: Option<&OsStr>, marker: Option<&OsStr>) -> bool {
    policy.is_none() && marker.is_none()
}

/// True if whisper.cpp, and so OpenMP, will compute one of the models.
fn is_used(speech: &SpeechSettings) -> bool {
    let left = memory::left_bytes(speech.memory_limit_bytes);
    memory::needs_whisper_cpp(&speech.models, speech.precision, left)
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
    // Returns only on failure.
    Err(command.args(arguments).env(POLICY, "passive").env(MARKER, "1").exec())
}

#[cfg(not(unix))]
fn restart() -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests;
