//! The schedule beside the service, and what its firings did.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::RecordingBody;

/// The schedule, and its latest firings.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ScheduleBody {
    /// When it fires, a line of cron; `null` where no schedule is set.
    #[schema(required)]
    pub schedule: Option<String>,
    /// The zone whose clock it goes by.
    #[schema(required)]
    pub zone: Option<String>,
    /// When it fires next, RFC 3339 in UTC.
    #[schema(required)]
    pub next_at: Option<String>,
    /// How far back a firing looks, in hours.
    #[schema(required)]
    pub look_back_hours: Option<f64>,
    /// Hours whose recordings are left out, as `23-05`, or `23-05; DEVICE=12-13`; `none` where none are.
    #[schema(required)]
    pub skip_hours: Option<String>,
    /// The latest firings, the newest first; none beyond a restart.
    pub firings: Vec<FiringBody>,
}

/// What one firing did.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct FiringBody {
    /// Its time.
    pub at: String,
    /// When it ended.
    #[schema(required)]
    pub ended_at: Option<String>,
    /// How far it is.
    pub state: FiringStateName,
    /// What it found; `null` until what is pending is read.
    #[schema(required)]
    pub due: Option<DueFoundBody>,
    /// How many recordings it takes up; `null` until what is pending is read.
    #[schema(required)]
    pub found: Option<usize>,
    /// Rows that are completed.
    pub completed: usize,
    /// Rows that failed, missing recordings included.
    pub failed: usize,
    /// Rows left to other machines or to a later attempt.
    pub skipped: usize,
    /// Why it ended before its work was done, and what to do.
    #[schema(required)]
    pub error: Option<String>,
    /// Its rows in the order in which they were finished, without what was said: the first 200.
    pub recordings: Vec<RecordingBody>,
    /// How many more there are.
    pub recordings_left_out: usize,
}

/// How far a firing is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum FiringStateName {
    /// It is under way.
    Running,
    /// It ended; recordings may have failed in it.
    Finished,
    /// It could not read what is pending, or broke off.
    Failed,
    /// It was cancelled by a shutdown.
    Cancelled,
}

/// Where a firing looked, and what was there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DueFoundBody {
    /// Recordings made from this time on, RFC 3339 in UTC.
    pub from: String,
    /// And before this.
    pub until: String,
    /// Recordings that are pending, of any time.
    pub pending: usize,
    /// Of these, those made before or after that time.
    pub outside_period: usize,
    /// Those made in that time, in an hour that is left out.
    pub in_skipped_hours: usize,
    /// The local days of the recordings that are taken up, the first 200.
    pub dates: Vec<String>,
    /// Their devices, the first 200.
    pub devices: Vec<String>,
}
