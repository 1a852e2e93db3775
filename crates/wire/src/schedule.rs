//! The schedule and its latest firings.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::RecordingBody;

/// The schedule and its latest firings.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ScheduleBody {
    /// Cron expression; `null` if no schedule is set.
    #[schema(required)]
    pub schedule: Option<String>,
    /// Time zone of the expression.
    #[schema(required)]
    pub zone: Option<String>,
    /// Next firing, RFC 3339 in UTC.
    #[schema(required)]
    pub next_at: Option<String>,
    /// Period before a firing whose recordings it takes up, in hours.
    #[schema(required)]
    pub look_back_hours: Option<f64>,
    /// Hours whose recordings are skipped, as `23-05` or `23-05; DEVICE=12-13`; or `none`.
    #[schema(required)]
    pub skip_hours: Option<String>,
    /// Latest firings, newest first; none beyond a restart.
    pub firings: Vec<FiringBody>,
}

/// One firing of the schedule.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct FiringBody {
    /// Scheduled time.
    pub at: String,
    /// End.
    #[schema(required)]
    pub ended_at: Option<String>,
    /// State.
    pub state: FiringStateName,
    /// Pending recordings that it found; `null` until they are read.
    #[schema(required)]
    pub due: Option<DueFoundBody>,
    /// Number of recordings that it takes up; `null` until they are read.
    #[schema(required)]
    pub found: Option<usize>,
    /// Number of completed rows.
    pub completed: usize,
    /// Number of failed rows, including missing recordings.
    pub failed: usize,
    /// Number of rows left to other machines or to a later attempt.
    pub skipped: usize,
    /// Reason why it ended early, and suggested fix.
    #[schema(required)]
    pub error: Option<String>,
    /// The first 200 rows in the order in which they were finished, without texts.
    pub recordings: Vec<RecordingBody>,
    /// Number of further rows.
    pub recordings_left_out: usize,
}

/// State of a firing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum FiringStateName {
    /// It is running.
    Running,
    /// It ended; some recordings may have failed.
    Finished,
    /// It could not read the pending recordings, or stopped early.
    Failed,
    /// It was cancelled by a shutdown.
    Cancelled,
}

/// Period of a firing, and the recordings found in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DueFoundBody {
    /// Start of the period, RFC 3339 in UTC.
    pub from: String,
    /// End of the period.
    pub until: String,
    /// Number of pending recordings of any time.
    pub pending: usize,
    /// Number of these outside the period.
    pub outside_period: usize,
    /// Number of these within the period, in skipped hours.
    pub in_skipped_hours: usize,
    /// Local days of the recordings that are taken up, the first 200.
    pub dates: Vec<String>,
    /// Their devices, the first 200.
    pub devices: Vec<String>,
}
