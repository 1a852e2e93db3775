//! Report of some blocks of a day, as the original answers `device_id` and `local_date`.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use watchme_core::{DeviceId, LocalDate, Report};

use crate::outcome::{blocks, error_details, none_if_empty, tenths};
use crate::{ErrorDetail, Status, Summary, WorkSummary};

/// Report of a day or some of its blocks.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(untagged)]
pub enum BlocksResponse {
    /// Recordings were pending.
    Worked(BlocksWorked),
    /// No recording was pending.
    NothingToDo(BlocksNothing),
}

/// Report of blocks with pending recordings.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct BlocksWorked {
    /// Always `success`.
    pub status: Status,
    /// Counts of recordings.
    pub summary: WorkSummary,
    /// The device.
    pub device_id: String,
    /// Its local day.
    pub local_date: String,
    /// The blocks as requested; `null` for the whole day.
    #[schema(required)]
    pub time_blocks_requested: Option<Vec<String>>,
    /// Completed blocks.
    pub processed_time_blocks: Vec<String>,
    /// Failed blocks; `null` if there are none.
    #[schema(required)]
    pub error_time_blocks: Option<Vec<String>>,
    /// Duration of the request, to a tenth of a second.
    pub execution_time_seconds: f64,
    /// The counts in a sentence.
    pub message: String,
    /// Reason for each failure.
    pub error_details: Vec<ErrorDetail>,
}

/// Report of blocks without pending recordings.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BlocksNothing {
    /// Always `success`.
    pub status: Status,
    /// All zero: in this form the original counts only pending recordings.
    pub summary: Summary,
    /// The device.
    pub device_id: String,
    /// Its local day.
    pub local_date: String,
    /// The blocks as requested; `null` for the whole day.
    #[schema(required)]
    pub time_blocks_requested: Option<Vec<String>>,
    /// Always empty.
    pub processed_time_blocks: Vec<String>,
    /// Duration of the request, to a tenth of a second.
    pub execution_time_seconds: f64,
    /// Says that there is nothing to do.
    pub message: String,
}

impl BlocksResponse {
    /// Builds the body from the report of a run of the `requested` blocks that took `took`.
    #[must_use]
    pub fn new(
        device: &DeviceId,
        date: LocalDate,
        requested: Option<Vec<String>>,
        report: &Report,
        took: Duration,
    ) -> Self {
        let (device_id, local_date) = (device.to_string(), date.to_string());
        let execution_time_seconds = tenths(took);
        if report.recordings.is_empty() {
            return Self::NothingToDo(BlocksNothing {
                status: Status::Success,
                summary: Summary::EMPTY,
                device_id,
                local_date,
                time_blocks_requested: requested,
                processed_time_blocks: Vec::new(),
                execution_time_seconds,
                message: "処理対象のファイルがありません（全て処理済みまたは該当なし）".to_owned(),
            });
        }
        let summary = WorkSummary {
            total_files: report.recordings.len(),
            pending_processed: report.completed().count(),
            errors: report.failed().count(),
        };
        Self::Worked(BlocksWorked {
            status: Status::Success,
            summary,
            device_id,
            local_date,
            time_blocks_requested: requested,
            processed_time_blocks: blocks(report.completed()),
            error_time_blocks: none_if_empty(blocks(report.failed().map(|(item, _)| item))),
            execution_time_seconds,
            message: summary.message(),
            error_details: error_details(report),
        })
    }
}

impl WorkSummary {
    /// The counts in a sentence.
    pub(crate) fn message(self) -> String {
        format!("{}件中{}件を正常に処理しました", self.total_files, self.pending_processed)
    }
}
