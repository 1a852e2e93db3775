//! One log for all tests of this binary, since a process has one.

use std::io::{self, Write};
use std::sync::{Mutex, OnceLock, PoisonError};

use tracing_subscriber::filter::LevelFilter;

static LOG: Mutex<Vec<u8>> = Mutex::new(Vec::new());

struct Writer;

impl Write for Writer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        LOG.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Keeps everything that is logged from here on, at every level.
pub(super) fn keep() {
    static INSTALLED: OnceLock<()> = OnceLock::new();
    INSTALLED.get_or_init(|| {
        let log = tracing_subscriber::fmt().with_max_level(LevelFilter::TRACE).with_ansi(false);
        log.with_writer(|| Writer).init();
    });
}

/// Returns everything that was logged.
pub(super) fn kept() -> String {
    String::from_utf8_lossy(&LOG.lock().unwrap_or_else(PoisonError::into_inner)).into_owned()
}

/// Returns the number after `field=` in the line that was logged in `span` and has `message`.
pub(super) fn number(span: &str, message: &str, field: &str) -> Option<u32> {
    let log = kept();
    let line = log.lines().find(|line| line.contains(span) && line.contains(message))?;
    let value = line.split_once(&format!(" {field}="))?.1;
    value.split(' ').next()?.parse().ok()
}
