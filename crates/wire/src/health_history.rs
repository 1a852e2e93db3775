//! How the service is, and how it was during the latest day.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The body of `GET /v1/health/history`: figures of this process, and what waits in the store.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct HealthHistoryBody {
    /// The version of the program.
    pub version: String,
    /// When the process began to serve, RFC 3339 in UTC.
    pub started_at: String,
    /// The model of requests that name none.
    pub model: String,
    /// The models that requests may name.
    pub models: Vec<String>,
    /// How many threads the engine uses.
    pub threads: usize,
    /// Its memory.
    pub memory: MemoryBody,
    /// Its runs.
    pub queue: QueueBody,
    /// Rows that are pending; `null` where the store does not tell.
    #[schema(required)]
    pub backlog: Option<u64>,
    /// When the oldest of them was recorded.
    #[schema(required)]
    pub oldest_pending: Option<String>,
    /// The length of a bucket.
    pub bucket_seconds: u64,
    /// The latest 24 hours, or since the process began; without gaps, the latest last.
    pub buckets: Vec<HealthBucketBody>,
}

/// The memory of the process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct MemoryBody {
    /// What it has in RAM; `null` where the system does not tell.
    #[schema(required)]
    pub resident_bytes: Option<u64>,
    /// What it may have: the least of the machine, the container and `WATCHME_MEMORY_LIMIT_MB`.
    #[schema(required)]
    pub limit_bytes: Option<u64>,
}

/// The runs of the process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct QueueBody {
    /// Runs that wait.
    pub waiting: usize,
    /// Runs under way.
    pub running: usize,
}

/// Some minutes of the process.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct HealthBucketBody {
    /// When it began.
    pub at: String,
    /// Recordings completed, one for each row.
    pub recordings: u64,
    /// Recordings that failed. Those without audio, and those left to others, are none.
    pub failed: u64,
    /// The length of those that were transcribed.
    pub audio_seconds: f64,
    /// How much of that was given to the engine, as speech.
    pub speech_seconds: f64,
    /// How long transcribing them took. By `audio_seconds` it is the real-time factor.
    pub work_seconds: f64,
    /// Rows that were pending when the service looked last; `null` where the store did not tell.
    #[schema(required)]
    pub backlog: Option<u64>,
    /// The memory in RAM when the service looked last; `null` where it did not.
    #[schema(required)]
    pub resident_bytes: Option<u64>,
}
