//! Health of the service during the last 24 hours.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Body of `GET /v1/health/history`: figures of this process, and the store's backlog.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct HealthHistoryBody {
    /// Version of the program.
    pub version: String,
    /// Start of the process, RFC 3339 in UTC.
    pub started_at: String,
    /// Default model.
    pub model: String,
    /// Models that requests may name.
    pub models: Vec<String>,
    /// Number of threads that the engine uses.
    pub threads: usize,
    /// Memory of the process.
    pub memory: MemoryBody,
    /// Runs of the process.
    pub queue: QueueBody,
    /// Number of pending rows; `null` if the store is unavailable.
    #[schema(required)]
    pub backlog: Option<u64>,
    /// Recording time of the oldest pending row.
    #[schema(required)]
    pub oldest_pending: Option<String>,
    /// Length of a bucket, in seconds.
    pub bucket_seconds: u64,
    /// Buckets of the last 24 hours, or since the process started; without gaps, latest last.
    pub buckets: Vec<HealthBucketBody>,
}

/// Memory of the process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct MemoryBody {
    /// Memory in RAM; `null` if the system does not report it.
    #[schema(required)]
    pub resident_bytes: Option<u64>,
    /// Limit: the smallest of the machine, the container and `WATCHME_MEMORY_LIMIT_MB`.
    #[schema(required)]
    pub limit_bytes: Option<u64>,
}

/// Runs of the process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct QueueBody {
    /// Number of waiting runs.
    pub waiting: usize,
    /// Number of active runs.
    pub running: usize,
}

/// Figures of a few minutes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct HealthBucketBody {
    /// Start of the bucket.
    pub at: String,
    /// Completed recordings, one for each row.
    pub recordings: u64,
    /// Failed recordings. Missing audio, and recordings left to other workers, do not count.
    pub failed: u64,
    /// Length of the transcribed recordings.
    pub audio_seconds: f64,
    /// Length of the speech that the engine was given.
    pub speech_seconds: f64,
    /// Time that transcribing took. Divided by `audio_seconds` it is the real-time factor.
    pub work_seconds: f64,
    /// Pending rows at the last look in the bucket; `null` if the store was unavailable.
    #[schema(required)]
    pub backlog: Option<u64>,
    /// Memory in RAM at the last look in the bucket; `null` if there was none.
    #[schema(required)]
    pub resident_bytes: Option<u64>,
}
