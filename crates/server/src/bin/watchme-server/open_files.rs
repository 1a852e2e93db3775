//! The limit of open files, which connections need.

use std::io;

/// Twice what connections, recordings and stores need together. The default limit of most systems is
/// 1024, for the sake of programs that use `select`.
const WANTED: u64 = 4096;

/// Raises the limit to [`WANTED`], or as far as the system allows, and returns it.
#[cfg(unix)]
pub(crate) fn make_room() -> io::Result<u64> {
    use nix::sys::resource::{Resource, getrlimit, setrlimit};
    let (soft, hard) = getrlimit(Resource::RLIMIT_NOFILE)?;
    let possible = hard.min(WANTED);
    if soft < possible {
        setrlimit(Resource::RLIMIT_NOFILE, possible, hard)?;
    }
    Ok(soft.max(possible))
}

#[cfg(not(unix))]
#[expect(clippy::unnecessary_wraps, reason = "it can fail on other systems")]
pub(crate) fn make_room() -> io::Result<u64> {
    Ok(WANTED)
}

/// True if a limit is too low for all connections.
pub(crate) fn is_tight(open_files: u64) -> bool {
    open_files < WANTED / 2
}

#[cfg(all(test, unix))]
mod tests {
    use nix::sys::resource::{Resource, getrlimit, setrlimit};

    use super::*;

    #[test]
    fn a_low_limit_is_raised_as_far_as_the_system_allows() {
        let (_, hard) = getrlimit(Resource::RLIMIT_NOFILE).unwrap();
        let low = hard.min(200);
        setrlimit(Resource::RLIMIT_NOFILE, low, hard).unwrap();
        let room = make_room().unwrap();
        assert_eq!(room, hard.min(WANTED));
        assert_eq!(getrlimit(Resource::RLIMIT_NOFILE).unwrap(), (room, hard));
        assert_eq!(make_room().unwrap(), room);
    }

    #[test]
    fn the_room_of_a_plain_process_is_too_tight() {
        assert!(is_tight(1024));
        assert!(!is_tight(WANTED));
    }
}
