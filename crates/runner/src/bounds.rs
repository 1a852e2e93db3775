//! Limits on what a runner holds in memory.

/// Limits on what a runner holds in memory. The default suits a machine with 2 GB.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// Maximum number of runs that may wait for the current one.
    pub waiting_runs: usize,
    /// Maximum number of ended runs that are kept.
    pub kept_runs: usize,
    /// Maximum size of the text that all ended runs hold together, in bytes. The latest run is always kept.
    pub kept_bytes: usize,
    /// Maximum number of events kept for each run. A day of 48 recordings makes 147.
    pub kept_events: usize,
}

impl Default for Bounds {
    fn default() -> Self {
        Self { waiting_runs: 64, kept_runs: 100, kept_bytes: 64 * 1024 * 1024, kept_events: 1024 }
    }
}
