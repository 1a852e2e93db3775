//! Bounds of everything that could grow or hang.

use std::time::Duration;

/// Bounds of everything that could grow or hang. The defaults suit a machine with 2 cores and 2 GB
/// of memory.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Largest body of a request, in bytes. A day of paths takes 5 kB.
    pub body_bytes: usize,
    /// Size up to which any number of bodies may arrive at once. A client that sends its body
    /// slowly takes no place from others, and all connections together need some 20 MB.
    pub small_body_bytes: usize,
    /// Number of larger bodies that may arrive at once.
    pub large_bodies: usize,
    /// Time a client has to send its body.
    pub body_timeout: Duration,
    /// Time a client has to send the headers of its first or next request. Then its connection is
    /// closed.
    pub header_timeout: Duration,
    /// Number of connections served at once.
    pub connections: usize,
    /// Number of these that one address may have. A proxy in front is one address, and all clients
    /// that may follow runs have to fit.
    pub connections_per_address: usize,
    /// Number of further connections that are answered if they bring a probe, as of `/health`, and
    /// refused otherwise.
    pub surplus_connections: usize,
    /// Number of clients that may wait for a transcription at once.
    pub requests: usize,
    /// Number of runs that may wait for the running one.
    pub waiting_runs: usize,
    /// Number of ended runs that are kept.
    pub kept_runs: usize,
    /// Number of clients that may follow runs at once. Each needs a connection.
    pub followers: usize,
    /// Number of uploads that may be received or transcribed at once. Their disk space is limited
    /// separately.
    pub uploads: u32,
    /// Time a client has to send a recording. No single piece of it may take longer than
    /// [`Self::body_timeout`].
    pub upload_timeout: Duration,
    /// Time for which one result of `/ready` is reused.
    pub ready_for: Duration,
    /// Time the checks of `/ready` may take: more than the 8 seconds for which a store's requests
    /// are retried, so that its last answer is reported.
    pub ready_timeout: Duration,
    /// Time for which the store's figures are reused in `/metrics`.
    pub backlog_for: Duration,
    /// Time the store has to return them. Prometheus waits 10 seconds for a scrape.
    pub backlog_timeout: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            body_bytes: 1024 * 1024,
            small_body_bytes: 16 * 1024,
            large_bodies: 32,
            body_timeout: Duration::from_secs(30),
            header_timeout: Duration::from_secs(10),
            connections: 1536,
            connections_per_address: 1152,
            surplus_connections: 64,
            requests: 128,
            waiting_runs: 64,
            kept_runs: 100,
            followers: 1024,
            uploads: 16,
            upload_timeout: Duration::from_mins(10),
            ready_for: Duration::from_secs(5),
            ready_timeout: Duration::from_secs(10),
            backlog_for: Duration::from_secs(10),
            backlog_timeout: Duration::from_secs(5),
        }
    }
}
