//! Report of named files, as the original answers `file_paths`.

use std::collections::BTreeSet;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use watchme_core::Report;

use crate::outcome::{blocks, distinct, error_details, labels, none_if_empty, tenths};
use crate::{ErrorDetail, Status, Summary, WorkSummary};

/// Report of named files, or of everything pending.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(untagged)]
pub enum FilesResponse {
    /// There were files to work on.
    Worked(FilesWorked),
    /// There were none.
    NothingToDo(FilesNothing),
}

/// Report with files. A path counts once, however many rows name it, and is completed when all of
/// them are.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FilesWorked {
    /// Always `success`.
    pub status: Status,
    /// Counts of paths.
    pub summary: WorkSummary,
    /// Paths of completed recordings, in the order in which they were recorded.
    pub processed_files: Vec<String>,
    /// Time blocks of these paths.
    pub processed_time_blocks: Vec<String>,
    /// Paths of failed recordings; `null` if there are none.
    #[schema(required)]
    pub error_files: Option<Vec<String>>,
    /// Duration of the request, to a tenth of a second.
    pub execution_time_seconds: f64,
    /// The counts in a sentence.
    pub message: String,
    /// Reason for each failure.
    pub error_details: Vec<ErrorDetail>,
}

/// Report without files.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FilesNothing {
    /// Always `success`.
    pub status: Status,
    /// Counts of recordings.
    pub summary: Summary,
    /// Always empty.
    pub processed_files: Vec<String>,
    /// Duration of the request, to a tenth of a second.
    pub execution_time_seconds: f64,
    /// Says that there is nothing to do.
    pub message: String,
}

impl FilesResponse {
    /// Builds the body from the report of a run that took `took`.
    #[must_use]
    pub fn new(report: &Report, took: Duration) -> Self {
        let execution_time_seconds = tenths(took);
        if report.recordings.is_empty() {
            return Self::NothingToDo(FilesNothing {
                status: Status::Success,
                summary: Summary::from(report),
                processed_files: Vec::new(),
                execution_time_seconds,
                message: "処理対象のファイルがありません".to_owned(),
            });
        }
        let failed = distinct(labels(report.failed().map(|(item, _)| item)));
        let mut seen: BTreeSet<&str> = failed.iter().map(String::as_str).collect();
        let completed: Vec<_> =
            report.completed().filter(|item| seen.insert(item.label.as_str())).collect();
        let summary = WorkSummary {
            total_files: completed.len() + failed.len(),
            pending_processed: completed.len(),
            errors: failed.len(),
        };
        Self::Worked(FilesWorked {
            status: Status::Success,
            summary,
            processed_files: labels(completed.iter().copied()),
            processed_time_blocks: blocks(completed.iter().copied()),
            error_files: none_if_empty(failed),
            execution_time_seconds,
            message: summary.message(),
            error_details: error_details(report),
        })
    }
}
