//! Errors of any kind, and the text of an error with its causes.

use std::fmt;

/// Any cause.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// Displays an error with its causes, `outer: inner: innermost`, for a log line or a report.
///
/// `Display` of our own errors describes one layer only and holds no secret; this adds the causes.
pub struct ErrorChain<'a>(pub &'a (dyn std::error::Error + 'static));

impl fmt::Display for ErrorChain<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)?;
        let mut cause = self.0.source();
        while let Some(error) = cause {
            write!(f, ": {error}")?;
            cause = error.source();
        }
        Ok(())
    }
}
