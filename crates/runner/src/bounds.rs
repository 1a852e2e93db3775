//! The bounds of what a runner holds.

/// The bounds of what a runner holds. The default is for a machine with 2 GB.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// How many runs may wait for the one under way.
    pub waiting_runs: usize,
    /// How many ended runs are kept.
    pub kept_runs: usize,
    /// How much text the ended runs may hold together, in bytes. The latest is kept in any case.
    pub kept_bytes: usize,
    /// How many events of each run are kept. A day of 48 recordings makes 147.
    pub kept_events: usize,
}

impl Default for Bounds {
    fn default() -> Self {
        Self { waiting_runs: 64, kept_runs: 100, kept_bytes: 64 * 1024 * 1024, kept_events: 1024 }
    }
}
